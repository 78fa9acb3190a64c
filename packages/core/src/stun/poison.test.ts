import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testingCrypto as crypto } from '../env/testing-crypto.test.js';
import { parseTransportAddress } from '../path/address-text.js';
import type { TransportAddress } from '../path/transport-address.js';
import { Attribute } from './attributes.js';
import { BindingServer } from './binding-server.js';
import { StunMessageWriter } from './message-writer.js';
import { NatDiscoveryServer, SocketRole } from './nat-discovery-server.js';
import { StunParseResult } from './parse-result.js';
import { arrivalFrom, newPlainView, newView, Recorder } from './test-messages.test.js';

const POISON = 0xaa;
const poisoned = () => new Uint8Array(65536).fill(POISON);
const address = (text: string): TransportAddress => parseTransportAddress(text)!;

/** Length of the longest run of poison. */
function longestRun(bytes: Uint8Array): number {
  let longest = 0;
  let run = 0;
  for (const byte of bytes) {
    run = byte === POISON ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}

/** A small generator with a fixed seed: the same 10 000 requests each time. */
function makeDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function randomRequest(dice: (sides: number) => number): Uint8Array {
  const writer = new StunMessageWriter({ buffer: new Uint8Array(4096) });
  const id = new Uint8Array(12).map(() => dice(160));
  writer.begin([0x0001, 0x0001, 0x0001, 0x0011, 0x0101][dice(5)]!, id, 0);
  for (let count = dice(6); count > 0; count--) {
    const kind = dice(7);
    if (kind === 0) writer.zeros(Attribute.software, dice(40));
    else if (kind === 1) writer.zeros(0x7000 + dice(30), dice(9));
    else if (kind === 2) writer.u32(Attribute.changeRequest, dice(8));
    else if (kind === 3) writer.zeros(Attribute.padding, dice(1200));
    else if (kind === 4) writer.u16WithReserved(Attribute.responsePort, dice(65536));
    else if (kind === 5) writer.zeros(Attribute.changeRequest, dice(6));
    else writer.zeros(Attribute.username, dice(20));
  }
  if (dice(4) === 0) writer.messageIntegrity(crypto, id);
  if (dice(2) === 0) writer.fingerprint();
  return writer.buffer.slice(0, writer.length);
}

test('S5: 10 000 requests of all shapes over poisoned memory: no poison in any answer', () => {
  const dice = makeDice(2020_4067);
  const recorder = new Recorder();
  const toRecorder = {
    replyFrom: (_role: SocketRole, _port: number, bytes: Uint8Array, offset: number, length: number) =>
      recorder.reply(bytes, offset, length),
    drop: () => {},
  };
  let longestAnswer = 0;
  for (let i = 0; i < 10_000; i++) {
    const plain = new BindingServer({ scratch: poisonedScratch() });
    const discovery = new NatDiscoveryServer({
      addresses: [
        address('192.0.2.1:3478'),
        address('192.0.2.1:3479'),
        address('192.0.2.2:3478'),
        address('192.0.2.2:3479'),
      ],
      scratch: poisonedScratch(),
    });
    const arrival =
      dice(2) === 0 ? arrivalFrom('198.51.100.7', dice(65535) + 1) : arrivalFrom('2001:db8::7', 4000);
    const request = randomRequest(dice);
    const view = dice(2) === 0 ? newPlainView() : newView();
    assert.equal(view.parse(request, 0, request.length), StunParseResult.ok);
    plain.handleBinding(view, arrival, recorder);
    discovery.handleBinding(view, arrival, SocketRole.a1p1, toRecorder);
    for (const reply of recorder.replies.splice(0)) {
      if (longestRun(request) < 4) assert.ok(longestRun(reply) < 4, Buffer.from(reply).toString('hex'));
      longestAnswer = Math.max(longestAnswer, reply.length);
    }
  }
  assert.ok(longestAnswer > 1000, `padding was answered, longest ${longestAnswer}`);
});

const scratches = [poisoned(), poisoned()];
let next = 0;

/** One of two slabs, poisoned again. */
function poisonedScratch(): Uint8Array {
  next ^= 1;
  return scratches[next]!.fill(POISON, 0, 4096);
}

test('the run finder finds runs', () => {
  assert.equal(longestRun(new Uint8Array([1, POISON, POISON, POISON, POISON, 2])), 4);
});
