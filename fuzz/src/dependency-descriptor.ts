import assert from 'node:assert/strict';
import { DependencyDescriptorReader } from '@madang/core/payload/dependency-descriptor';
import { FrameInfo } from '@madang/core/payload/frame-info';

/**
 * One input is a stream: descriptors, each with its length before it. Nothing throws or changes its input, nothing outside a
 * descriptor is looked at, what is found is within its range, and a refused descriptor changes nothing.
 */
export default function dependencyDescriptor(bytes: Uint8Array): void {
  const reader = new DependencyDescriptorReader();
  const second = new DependencyDescriptorReader();
  const before = bytes.slice();
  let at = 0;
  for (let count = 0; at < bytes.length && count < 50; count++) {
    const length = Math.min(bytes[at]!, bytes.length - at - 1);
    const info = new FrameInfo();
    const other = new FrameInfo();
    const active = reader.activeDecodeTargets;
    const isGood = reader.read(bytes, at + 1, length, info);
    const surrounded = new Uint8Array(length + 20).fill(0xff);
    surrounded.set(bytes.subarray(at + 1, at + 1 + length), 10);
    assert.equal(second.read(surrounded, 10, length, other), isGood);
    assert.deepEqual(other, info);
    if (isGood) check(info);
    else {
      assert.deepEqual(info, NOTHING);
      assert.equal(reader.activeDecodeTargets, active);
    }
    assert.ok(reader.activeDecodeTargets >= 0 && reader.activeDecodeTargets < 2 ** 32);
    at += 1 + length;
  }
  assert.deepEqual(bytes, before);
}

function check(info: FrameInfo): void {
  assert.ok(info.frameNumber >= 0 && info.frameNumber < 0x10000);
  assert.ok(info.spatialLayer < 8 && info.temporalLayer < 8 && info.temporalSwitchUpTo < 8);
  assert.ok(!info.startsKeyFrame || (info.startsFrame && info.isKeyFrame && info.spatialLayer === 0));
  assert.ok(info.sizedLayers <= 8 && info.width < 0x10000 && info.height < 0x10000);
}

const NOTHING = new FrameInfo();
