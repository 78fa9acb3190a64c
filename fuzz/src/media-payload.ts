import assert from 'node:assert/strict';
import { payloadParserOf } from '@madang/core/payload/codec-parser';
import { FrameInfo } from '@madang/core/payload/frame-info';
import { RedPayload } from '@madang/core/payload/red';
import { PayloadPatch } from '@madang/core/sfu/rewriting/payload-patch';

const CODECS = ['VP8', 'VP9', 'H264', 'AV1', 'opus', 'red'] as const;
const info = new FrameInfo();
const other = new FrameInfo();
const patch = new PayloadPatch();
const red = new RedPayload();

/**
 * One input is a codec and a payload. No parser throws, looks at anything but the payload or changes it; what they find is
 * within its range; and a payload whose counters were rewritten says the new ones and is otherwise the same. The blocks of
 * redundant audio lie one behind the other and fill the payload.
 */
export default function mediaPayload(bytes: Uint8Array): void {
  const codec = CODECS[(bytes[0] ?? 0) % CODECS.length]!;
  const payload = bytes.subarray(1);
  const length = payload.length;
  const parse = payloadParserOf(codec);
  const before = payload.slice();
  const isGood = parse(bytes, 1, length, info);
  if (codec === 'red') checkBlocks(bytes, 1, length);
  assert.deepEqual(payload, before);
  const surrounded = new Uint8Array(length + 20).fill(0xff);
  surrounded.set(payload, 10);
  assert.equal(parse(surrounded, 10, length, other), isGood);
  if (isGood) {
    assert.deepEqual(other, info);
    checkRanges(length);
    if (codec === 'VP8' || codec === 'VP9') rewrite(surrounded, length, parse);
  }
}

function checkBlocks(bytes: Uint8Array, offset: number, length: number): void {
  if (!red.parse(bytes, offset, length)) return;
  let at = offset + 4 * red.count + 1;
  for (let block = 0; block < red.count; block++) {
    assert.equal(red.offsets[block], at);
    assert.ok(red.payloadTypes[block]! < 128 && red.timestampOffsets[block]! < 0x4000);
    at += red.lengths[block]!;
  }
  assert.equal(red.offset, at);
  assert.ok(red.payloadType < 128 && red.length > 0);
  assert.equal(red.offset + red.length, offset + length);
}

function checkRanges(length: number): void {
  assert.ok(
    info.spatialLayer >= 0 && info.spatialLayer < 8 && info.temporalLayer >= 0 && info.temporalLayer < 8,
  );
  assert.ok(info.temporalSwitchUpTo >= -1 && info.temporalSwitchUpTo < 8);
  assert.ok(info.pictureId >= -1 && info.pictureId < 1 << Math.max(info.pictureIdBits, 1));
  assert.ok(!info.startsKeyFrame || (info.startsFrame && info.isKeyFrame));
  for (const side of [info.width, info.height])
    assert.ok(Number.isInteger(side) && side >= 0 && side < 0x10000);
  for (const place of [info.pictureIdOffset, info.tl0PicIdxOffset, info.keyIdxOffset]) {
    assert.ok(place >= 0 && place < 8 && place < length);
  }
}

function rewrite(surrounded: Uint8Array, length: number, parse: ReturnType<typeof payloadParserOf>): void {
  patch.set(info, 1000, 100, 10, 0);
  patch.writePayload(surrounded, 10);
  assert.ok(surrounded.every((byte, i) => (i >= 10 && i < 10 + length) || byte === 0xff));
  assert.ok(parse(surrounded, 10, length, other));
  if (info.pictureId >= 0) {
    assert.equal(other.pictureId, (info.pictureId + 1000) % (1 << info.pictureIdBits));
    info.pictureId = other.pictureId;
  }
  if (info.tl0PicIdx >= 0) info.tl0PicIdx = (info.tl0PicIdx + 100) & 0xff;
  if (info.keyIdx >= 0) info.keyIdx = (info.keyIdx + 10) & 0x1f;
  assert.deepEqual(other, info);
}
