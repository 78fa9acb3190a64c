import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readU16, readU32, writeU16, writeU32 } from '../bytes/big-endian.js';
import { ChecksumTransform, forge } from './checksum-transform.test-support.js';
import { SrtpReceiver } from './srtp-receiver.js';

const SSRC = 0xcafe_babe;

describe('RTP', () => {
  test('a stream that wraps several times with 5 % reordered loses nothing, and none of it is taken twice', () => {
    const receiver = createReceiver();
    const random = createRandom(1);
    const indices = Array.from({ length: 200_000 }, (_, i) => 60_000 + i);
    for (let i = 0; i + 40 < indices.length; i++) {
      if (random() >= 0.05) continue;
      const other = i + 1 + Math.floor(random() * 39);
      [indices[i], indices[other]] = [indices[other]!, indices[i]!];
    }
    const refused = indices.filter((index) => receive(receiver, index) !== 'taken');
    assert.deepEqual(refused, []);
    const again = indices.map((index) => receive(receiver, index));
    assert.deepEqual([...new Set(again)].sort(), ['auth', 'replay', 'tooOld']);
    assert.ok(again.slice(-1000).every((result) => result === 'replay'));
  });

  test('what is taken is what was not taken before and is at most 1023 behind the highest', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -40, max: 40 }) },
      { weight: 2, arbitrary: fc.integer({ min: -1030, max: 1030 }) },
      { weight: 1, arbitrary: fc.integer({ min: -32_000, max: 32_000 }) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), fc.array(step, { maxLength: 80 }), (first, steps) => {
        const receiver = createReceiver();
        const taken = new Set([first]);
        let highest = first;
        assert.equal(receive(receiver, first), 'taken');
        for (const distance of steps) {
          const index = highest + distance;
          if (index < 0) continue;
          const expected = taken.has(index)
            ? distance > -1024
              ? 'replay'
              : 'tooOld'
            : distance > -1024
              ? 'taken'
              : 'tooOld';
          assert.equal(receive(receiver, index), expected, `${index} after ${highest}`);
          taken.add(index);
          highest = Math.max(highest, index);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('every packet of a window may come in any order', () => {
    const receiver = createReceiver();
    assert.equal(receive(receiver, 70_000 - 10_000), 'taken');
    assert.equal(receive(receiver, 70_000), 'taken');
    for (let behind = 1023; behind > 0; behind--)
      assert.equal(receive(receiver, 70_000 - behind), 'taken', `${behind} behind`);
    assert.equal(receive(receiver, 70_000 - 1024), 'tooOld');
  });

  test('a forged packet moves nothing, however far ahead it claims to be', () => {
    const receiver = createReceiver();
    receive(receiver, 60_000);
    for (const [i, ahead] of [1, 1000, 5_536, 20_000, 32_000].entries()) {
      assert.equal(offer(receiver, forge(rtpPacket(60_000 + ahead))), 'auth');
      assert.equal(receive(receiver, 60_001 + i), 'taken');
    }
  });

  test('a packet taken before is told without asking the cipher', () => {
    const transform = new ChecksumTransform();
    const receiver = new SrtpReceiver(transform);
    receive(receiver, 5);
    receive(receiver, 5);
    assert.equal(transform.checks, 1);
  });

  test('a source whose first packet is the last before a wrap goes on after it', () => {
    const receiver = createReceiver();
    assert.deepEqual(
      [65_535, 65_536, 65_534, 65_537, 65_533].map((index) => receive(receiver, index)),
      Array(5).fill('taken'),
    );
  });

  test('the counter of a young source does not go below zero', () => {
    const receiver = createReceiver();
    assert.equal(receive(receiver, 3), 'taken');
    assert.equal(receive(receiver, 65_500), 'taken');
  });

  test('packets without room for header and tag are short, whatever else they say', () => {
    const receiver = createReceiver();
    const bytes = new Uint8Array(64);
    for (const [headerLength, length] of [
      [12, 0],
      [12, 15],
      [16, 19],
      [11, 40],
      [60, 40],
    ] as const) {
      assert.equal(receiver.unprotectRtp(bytes, 0, headerLength, length, SSRC, 1), -1);
      assert.equal(receiver.lastDrop, 'short');
    }
    assert.equal(receiver.ssrcCount, 0);
  });
});

