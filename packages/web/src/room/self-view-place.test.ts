import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cornerPlace, nearestCorner, neighbourCorner, selfViewSize } from './self-view-place.js';
import type { Corner } from './self-view-place.js';

const CORNERS: readonly Corner[] = ['top-left', 'top-right', 'bottom-left', 'bottom-right'];

test('in every corner of every window the picture lies inside, and dropped there it stays there', () => {
  for (const [width, height] of [
    [320, 568],
    [844, 390],
    [1280, 720],
    [2560, 1080],
  ] as const) {
    const area = { width, height };
    const size = selfViewSize(area);
    for (const corner of CORNERS) {
      const place = cornerPlace(corner, area, size);
      const where = `${corner} of ${width}x${height}: ${JSON.stringify(place)}`;
      assert.ok(place.left >= 0 && place.left + size.width <= width, where);
      assert.ok(place.top >= 0 && place.top + size.height <= height, where);
      assert.equal(nearestCorner(place, area, size), corner, where);
    }
  }
});

test('it is upright in an upright window', () => {
  const phone = selfViewSize({ width: 390, height: 844 });
  assert.ok(phone.height > phone.width);
  const wide = selfViewSize({ width: 1280, height: 720 });
  assert.ok(wide.width > wide.height);
});

test('it stands above the controls where they reach into the corners', () => {
  const area = { width: 390, height: 844 };
  const size = selfViewSize(area);
  assert.ok(area.height - (cornerPlace('bottom-right', area, size).top + size.height) >= 84);
});

test('arrow keys lead from corner to corner and not beyond', () => {
  assert.equal(neighbourCorner('bottom-right', 'ArrowUp'), 'top-right');
  assert.equal(neighbourCorner('top-right', 'ArrowLeft'), 'top-left');
  assert.equal(neighbourCorner('top-left', 'ArrowDown'), 'bottom-left');
  assert.equal(neighbourCorner('bottom-left', 'ArrowRight'), 'bottom-right');
  assert.equal(neighbourCorner('top-left', 'ArrowUp'), undefined);
  assert.equal(neighbourCorner('top-left', 'Enter'), undefined);
});
