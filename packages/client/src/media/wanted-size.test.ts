import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isWorthTelling, wantedBy } from './wanted-size.js';
import type { ShownBox } from './wanted-size.js';

const box = (width: number, height: number, visible = true): ShownBox => ({ width, height, visible });

describe('the size a picture is wanted in', () => {
  for (const [what, boxes, wanted] of [
    [
      'that of the largest element',
      [box(320, 180), box(640.4, 359.6)],
      { paused: false, width: 640, height: 360 },
    ],
    [
      'of those in sight only',
      [box(320, 180), box(640, 360, false)],
      { paused: false, width: 320, height: 180 },
    ],
    ['nothing while none is in sight', [box(320, 180, false)], { paused: true }],
    ['nothing for elements without any size', [box(0, 180)], { paused: true }],
    ['nothing where it is not shown', [], { paused: true }],
  ] as const) {
    test(what, () => {
      assert.deepEqual(wantedBy(boxes), wanted);
    });
  }

  const shown = { paused: false, width: 640, height: 360 };
  for (const [what, before, now, is] of [
    ['the first word', undefined, { paused: true }, true],
    ['the end of being shown', shown, { paused: true }, true],
    ['that it is shown again', { paused: true }, shown, true],
    ['a fifth less', shown, { ...shown, width: 512 }, false],
    ['clearly less', shown, { ...shown, width: 500 }, true],
    ['clearly more height', shown, { ...shown, height: 440 }, true],
    ['still nothing', { paused: true }, { paused: true }, false],
  ] as const) {
    test(`${what} is ${is ? '' : 'not '}worth telling`, () => {
      assert.equal(isWorthTelling(before, now), is);
    });
  }
});
