import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DescribedStructure, DescriptorFields } from './dependency-descriptor-builder.test-support.js';
import { buildDependencyDescriptor, L1T3, L2T2 } from './dependency-descriptor-builder.test-support.js';
import { DependencyDescriptorReader } from './dependency-descriptor.js';
import { FrameInfo } from './frame-info.js';

/** Reads a descriptor somewhere in a buffer of ones. */
function read(reader: DependencyDescriptorReader, fields: DescriptorFields, info: FrameInfo): boolean {
  const content = buildDependencyDescriptor(fields);
  const bytes = new Uint8Array(content.length + 20).fill(0xff);
  bytes.set(content, 7);
  return reader.read(bytes, 7, content.length, info);
}

function key(structure: DescribedStructure, frameNumber = 0): DescriptorFields {
  return { isStart: true, isEnd: true, templateId: structure.idOffset, frameNumber, structure };
}

/** Template by its place in the structure; what `read` finds in a packet that is a whole frame. */
const FRAMES: readonly {
  readonly says: string;
  readonly structure: DescribedStructure;
  readonly template: number;
  readonly own?: Partial<DescriptorFields>;
  readonly expected: Partial<FrameInfo>;
}[] = [
  {
    says: 'all temporal layers can begin with a frame of the lowest',
    structure: L1T3,
    template: 1,
    expected: { temporalLayer: 0, temporalSwitchUpTo: 7, isSpatialSwitchUp: true, isKeyFrame: false },
  },
  {
    says: 'the highest layer can begin with a frame of the middle one',
    structure: L1T3,
    template: 2,
    expected: { temporalLayer: 1, temporalSwitchUpTo: 7 },
  },
  {
    says: 'nothing begins with a discardable frame; template ids go on from 63 to 0',
    structure: L1T3,
    template: 4,
    expected: { temporalLayer: 2, temporalSwitchUpTo: -1, isSpatialSwitchUp: false },
  },
  {
    says: 'an upper spatial layer can begin where its indications say so',
    structure: L2T2,
    template: 3,
    expected: { spatialLayer: 1, isSpatialSwitchUp: true, sizedLayers: 2, width: 640, height: 360 },
  },
  {
    says: 'and nowhere else',
    structure: L2T2,
    template: 4,
    expected: { spatialLayer: 1, isSpatialSwitchUp: false, temporalSwitchUpTo: -1 },
  },
  {
    says: 'indications of the frame itself take the place of the template',
    structure: L2T2,
    template: 4,
    own: { indications: '--SS' },
    expected: { spatialLayer: 1, isSpatialSwitchUp: true },
  },
  {
    says: 'indications for some of the temporal layers let these begin',
    structure: L2T2,
    template: 1,
    own: { indications: 'SRRR' },
    expected: { spatialLayer: 0, temporalSwitchUpTo: 0, isSpatialSwitchUp: false },
  },
  {
    says: 'a frame that refers to nothing is a key frame, though not one where a stranger can begin',
    structure: L1T3,
    template: 1,
    own: { references: [] },
    expected: { isKeyFrame: true, startsKeyFrame: false },
  },
  {
    says: 'references and chains of the frame itself are read over',
    structure: L2T2,
    template: 1,
    own: { references: [1, 16, 17, 256, 257, 4096], chains: [255, 0] },
    expected: { isKeyFrame: false, temporalSwitchUpTo: 7 },
  },
];

for (const { says, structure, template, own = {}, expected } of FRAMES) {
  test(`dependency descriptor: ${says}`, () => {
    const reader = new DependencyDescriptorReader();
    const info = new FrameInfo();
    assert.ok(read(reader, key(structure), info));
    info.reset();
    const templateId = (structure.idOffset + template) % 64;
    assert.ok(
      read(reader, { isStart: true, isEnd: true, templateId, frameNumber: 0x1234, ...own }, info),
      'refused',
    );
    assert.equal(info.frameNumber, 0x1234);
    for (const [field, value] of Object.entries(expected)) {
      assert.equal(info[field as keyof FrameInfo], value, field);
    }
  });
}

test('dependency descriptor: a key frame brings its structure', () => {
  for (const [structure, targets] of [
    [L1T3, 0b111],
    [L2T2, 0b1111],
  ] as const) {
    const reader = new DependencyDescriptorReader();
    const info = new FrameInfo();
    info.pictureId = 5;
    assert.ok(read(reader, key(structure, 9), info));
    assert.ok(info.startsKeyFrame && info.isKeyFrame && info.startsFrame && info.endsFrame);
    assert.deepEqual([info.temporalSwitchUpTo, info.frameNumber, info.pictureId], [7, 9, 5]);
    assert.equal(reader.activeDecodeTargets, targets);
  }
});

test('dependency descriptor: the middle of a frame neither starts nor ends it', () => {
  const reader = new DependencyDescriptorReader();
  const info = new FrameInfo();
  read(reader, key(L1T3), info);
  assert.ok(read(reader, { templateId: L1T3.idOffset, frameNumber: 0 }, info));
  assert.deepEqual([info.startsFrame, info.endsFrame, info.startsKeyFrame], [false, false, false]);
  assert.equal(info.isKeyFrame, true);
});

test('dependency descriptor: which decode targets are sent is told with a frame, and holds until told otherwise', () => {
  const reader = new DependencyDescriptorReader();
  const info = new FrameInfo();
  read(reader, key(L2T2), info);
  const frame = { templateId: L2T2.idOffset + 1, frameNumber: 1 };
  assert.ok(read(reader, { ...frame, activeTargets: { mask: 0b0011, count: 4 } }, info));
  assert.ok(read(reader, frame, info));
  assert.equal(reader.activeDecodeTargets, 0b0011);
  reader.forget();
  assert.equal(reader.activeDecodeTargets, 0);
});

test('dependency descriptor: without a structure, or one that has the template, nothing is known', () => {
  const reader = new DependencyDescriptorReader();
  const info = new FrameInfo();
  const frame = { isStart: true, templateId: L1T3.idOffset, frameNumber: 1 };
  assert.equal(read(reader, frame, info), false);
  read(reader, key(L1T3), info);
  assert.ok(read(reader, frame, info));
  info.reset();
  assert.equal(read(reader, { ...frame, templateId: L1T3.idOffset - 1 }, info), false);
  assert.equal(info.startsFrame, false);
  reader.forget();
  assert.equal(read(reader, frame, info), false);
});

test('dependency descriptor: a malformed structure leaves the one before in force', () => {
  const reader = new DependencyDescriptorReader();
  const info = new FrameInfo();
  read(reader, key(L1T3), info);
  const whole = buildDependencyDescriptor(key(L2T2, 5));
  // The last bits are of a size, so every cut is missed.
  for (let length = 0; length < whole.length; length++) {
    assert.equal(reader.read(whole, 0, length, info), false, `${length} of ${whole.length}`);
  }
  assert.ok(read(reader, { isStart: true, templateId: L1T3.idOffset + 2, frameNumber: 6 }, info));
  assert.equal(info.temporalLayer, 1);
});

test('dependency descriptor: a structure that comes late does not replace a newer one, across the end of frame numbers', () => {
  const reader = new DependencyDescriptorReader();
  const info = new FrameInfo();
  read(reader, key(L1T3, 3), info);
  assert.ok(read(reader, key(L2T2, 65_530), info));
  assert.equal(info.width, 640);
  assert.ok(read(reader, { templateId: L1T3.idOffset, frameNumber: 4 }, info));
  assert.ok(read(reader, key(L2T2, 5), info));
  assert.equal(read(reader, { templateId: L1T3.idOffset, frameNumber: 6 }, info), false);
});
