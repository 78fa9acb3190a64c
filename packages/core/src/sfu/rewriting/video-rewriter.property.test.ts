import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameInfo } from '../../payload/frame-info.js';
import { parseVp8 } from '../../payload/vp8.js';
import { instant } from '../../time/instant.js';
import type { SimulatedPacket } from './simulated-publisher.test-support.js';
import { seededFractions, SimulatedEncoding } from './simulated-publisher.test-support.js';
import { Verdict } from './verdict.js';
import { VideoRewriter } from './video-rewriter.js';

/** What went out under one sequence number. */
interface Outgoing {
  readonly kind: 'media' | 'fill';
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly pictureId: number;
  readonly tl0PicIdx: number;
  /** The payload as it was sent, in hexadecimal. */
  readonly payload: string;
  readonly packet: SimulatedPacket;
  /** Counts the switches, pauses included. */
  readonly epoch: number;
}

interface Network {
  readonly seed: number;
  /** Of a hundred packets. */
  readonly lost: number;
  readonly late: number;
}

const ENCODINGS = 3;
const FRAMES = 120;

/** Plays a call of four seconds with random switches and notes everything. */
class Call {
  readonly sent: Outgoing[] = [];
  /** Packets that arrived, and when; those of them that were the newest of their encoding then. */
  readonly epochOfArrival = new Map<SimulatedPacket, number>();
  readonly arrivedInOrder = new Set<SimulatedPacket>();
  readonly packets: SimulatedPacket[][] = [];

