import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IceFrameDeframer, MAXIMUM_ICE_FRAME_BYTES } from './frame-deframer.js';

function framed(...frames: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(frames.flatMap((frame) => [frame.length >> 8, frame.length & 255, ...frame]));
}

/** Pushes `stream` cut at the given places and returns the frames, or undefined when the deframer gave up. */
function deframe(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] | undefined {
  const deframer = new IceFrameDeframer();
  const frames: Uint8Array[] = [];
  const edges = [0, ...[...cuts].sort((a, b) => a - b), stream.length];
  for (let i = 0; i + 1 < edges.length; i++) {
    const understood = deframer.push(stream, edges[i]!, edges[i + 1]! - edges[i]!, {
      handleFrame: (bytes, offset, length) => frames.push(bytes.slice(offset, offset + length)),
    });
    if (!understood) return undefined;
  }
  return frames;
}

test('frames come out as they went in, wherever the stream is cut', () => {
  const frame = fc.uint8Array({ maxLength: MAXIMUM_ICE_FRAME_BYTES });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(10_000)), (frames, cuts) => {
      const stream = framed(...frames);
      const places = cuts.map((cut) => (stream.length === 0 ? 0 : cut % stream.length));
      assert.deepEqual(
        deframe(stream, places),
        frames.filter((part) => part.length > 0),
      );
    }),
  );
});

test('byte by byte is as good as at once', () => {
  const frames = [new Uint8Array([1]), new Uint8Array(300).fill(7), new Uint8Array([2, 3])];
  const stream = framed(...frames);
  assert.deepEqual(
    deframe(
      stream,
      Array.from({ length: stream.length }, (_, i) => i),
    ),
    frames,
  );
});

test('a frame that is too long ends the stream before it is gathered', () => {
  const long = new Uint8Array(MAXIMUM_ICE_FRAME_BYTES + 1);
  assert.equal(deframe(framed(new Uint8Array([1]), long), []), undefined);
  assert.equal(deframe(new Uint8Array([0xff]), [])?.length, 0);
  assert.equal(deframe(new Uint8Array([0xff, 0xff]), [1]), undefined);
});
