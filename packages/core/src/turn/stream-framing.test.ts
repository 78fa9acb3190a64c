import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameHandler, FramingResult } from './stream-framing.js';
import { MAXIMUM_FRAME_LENGTH, StreamDeframer, UNAUTHENTICATED_FRAME_LENGTH } from './stream-framing.js';

function stunFrame(bodyLength: number, fill: number): Uint8Array {
  const frame = new Uint8Array(20 + bodyLength).fill(fill);
  frame.set([0x00, 0x01, bodyLength >> 8, bodyLength, 0x21, 0x12, 0xa4, 0x42]);
  return frame;
}

function channelDataFrame(number: number, length: number, fill: number): Uint8Array {
  const frame = new Uint8Array(4 + ((length + 3) & ~3));
  frame.fill(fill, 4, 4 + length);
  frame.set([number >> 8, number & 0xff, length >> 8, length & 0xff]);
  return frame;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Pushes `stream` in pieces of the given sizes (repeated) and returns the frames and how it ended. */
function deframe(
  stream: Uint8Array,
  sizes: readonly number[],
  maximumFrameLength: number,
): { frames: string[]; result: FramingResult } {
  const deframer = new StreamDeframer({ maximumFrameLength });
  const frames: string[] = [];
  const handler: FrameHandler = {
    handleFrame(bytes, offset, length) {
      frames.push(Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('hex'));
      return 'continue';
    },
  };
  let at = 0;
  let result: FramingResult = 'needMore';
  for (let i = 0; at < stream.length && result === 'needMore'; i++) {
    const size = Math.min(sizes[i % sizes.length]!, stream.length - at);
    result = deframer.push(stream, at, size, handler);
    at += size;
  }
  return { frames, result };
}

const frameArbitrary = fc.oneof(
  fc.tuple(fc.nat(40), fc.nat(255)).map(([words, fill]) => stunFrame(words * 4, fill)),
  fc
    .tuple(fc.integer({ min: 0x4000, max: 0x4fff }), fc.oneof(fc.nat(20), fc.nat(3000)), fc.nat(255))
    .map(([number, length, fill]) => channelDataFrame(number, length, fill)),
);

test('any cutting of the stream gives the same messages as the whole', () => {
  fc.assert(
    fc.property(
      fc.array(frameArbitrary, { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
      (frames, sizes) => {
        const stream = concatenate(frames);
        const whole = deframe(stream, [Infinity], MAXIMUM_FRAME_LENGTH);
        assert.equal(whole.frames.length, frames.length);
        assert.deepEqual(deframe(stream, sizes, MAXIMUM_FRAME_LENGTH), whole);
        assert.deepEqual(deframe(stream, [1], MAXIMUM_FRAME_LENGTH), whole);
      },
    ),
    { numRuns: 200 },
  );
});

test('garbage ends at the same message and for the same reason however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(frameArbitrary, { maxLength: 4 }),
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      (frames, garbage) => {
        const stream = concatenate([...frames, garbage]);
        assert.deepEqual(deframe(stream, [1], 2000), deframe(stream, [Infinity], 2000));
      },
    ),
    { numRuns: 500 },
  );
});

test('100,000 messages byte by byte equal the whole buffer', () => {
  const frames: Uint8Array[] = [];
  for (let i = 0; i < 100_000; i++) {
    frames.push(
      i % 3 === 0
        ? stunFrame((i % 16) * 4, i & 0xff)
        : channelDataFrame(0x4000 + (i & 0xff), i % 41, i & 0xff),
    );
  }
  const stream = concatenate(frames);
  let whole = 0;
  let wholeSum = 0;
  const sumOf = (bytes: Uint8Array, offset: number, length: number): number => {
    let sum = length;
    for (let i = 0; i < length; i++) sum = (Math.imul(sum, 31) + bytes[offset + i]!) | 0;
    return sum;
  };
  const first = new StreamDeframer();
  first.push(stream, 0, stream.length, {
    handleFrame(bytes, offset, length) {
      assert.equal(bytes, stream, 'a whole message is handed over in place');
      whole++;
      wholeSum = (Math.imul(wholeSum, 17) + sumOf(bytes, offset, length)) | 0;
      return 'continue';
    },
  });
  let single = 0;
  let singleSum = 0;
  const second = new StreamDeframer();
  for (let at = 0; at < stream.length; at++) {
    const result = second.push(stream, at, 1, {
      handleFrame(bytes, offset, length) {
        single++;
        singleSum = (Math.imul(singleSum, 17) + sumOf(bytes, offset, length)) | 0;
        return 'continue';
      },
    });
    assert.equal(result, 'needMore');
  }
  assert.equal(whole, 100_000);
  assert.equal(single, whole);
  assert.equal(singleSum, wholeSum);
  assert.equal(second.isMidFrame, false);
});