  readonly #random: () => number;
  readonly #network: Network;
  readonly #rewriter = new VideoRewriter({
    codec: 'VP8',
    clockRate: 90_000,
    firstSequence: 65_500,
    firstTimestamp: 0xffff_f000,
  });
  readonly #info = new FrameInfo();
  readonly #onTheWay: { readonly at: number; readonly packet: SimulatedPacket }[] = [];
  readonly #newest = new Int32Array(ENCODINGS).fill(-1);
  #epoch = 0;

  constructor(network: Network) {
    this.#network = network;
    const random = seededFractions(network.seed);
    this.#random = random;
    const encodings = Array.from({ length: ENCODINGS }, (_, i) => new SimulatedEncoding(i, random));
    for (let i = 0; i < ENCODINGS; i++) this.packets.push([]);
    for (let tick = 0; tick < FRAMES; tick++) {
      const ms = tick * 33;
      if (random() < 0.08) this.#command();
      encodings.forEach((encoding, i) => {
        const isKey = tick === 0 || random() < (this.#rewriter.needsKeyFrameOf() === i ? 0.4 : 0.02);
        for (const packet of encoding.next(ms, isKey).packets) this.#send(packet, ms);
      });
      this.#deliver(ms + 33);
    }
    this.#deliver(Infinity);
  }

  #command(): void {
    const encoding = Math.floor(this.#random() * (ENCODINGS + 1)) - 1;
    const hadOne = this.#rewriter.encoding;
    this.#rewriter.setTarget(encoding, 0, Math.floor(this.#random() * 3));
    if (hadOne >= 0 && this.#rewriter.encoding < 0) this.#epoch++;
  }

  #send(packet: SimulatedPacket, ms: number): void {
    const { lost, late } = this.#network;
    this.packets[packet.frame.encoding]!.push(packet);
    const fate = this.#random() * 100;
    if (fate < lost / 2) return;
    // The other half of what is lost is sent again.
    const delay = fate < lost ? 50 + this.#random() * 150 : fate < lost + late ? this.#random() * 45 : 0;
    this.#onTheWay.push({ at: ms + packet.frame.encoding * 2 + delay, packet });
  }

  #deliver(until: number): void {
    // Sorting keeps the order of what arrives at the same time.
    this.#onTheWay.sort((a, b) => a.at - b.at);
    while (this.#onTheWay.length > 0 && this.#onTheWay[0]!.at < until) {
      const { at, packet } = this.#onTheWay.shift()!;
      this.#receive(at, packet);
      if (this.#random() < 0.2) this.#askAgain();
    }
  }

  #receive(at: number, packet: SimulatedPacket): void {
    const { encoding } = packet.frame;
    if (packet.index > this.#newest[encoding]!) {
      this.#newest[encoding] = packet.index;
      this.arrivedInOrder.add(packet);
    }
    assert.ok(parseVp8(packet.payload, 0, packet.payload.length, this.#info));
    const before = this.#rewriter.encoding;
    const verdict = this.#rewriter.accept(instant(at), encoding, packet, this.#info);
    if (this.#rewriter.encoding !== before) {
      this.#epoch++;
      assert.ok(packet.frame.isKey && packet.isStart, 'a switch without a key frame');
    }
    this.epochOfArrival.set(packet, this.#epoch);
    if (verdict === Verdict.drop) return;
    assert.equal(this.#rewriter.encoding, encoding, 'a packet of an encoding that was left');
    this.#note(verdict === Verdict.forward ? 'media' : 'fill', packet);
  }

  #note(kind: Outgoing['kind'], packet: SimulatedPacket): void {
    const { sequence, timestamp, marker } = this.#rewriter;
    const payload = packet.payload.slice();
    if (kind === 'media') this.#rewriter.patchPayload(payload, 0);
    parseVp8(payload, 0, payload.length, this.#info);
    const { pictureId, tl0PicIdx } = this.#info;
    const hex = Buffer.from(payload).toString('hex');
    this.sent.push({
      kind,
      sequence,
      timestamp,
      marker,
      pictureId,
      tl0PicIdx,
      payload: hex,
      packet,
      epoch: this.#epoch,
    });
  }

  #askAgain(): void {
    const rewriter = this.#rewriter;
    const asked = this.sent[this.sent.length - 1 - Math.floor(this.#random() * 100)];
    if (asked === undefined) return;
    const isKnown = rewriter.lookUp(asked.sequence & 0xffff);
    assert.equal(isKnown, asked.kind === 'media');
    if (!isKnown) return;
    const { sourceEncoding, sourceSequence, sequence, timestamp, marker } = rewriter;
    assert.deepEqual(
      [sourceEncoding, sourceSequence, sequence, timestamp, marker],
      [
        asked.packet.frame.encoding,
        asked.packet.sequenceNumber,
        asked.sequence,
        asked.timestamp,
        asked.marker,
      ],
    );
    const copy = asked.packet.payload.slice();
    rewriter.patchPayload(copy, 0);
    assert.equal(Buffer.from(copy).toString('hex'), asked.payload);
  }
}

function inOrder(call: Call): Outgoing[] {
  return call.sent.toSorted((a, b) => a.sequence - b.sequence);
}

/** Pairs of media packets that follow each other, and how many numbers between them carry nothing or were never used. */
function* neighbours(sent: readonly Outgoing[]): Generator<{ a: Outgoing; b: Outgoing; unused: number }> {
  let a: Outgoing | undefined;
  let withoutMedia = 0;
  for (const b of sent) {
    if (b.kind !== 'media') withoutMedia++;
    else {
      if (a !== undefined) yield { a, b, unused: b.sequence - a.sequence - 1 - withoutMedia };
      a = b;
      withoutMedia = 0;
    }
  }
}

function checkNumbers(call: Call): void {
  const sent = inOrder(call);
  assert.equal(new Set(sent.map(({ sequence }) => sequence)).size, sent.length, 'a number used twice');
  if (sent.length > 0) assert.equal(sent[0]!.sequence, 65_500);
  for (const { a, b, unused } of neighbours(sent)) {
    const [from, to] = [a.packet, b.packet];
    const ticks = (b.timestamp - a.timestamp) | 0;
    assert.equal(ticks === 0, from.frame === to.frame, 'one timestamp, one frame');
    assert.ok(ticks >= 0, 'time runs backwards');
    if (a.epoch === b.epoch) {
      assert.ok(to.index > from.index, 'packets have changed places');
      const between = call.packets[to.frame.encoding]!.slice(from.index + 1, to.index);
      // What came when its encoding had been left is as good as lost.
      const missing = between.filter((packet) => call.epochOfArrival.get(packet) !== a.epoch);
      assert.ok(unused <= missing.length, 'a gap where nothing was lost');
      assert.ok(
        unused >= missing.filter(({ frame }) => frame.temporalLayer === 0).length,
        'a loss is hidden',
      );
    } else {
      const between = call.packets[from.frame.encoding]!.slice(from.index + 1);
      const missing = between.filter((packet) => !call.arrivedInOrder.has(packet));
      assert.ok(unused <= missing.length, 'a gap between encodings');
    }
  }
}

function checkPictures(call: Call): void {
  for (const { a, b } of neighbours(inOrder(call))) {
    const [from, to] = [a.packet.frame, b.packet.frame];
    const ahead = (b.pictureId - a.pictureId) & 0x7fff;
    if (from === to) assert.equal(ahead, 0);
    else {
      const [first, end] = a.epoch === b.epoch ? [from.index + 1, to.index] : [from.index + 1, Infinity];
      // Pictures of which nothing was there in time to be known as left out.
      const unknown = new Set(
        call.packets[from.encoding]!.filter(
          ({ frame }) =>
            frame.index >= first &&
            frame.index < end &&
            !frame.packets.some((packet) => call.arrivedInOrder.has(packet)),
        ).map(({ frame }) => frame.index),
      );
      assert.ok(ahead >= 1, 'a picture without an id of its own');
      assert.ok(ahead <= 1 + unknown.size, 'picture ids have a gap');
    }
    if (b.packet.frame.temporalLayer === 0 && from !== to) {
      const steps = (b.tl0PicIdx - a.tl0PicIdx) & 0xff;
      assert.ok(steps >= 1 && steps < 128, 'TL0PICIDX does not grow');
    }
  }
}

/** Without loss: frames are whole, except where they were cut off by a switch, and have all they need. */
function checkDecodable(call: Call): void {
  const sent = inOrder(call);
  for (const { unused } of neighbours(sent)) assert.equal(unused, 0);
  let epoch = -1;
  let whole = new Set<number>();
  const media = sent.filter(({ kind }) => kind === 'media');
  media.forEach((outgoing, i) => {
    const { frame } = outgoing.packet!;
    if (outgoing.epoch !== epoch) {
      assert.ok(frame.isKey);
      epoch = outgoing.epoch;
      whole = new Set();
    }
    for (const needed of frame.needs) assert.ok(whole.has(needed), 'a frame without what it needs');
    const next = media[i + 1];
    if (outgoing.marker) whole.add(frame.index);
    else if (next?.epoch === epoch) assert.equal(next.packet.frame, frame, 'a frame without its end');
  });
}

const seed = fc.integer({ min: 0, max: 0x7fff_ffff });

test('with any loss, reordering and switching the stream has gaps for lost packets only and never goes back', () => {
  fc.assert(
    fc.property(fc.record({ seed, lost: fc.nat(20), late: fc.nat(30) }), (network) => {
      const call = new Call(network);
      checkNumbers(call);
      checkPictures(call);
    }),
    { numRuns: 150 },
  );
});

test('without loss everything that goes out can be decoded, whatever is chosen', () => {
  fc.assert(
    fc.property(seed, (value) => {
      const call = new Call({ seed: value, lost: 0, late: 0 });
      checkNumbers(call);
      checkPictures(call);
      checkDecodable(call);
    }),
    { numRuns: 100 },
  );
});

test('the calls that are tried have switches, pauses, left out layers and late packets', () => {
  let [media, fills, epochs] = [0, 0, 0];
  for (let value = 0; value < 10; value++) {
    const call = new Call({ seed: value, lost: 10, late: 10 });
    media += call.sent.filter(({ kind }) => kind === 'media').length;
    fills += call.sent.filter(({ kind }) => kind === 'fill').length;
    epochs += call.sent.at(-1)?.epoch ?? 0;
  }
  assert.ok(media > 300 && fills > 10 && epochs > 20, `${[media, fills, epochs]}`);
});
