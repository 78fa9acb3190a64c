import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Codec, ReceivedMedia } from './media-parameters.js';
import { SFU_DROPS } from './sfu-counters.js';
import type { SfuDropName } from './sfu-counters.js';
import type { FakeTransport } from './sfu-harness.test-support.js';
import { microphone, OPUS, RouterYard, sent } from './sfu-harness.test-support.js';

const RED: Codec = { name: 'red', payloadType: 63, clockRate: 48_000, channels: 2, parameters: '' };
const MINA = microphone('mina', { codecs: [RED, OPUS] });
const UP = 1;

/** Mina sends redundant audio; Joon takes it, Hana takes Opus alone. */
function stage(media: ReceivedMedia = MINA): { yard: RouterYard; joon: FakeTransport; hana: FakeTransport } {
  const yard = new RouterYard();
  yard.open(UP, 'up', 'mina');
  yard.receive(UP, media);
  const joon = yard.open(2, 'down', 'joon');
  yard.send(2, {
    ...sent(media, 'j', 5000),
    codecs: [
      { ...RED, payloadType: 3 },
      { ...OPUS, payloadType: 51 },
    ],
  });
  const hana = yard.open(3, 'down', 'hana');
  yard.send(3, { ...sent(media, 'h', 6000), codecs: [{ ...OPUS, payloadType: 52 }] });
  return { yard, joon, hana };
}

/** The packet of a number, with what it repeats of those before; each frame is its number twice. */
function redundant(index: number, repeated: number, types = [OPUS.payloadType]): number[] {
  const blocks = Array.from({ length: repeated }, (_, block) => repeated - block);
  const type = (block: number): number => types[block % types.length]!;
  return [
    ...blocks.flatMap((back, block) => {
      const word = 960 * back * 1024 + 2;
      return [0x80 | type(block), word >>> 16, (word >>> 8) & 0xff, word & 0xff];
    }),
    type(repeated),
    ...blocks.flatMap((back) => [index - back, index - back]),
    ...[index, index],
  ];
}

function arrive(
  yard: RouterYard,
  index: number,
  payload: readonly number[],
  payloadType = RED.payloadType,
): void {
  const numbers = { sequenceNumber: 65_530 + index, timestamp: 960 * index };
  yard.arrive(UP, { ssrc: 9, ...numbers, payloadType, mid: '0', audioLevel: 30, payload });
}

/** Packets as `number@units:payload` from the first on. */
function story({ rtp }: FakeTransport): string {
  const first = rtp[0];
  return rtp
    .map((one) => {
      const number = (one.sequenceNumber - first!.sequenceNumber) & 0xffff;
      return `${number}@${(one.timestamp - first!.timestamp) >>> 0}:${one.payload.join(',')}`;
    })
    .join(' ');
}

function drops(yard: RouterYard, name: SfuDropName): number {
  return yard.router.counters.drops[SFU_DROPS.indexOf(name)]!;
}

test('who takes no redundancy gets the primary blocks as Opus, who takes it gets everything as it was sent', () => {
  const { yard, joon, hana } = stage();
  for (let index = 0; index < 3; index++) arrive(yard, index, redundant(index, Math.min(index, 2)));
  assert.equal(story(hana), '0@0:0,0 1@960:1,1 2@1920:2,2');
  assert.deepEqual([...new Set(hana.rtp.map(({ payloadType }) => payloadType))], [52]);
  assert.deepEqual(
    joon.rtp.map(({ payload }) => payload),
    [0, 1, 2].map((index) => redundant(index, index)),
  );
  assert.deepEqual([...new Set(joon.rtp.map(({ payloadType }) => payloadType))], [3]);
});

test('what was lost on the way to the server is sent from the redundancy, once, in order', () => {
  const { yard, joon, hana } = stage();
  arrive(yard, 0, redundant(0, 0));
  arrive(yard, 3, redundant(3, 2));
  arrive(yard, 2, redundant(2, 2));
  arrive(yard, 5, redundant(5, 1));
  assert.equal(story(hana), '0@0:0,0 1@960:1,1 2@1920:2,2 3@2880:3,3 4@3840:4,4 5@4800:5,5');
  assert.deepEqual(
    hana.rtp.map(({ transportSequence }) => transportSequence),
    [0, 1, 2, 3, 4, 5].map((index) => hana.rtp[0]!.transportSequence + index),
  );
  assert.equal(story(joon).split(' ').length, 4, 'who takes redundancy recovers for itself');
});

test('a publisher may go from redundancy to plain Opus and back', () => {
  const { yard, hana } = stage();
  arrive(yard, 0, redundant(0, 0));
  arrive(yard, 1, [1, 1], OPUS.payloadType);
  arrive(yard, 3, redundant(3, 1));
  assert.equal(story(hana), '0@0:0,0 1@960:1,1 2@1920:2,2 3@2880:3,3');
});

test('redundant audio that is broken, or repeats what nobody knows, is counted and goes to nobody', () => {
  const { yard, joon, hana } = stage();
  arrive(yard, 0, redundant(0, 0));
  arrive(yard, 1, [0xef, 0x0f, 0x00]);
  arrive(yard, 2, redundant(2, 0, [RED.payloadType]));
  arrive(yard, 3, redundant(3, 0, [77]));
  assert.equal(drops(yard, 'malformed_payload'), 3);
  arrive(yard, 4, redundant(4, 1, [77, OPUS.payloadType]));
  assert.equal(story(hana), '0@0:0,0 4@3840:4,4', 'a block of another kind repeats nothing of use');
  assert.equal(joon.rtp.length, 2);
});

test('nothing of redundant audio goes to who has paused it, or takes neither', () => {
  const { yard, hana } = stage();
  yard.send(3, { ...sent(MINA, 'h', 6000), codecs: [] });
  arrive(yard, 0, redundant(0, 0));
  assert.deepEqual(hana.rtp, []);
  yard.send(3, { ...sent(MINA, 'h', 6000), codecs: [{ ...OPUS, payloadType: 52 }] });
  const preference = { participantId: 'mina', trackId: 'microphone', paused: true, width: 0, height: 0 };
  yard.router.handle(yard.now, { kind: 'prefer', transportId: 3, preferences: [preference] });
  arrive(yard, 2, redundant(2, 1));
  assert.deepEqual(hana.rtp, []);
});
