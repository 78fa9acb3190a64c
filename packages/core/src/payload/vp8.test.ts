import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameInfo } from './frame-info.js';
import { parseVp8 } from './vp8.js';

const KEY_640_360 = '10 02 00 9d 01 2a 80 02 68 01 00';

interface Case {
  readonly says: string;
  readonly payload: string;
  /** undefined: refused. Fields that are not named have their value after `reset`. */
  readonly expected: Partial<FrameInfo> | undefined;
}

const KEY = {
  startsFrame: true,
  isKeyFrame: true,
  startsKeyFrame: true,
  isSpatialSwitchUp: true,
  temporalSwitchUpTo: 7,
} as const;

const CASES: readonly Case[] = [
  {
    says: 'a key frame without extensions tells its size',
    payload: `10 ${KEY_640_360}`,
    expected: { ...KEY, width: 640, height: 360 },
  },
  {
    says: 'the two bits of scaling are no part of the size',
    payload: '10 10 02 00 9d 01 2a 80 c2 68 41 00',
    expected: { ...KEY, width: 640, height: 360 },
  },
  {
    says: 'a key frame whose start code is wrong has no size',
    payload: '10 10 02 00 9d 01 2b 80 02 68 01 00',
    expected: KEY,
  },
  { says: 'a key frame cut before its size has none', payload: '10 10 02 00', expected: KEY },
  { says: 'a delta frame', payload: '10 11 02 00', expected: { startsFrame: true } },
  { says: 'a continuation', payload: '00 10 02 00', expected: {} },
  { says: 'the start of another partition starts no frame', payload: '11 10 02 00', expected: {} },
  {
    says: 'the reference bits change nothing',
    payload: '70 11',
    expected: { startsFrame: true },
  },
  {
    says: 'all fields, picture id of 15 bits',
    payload: '90 f0 92 34 56 a7 11',
    expected: {
      startsFrame: true,
      pictureId: 0x1234,
      pictureIdBits: 15,
      pictureIdOffset: 2,
      tl0PicIdx: 0x56,
      tl0PicIdxOffset: 4,
      temporalLayer: 2,
      temporalSwitchUpTo: 2,
      keyIdx: 7,
      keyIdxOffset: 5,
    },
  },
  {
    says: 'all fields, picture id of 7 bits, no layer sync',
    payload: '80 f0 7f ff 5f 11',
    expected: {
      pictureId: 0x7f,
      pictureIdBits: 7,
      pictureIdOffset: 2,
      tl0PicIdx: 0xff,
      tl0PicIdxOffset: 3,
      temporalLayer: 1,
      keyIdx: 31,
      keyIdxOffset: 4,
    },
  },
  {
    says: 'a layer without a key index',
    payload: '90 20 70 11',
    expected: { startsFrame: true, temporalLayer: 1, temporalSwitchUpTo: 1 },
  },
  {
    says: 'a key index without a layer leaves the layer at 0',
    payload: '90 10 e3 11',
    expected: { startsFrame: true, keyIdx: 3, keyIdxOffset: 2 },
  },
  { says: 'nothing', payload: '', expected: undefined },
  { says: 'a descriptor without payload', payload: '10', expected: undefined },
  { says: 'extensions that are not there', payload: '90 80', expected: undefined },
  { says: 'a picture id of two octets cut to one', payload: '90 80 92', expected: undefined },
  { says: 'a picture id at the very end', payload: '90 80 92 34', expected: undefined },
  { says: 'all fields and no payload', payload: '90 f0 92 34 56 a7', expected: undefined },
];

for (const { says, payload, expected } of CASES) {
  test(`VP8: ${says}`, () => {
    const content = Buffer.from(payload.replaceAll(' ', ''), 'hex');
    // Bytes around the payload would be read as more of it.
    const bytes = new Uint8Array(content.length + 20).fill(0xff);
    bytes.set(content, 5);
    const info = new FrameInfo();
    info.width = 99;
    info.isKeyFrame = true;
    info.pictureId = 99;
    assert.equal(parseVp8(bytes, 5, content.length, info), expected !== undefined);
    if (expected !== undefined) assert.deepEqual({ ...info }, { ...new FrameInfo(), ...expected });
  });
}
