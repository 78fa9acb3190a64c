import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOpusSilence, opusDurationSamples } from './opus.js';
import { RedPrimaryBlock } from './red.js';

/** Samples of 48 kHz. */
const DURATIONS: readonly (readonly [payload: string, samples: number, says: string])[] = [
  ['00', 480, 'SILK, 10 ms'],
  ['18', 2880, 'SILK, 60 ms'],
  ['09', 1920, 'SILK, two frames of 20 ms'],
  ['60', 480, 'hybrid, 10 ms'],
  ['78', 960, 'hybrid, 20 ms'],
  ['80', 120, 'CELT, 2.5 ms'],
  ['fc', 960, 'CELT, 20 ms, stereo'],
  ['fb 03', 2880, 'CELT, three frames of 20 ms'],
  ['fb 06', 5760, 'CELT, 120 ms'],
  ['fb 07', 0, 'longer than a packet may be'],
  ['fb 00', 0, 'no frame'],
  ['fb', 0, 'a number of frames that is not there'],
  ['', 0, 'nothing'],
];

for (const [payload, samples, says] of DURATIONS) {
  test(`Opus: ${says}`, () => {
    const bytes = Buffer.from(`ff${payload.replaceAll(' ', '')}`, 'hex');
    assert.equal(opusDurationSamples(bytes, 1, bytes.length - 1), samples);
  });
}

test('Opus: packets of one and two bytes are silence', () => {
  assert.deepEqual([1, 2, 3].map(isOpusSilence), [true, true, false]);
});

const BLOCKS: readonly (readonly [payload: string, expected: readonly number[] | undefined, says: string])[] =
  [
    ['6f aa bb', [111, 1, 2], 'the primary block alone'],
    ['ef 03 c0 02 6f 11 22 aa', [111, 7, 1], 'one redundant block of two bytes'],
    ['ef 07 80 01 ef 03 c0 02 6f 11 22 33 aa bb', [111, 12, 2], 'two redundant blocks'],
    ['ef 03 c0 02 6f 11 22', [111, 7, 0], 'an empty primary block'],
    ['ef 03 c0 02 6f 11', undefined, 'a redundant block that is cut off'],
    ['ef 03 c0', undefined, 'a header that is cut off'],
    ['ef 03 c0 00', undefined, 'no header of a primary block'],
    ['', undefined, 'nothing'],
  ];

for (const [payload, expected, says] of BLOCKS) {
  test(`RED: ${says}`, () => {
    const content = Buffer.from(payload.replaceAll(' ', ''), 'hex');
    const bytes = new Uint8Array(content.length + 20);
    bytes.set(content, 4);
    const block = new RedPrimaryBlock();
    assert.equal(block.parse(bytes, 4, content.length), expected !== undefined);
    if (expected === undefined) return;
    assert.deepEqual([block.payloadType, block.offset - 4, block.length], expected);
  });
}