describe('sources', () => {
  test('forged packets of ten thousand sources are not remembered', () => {
    const receiver = createReceiver();
    for (let ssrc = 0; ssrc < 10_000; ssrc++)
      assert.equal(offer(receiver, forge(rtpPacket(1, ssrc))), 'auth');
    assert.equal(receiver.ssrcCount, 0);
  });

  test('the number of sources is limited; those known go on, and one that is forgotten makes room', () => {
    const receiver = new SrtpReceiver(new ChecksumTransform(), { maximumSsrcs: 3 });
    const results = Array.from({ length: 10_000 }, (_, ssrc) => receive(receiver, 1, ssrc));
    assert.deepEqual(results.slice(0, 4), ['taken', 'taken', 'taken', 'ssrcLimit']);
    assert.ok(results.slice(3).every((result) => result === 'ssrcLimit'));
    assert.equal(offerRtcp(receiver, rtcpPacket(1, 77)), 'ssrcLimit');
    assert.equal(receiver.ssrcCount, 3);
    assert.equal(receive(receiver, 2, 1), 'taken');
    receiver.forgetSsrc(0);
    assert.equal(receive(receiver, 1, 77), 'taken');
    assert.equal(receive(receiver, 1, 0), 'ssrcLimit');
  });

  test('each has counter and list of its own', () => {
    const receiver = createReceiver();
    assert.equal(receive(receiver, 65_535, 1), 'taken');
    assert.equal(receive(receiver, 65_536, 1), 'taken');
    assert.equal(receive(receiver, 65_535, 2), 'taken');
    assert.equal(receive(receiver, 65_535, 2), 'replay');
    assert.equal(receive(receiver, 65_537, 1), 'taken');
  });

  test('one that only sent RTCP starts its RTP like a new one', () => {
    const receiver = createReceiver();
    assert.equal(offerRtcp(receiver, rtcpPacket(7, SSRC)), 'taken');
    assert.equal(receive(receiver, 65_535), 'taken');
    assert.equal(receive(receiver, 65_535), 'replay');
    assert.equal(receiver.ssrcCount, 1);
  });
});

describe('RTCP', () => {
  test('an index is taken once, and if it is at most 127 behind the highest', () => {
    const receiver = createReceiver();
    const results = [0, 0, 200, 73, 73, 72, 199, 200, 2 ** 31 - 1, 2 ** 31 - 128, 2 ** 31 - 129].map(
      (index) => offerRtcp(receiver, rtcpPacket(index, SSRC)),
    );
    assert.deepEqual(results, [
      'taken',
      'replay',
      'taken',
      'taken',
      'replay',
      'tooOld',
      'taken',
      'replay',
      'taken',
      'taken',
      'tooOld',
    ]);
  });

  test('forged and short packets change nothing', () => {
    const receiver = createReceiver();
    offerRtcp(receiver, rtcpPacket(5, SSRC));
    assert.equal(offerRtcp(receiver, forge(rtcpPacket(5000, SSRC))), 'auth');
    assert.equal(offerRtcp(receiver, rtcpPacket(6, SSRC)), 'taken');
    for (let length = 0; length < 16; length++) {
      assert.equal(receiver.unprotectRtcp(rtcpPacket(7, SSRC), 0, length), -1);
      assert.equal(receiver.lastDrop, 'short');
    }
    assert.equal(offerRtcp(receiver, rtcpPacket(7, SSRC)), 'taken');
  });
});

function createReceiver(): SrtpReceiver {
  return new SrtpReceiver(new ChecksumTransform());
}

/** A protected packet with the extended sequence number `index`, in the middle of nowhere. */
function rtpPacket(index: number, ssrc = SSRC): Uint8Array {
  const bytes = new Uint8Array(24);
  bytes[0] = 0x80;
  writeU16(bytes, 2, index);
  writeU32(bytes, 8, ssrc);
  new ChecksumTransform().protectRtp(bytes, 0, 12, 20, Math.floor(index / 65_536));
  return bytes;
}

function rtcpPacket(index: number, ssrc: number): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes[0] = 0x80;
  writeU32(bytes, 4, ssrc);
  new ChecksumTransform().protectRtcp(bytes, 0, 12, index);
  return bytes;
}

function receive(receiver: SrtpReceiver, index: number, ssrc = SSRC): string {
  return offer(receiver, rtpPacket(index, ssrc));
}

function offer(receiver: SrtpReceiver, packet: Uint8Array): string {
  const length = receiver.unprotectRtp(packet, 0, 12, packet.length, readU32(packet, 8), readU16(packet, 2));
  return length === packet.length - 4 ? 'taken' : receiver.lastDrop;
}

function offerRtcp(receiver: SrtpReceiver, packet: Uint8Array): string {
  return receiver.unprotectRtcp(packet, 0, packet.length) === packet.length - 8 ? 'taken' : receiver.lastDrop;
}

/** A repeatable sequence of numbers in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