test('the padding of ChannelData is neither delivered nor mistaken for a message', () => {
  const { frames, result } = deframe(
    concatenate([channelDataFrame(0x4001, 5, 0xaa), channelDataFrame(0x4001, 0, 0)]),
    [Infinity],
    1500,
  );
  assert.deepEqual(frames, ['40010005aaaaaaaaaa', '40010000']);
  assert.equal(result, 'needMore');
});

test('messages longer than the limit end the stream before they are gathered; the limit can be raised', () => {
  const long = channelDataFrame(0x4000, 1497, 1);
  assert.equal(deframe(long, [4], UNAUTHENTICATED_FRAME_LENGTH).result, 'frameTooLong');
  assert.equal(
    deframe(channelDataFrame(0x4000, 1496, 1), [4], UNAUTHENTICATED_FRAME_LENGTH).result,
    'needMore',
  );
  const deframer = new StreamDeframer();
  deframer.raiseMaximumFrameLength(Infinity);
  let delivered = 0;
  const biggest = channelDataFrame(0x4000, 65_535, 7);
  const result = deframer.push(biggest, 0, biggest.length, {
    handleFrame(_bytes, _offset, length) {
      delivered = length;
      return 'continue';
    },
  });
  assert.equal(result, 'needMore');
  assert.equal(delivered, MAXIMUM_FRAME_LENGTH);
  const tooLongStun = stunFrame(65_532, 0);
  assert.equal(deframe(tooLongStun, [Infinity], MAXIMUM_FRAME_LENGTH).result, 'frameTooLong');
});

test('bytes that are neither STUN nor ChannelData are refused by the first wrong byte', () => {
  for (const head of [
    [0x80],
    [0xff, 0, 0, 0],
    [0x00, 0x01, 0x00, 0x03],
    [0x16, 0x03, 0x01, 0x02, 0x00, 1, 0, 1],
  ]) {
    assert.equal(
      deframe(new Uint8Array(head), [Infinity], 1500).result,
      'notStunOrChannelData',
      String(head),
    );
  }
});

test('stop leaves the rest of the chunk to the caller', () => {
  const first = stunFrame(0, 0);
  const stream = concatenate([first, new Uint8Array([0xde, 0xad])]);
  for (const cut of [0, 7]) {
    const deframer = new StreamDeframer();
    const handler: FrameHandler = { handleFrame: () => 'stop' };
    assert.equal(deframer.push(stream, 0, cut, handler), 'needMore');
    assert.equal(deframer.push(stream, cut, stream.length - cut, handler), 'stopped');
    assert.equal(deframer.consumed, first.length - cut);
  }
});

test('a dripped maximal message costs linear work', () => {
  const frame = channelDataFrame(0x4000, 65_535, 3);
  const deframer = new StreamDeframer({ maximumFrameLength: MAXIMUM_FRAME_LENGTH });
  let frames = 0;
  const handler: FrameHandler = { handleFrame: () => (frames++, 'continue') };
  const started = process.cpuUsage();
  for (let round = 0; round < 16; round++) {
    for (let at = 0; at < frame.length; at++) deframer.push(frame, at, 1, handler);
  }
  const used = process.cpuUsage(started);
  assert.equal(frames, 16);
  // About 1 M single bytes; work that grew with the square of the length would take minutes.
  assert.ok(used.user / 1000 < 5000, `${used.user / 1000} ms`);
});
