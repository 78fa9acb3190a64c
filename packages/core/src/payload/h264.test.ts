import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameInfo } from './frame-info.js';
import { parseH264 } from './h264.js';

interface Case {
  readonly says: string;
  readonly payload: string;
  /** undefined: refused. */
  readonly expected: Partial<FrameInfo> | undefined;
}

const KEY = {
  startsFrame: true,
  isKeyFrame: true,
  startsKeyFrame: true,
  isSpatialSwitchUp: true,
  temporalSwitchUpTo: 7,
} as const;

/** Sequence parameter sets of three sizes, with emulation prevention in them. */
const SPS_1280_720_HIGH = '67 64 00 1f ac d9 40 50 05 bb 01 10 00 00 03 00 10 00 00 03 03 c0 f1 83 19 60';
const SPS_640_360_BASELINE = '67 42 c0 1e d9 00 a0 2f f9 70 11 00 00 03 00 01 00 00 03 00 3c 0f 16 2e 48';
const SPS_1920_1080_HIGH = '67 64 00 28 ac d9 40 78 02 27 e5 84 00 00 03 00 04 00 00 03 00 f0 3c 60 c6 58';

const CASES: readonly Case[] = [
  {
    says: 'a sequence parameter set starts a key frame and tells its size',
    payload: SPS_1280_720_HIGH,
    expected: { ...KEY, width: 1280, height: 720 },
  },
  {
    says: 'baseline profile, cropped to 360 rows',
    payload: SPS_640_360_BASELINE,
    expected: { ...KEY, width: 640, height: 360 },
  },
  {
    says: 'high profile, cropped to 1080 rows',
    payload: SPS_1920_1080_HIGH,
    expected: { ...KEY, width: 1920, height: 1080 },
  },
  { says: 'a parameter set that is cut off has no size', payload: '67 64 00 1f ac d9', expected: KEY },
  { says: 'the first slice of an IDR picture', payload: '65 88 84', expected: KEY },
  { says: 'another slice of an IDR picture', payload: '65 08 84', expected: { isKeyFrame: true } },
  { says: 'the first slice of another picture', payload: '41 9a 24', expected: { startsFrame: true } },
  { says: 'another slice of another picture', payload: '41 1a 24', expected: {} },
  { says: 'an access unit delimiter', payload: '09 10', expected: { startsFrame: true } },
  {
    says: 'an aggregation of parameter sets and an IDR slice',
    payload:
      '78 00 19 67 42 c0 1e d9 00 a0 2f f9 70 11 00 00 03 00 01 00 00 03 00 3c 0f 16 2e 48 00 02 68 ce 00 02 65 88',
    expected: { ...KEY, width: 640, height: 360 },
  },
  { says: 'an aggregation of other slices', payload: '78 00 02 41 1a 00 02 41 0a', expected: {} },
  { says: 'the first fragment of an IDR slice', payload: '7c 85 88 84', expected: KEY },
  { says: 'a later fragment of an IDR slice', payload: '7c 05 88 84', expected: { isKeyFrame: true } },
  { says: 'the last fragment of a slice', payload: '5c 41 9a 24', expected: {} },
  { says: 'nothing', payload: '', expected: undefined },
  { says: 'a NAL unit without content', payload: '65', expected: undefined },
  { says: 'an aggregated unit that is cut off', payload: '78 00 05 65 88', expected: undefined },
  { says: 'an aggregated unit of no length', payload: '78 00 00 65 88', expected: undefined },
  { says: 'half a length behind an aggregated unit', payload: '78 00 02 65 88 00', expected: undefined },
  { says: 'a fragment without content', payload: '7c 85', expected: undefined },
  { says: 'an interleaved packet', payload: '79 00 00 00 02 65 88', expected: undefined },
  { says: 'a reserved type', payload: '1f 00 00', expected: undefined },
];

for (const { says, payload, expected } of CASES) {
  test(`H.264: ${says}`, () => {
    const content = Buffer.from(payload.replaceAll(' ', ''), 'hex');
    const bytes = new Uint8Array(content.length + 40).fill(0xff);
    bytes.set(content, 5);
    const info = new FrameInfo();
    info.width = 99;
    assert.equal(parseH264(bytes, 5, content.length, info), expected !== undefined);
    if (expected !== undefined) assert.deepEqual({ ...info }, { ...new FrameInfo(), ...expected });
  });
}
