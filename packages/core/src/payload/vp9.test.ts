import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameInfo } from './frame-info.js';
import { parseVp9 } from './vp9.js';

interface Case {
  readonly says: string;
  readonly payload: string;
  /** undefined: refused. Fields that are not named have their value after `reset`. */
  readonly expected: Partial<FrameInfo> | undefined;
  readonly sizes?: readonly (readonly [number, number])[];
}

const KEY = {
  startsFrame: true,
  isKeyFrame: true,
  startsKeyFrame: true,
  isSpatialSwitchUp: true,
  temporalSwitchUpTo: 7,
} as const;
const PICTURE = { pictureId: 0x1234, pictureIdBits: 15, pictureIdOffset: 1 } as const;

const CASES: readonly Case[] = [
  {
    says: 'a key picture without layers, in one packet',
    payload: '0c aa',
    expected: { ...KEY, endsFrame: true },
  },
  {
    says: 'the middle of a key picture',
    payload: '00 aa',
    expected: { isKeyFrame: true, isSpatialSwitchUp: true },
  },
  { says: 'an inter picture', payload: '48 aa', expected: { startsFrame: true } },
  {
    says: 'non-flexible mode: layers and TL0PICIDX behind a long picture id',
    payload: 'e8 92 34 52 56 aa',
    expected: {
      ...PICTURE,
      startsFrame: true,
      temporalLayer: 2,
      temporalSwitchUpTo: 7,
      spatialLayer: 1,
      tl0PicIdx: 0x56,
      tl0PicIdxOffset: 4,
    },
  },
  {
    says: 'a short picture id',
    payload: 'e4 7f 23 56 aa',
    expected: {
      endsFrame: true,
      pictureId: 0x7f,
      pictureIdBits: 7,
      pictureIdOffset: 1,
      temporalLayer: 1,
      spatialLayer: 1,
      tl0PicIdx: 0x56,
      tl0PicIdxOffset: 3,
    },
  },
  {
    says: 'flexible mode: three references, no TL0PICIDX',
    payload: 'f8 92 34 20 03 05 06 aa',
    expected: { ...PICTURE, startsFrame: true, temporalLayer: 1 },
  },
  {
    says: 'flexible mode: a key picture has no references',
    payload: 'b8 92 34 00 aa',
    expected: { ...PICTURE, ...KEY },
  },
  {
    says: 'an upper layer of a key picture needs the lower ones only, and is no key frame',
    payload: 'b8 92 34 03 aa',
    expected: { ...PICTURE, startsFrame: true, isSpatialSwitchUp: true, spatialLayer: 1 },
  },
  {
    says: 'a scalability structure with sizes and a picture group',
    payload: '0a 38 01 40 00 b4 02 80 01 68 02 10 04 01 08 01 02 aa',
    expected: { ...KEY, sizedLayers: 2, width: 640, height: 360 },
    sizes: [
      [320, 180],
      [640, 360],
    ],
  },
  { says: 'a scalability structure without sizes', payload: '0a 00 aa', expected: KEY },
  { says: 'nothing', payload: '', expected: undefined },
  { says: 'a descriptor without payload', payload: '0c', expected: undefined },
  { says: 'a picture id of two octets cut to one', payload: '88 92', expected: undefined },
  { says: 'a long picture id at the very end', payload: '88 92 34', expected: undefined },
  { says: 'layers that are not there', payload: 'a8 12', expected: undefined },
  { says: 'layers without TL0PICIDX', payload: 'e8 12 20', expected: undefined },
  { says: 'TL0PICIDX at the very end', payload: 'e8 12 20 56', expected: undefined },
  { says: 'four references', payload: 'f8 12 20 03 03 03 02 aa', expected: undefined },
  { says: 'references that go on behind the end', payload: 'f8 12 20 03', expected: undefined },
  { says: 'sizes that are cut off', payload: '0a 30 01 40 00 b4 02 80 01', expected: undefined },
  { says: 'a picture group that is cut off', payload: '0a 08 02 04 01 08 01', expected: undefined },
];

for (const { says, payload, expected, sizes = [] } of CASES) {
  test(`VP9: ${says}`, () => {
    const content = Buffer.from(payload.replaceAll(' ', ''), 'hex');
    const bytes = new Uint8Array(content.length + 40);
    bytes.set(content, 5);
    const info = new FrameInfo();
    info.width = 99;
    info.spatialLayer = 3;
    assert.equal(parseVp9(bytes, 5, content.length, info), expected !== undefined);
    if (expected === undefined) return;
    for (const [layer, [width, height]] of sizes.entries()) {
      assert.deepEqual([info.layerWidths[layer], info.layerHeights[layer]], [width, height]);
    }
    const { layerWidths, layerHeights } = info;
    assert.deepEqual({ ...info }, { ...new FrameInfo(), layerWidths, layerHeights, ...expected });
  });
}
