import assert from 'node:assert/strict';
import type { FrameHandler, FramingResult } from '@madang/core/turn/stream-framing';
import { StreamDeframer } from '@madang/core/turn/stream-framing';

/**
 * One input of the deframer: the first byte says how the rest is cut, the second the frame limit. Every cutting ends
 * with the same messages and the same verdict as the whole, no message is longer than the limit, and consumed bytes
 * add up.
 */
export default function turnStreamFraming(bytes: Uint8Array): void {
  if (bytes.length < 2) return;
  const limit = 4 + bytes[1]! * 300;
  const stream = bytes.subarray(2);
  const whole = deframe(stream, [stream.length], limit);
  const seed = bytes[0]!;
  assert.deepEqual(deframe(stream, [1 + (seed & 7), 1 + (seed >> 3), 1 + (seed % 11) * 13], limit), whole);
  assert.deepEqual(deframe(stream, [1], limit), whole);
}

function deframe(
  stream: Uint8Array,
  sizes: readonly number[],
  limit: number,
): { frames: string[]; result: FramingResult } {
  const deframer = new StreamDeframer({ maximumFrameLength: limit });
  const frames: string[] = [];
  const handler: FrameHandler = {
    handleFrame(frame, offset, length) {
      assert.ok(length >= 4 && length <= limit && offset + length <= frame.length);
      frames.push(Buffer.from(frame.buffer, frame.byteOffset + offset, length).toString('latin1'));
      return 'continue';
    },
  };
  let at = 0;
  let result: FramingResult = 'needMore';
  for (let i = 0; at < stream.length && result === 'needMore'; i++) {
    const size = Math.min(sizes[i % sizes.length]!, stream.length - at);
    result = deframer.push(stream, at, size, handler);
    assert.equal(result === 'needMore', deframer.consumed === size && result === 'needMore');
    at += size;
  }
  assert.notEqual(result, 'stopped');
  return { frames, result };
}
