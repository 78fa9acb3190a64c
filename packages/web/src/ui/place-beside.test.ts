import assert from 'node:assert/strict';
import { test } from 'node:test';
import { besidePlace } from './place-beside.js';

const WINDOW = { width: 400, height: 300 };
const SIZE = { width: 120, height: 80 };
const anchor = (left: number, top: number) => ({ left, top, right: left + 40, bottom: top + 40 });

test('below, and above where there is no room', () => {
  assert.deepEqual(besidePlace(anchor(100, 20), SIZE, WINDOW, 'below', 'start'), { left: 100, top: 68 });
  assert.deepEqual(besidePlace(anchor(100, 240), SIZE, WINDOW, 'below', 'start'), { left: 100, top: 152 });
});

test('above, and below where there is no room', () => {
  assert.deepEqual(besidePlace(anchor(100, 240), SIZE, WINDOW, 'above', 'start'), { left: 100, top: 152 });
  assert.deepEqual(besidePlace(anchor(100, 20), SIZE, WINDOW, 'above', 'start'), { left: 100, top: 68 });
});

test('aligned at either end or in the middle, never outside', () => {
  assert.equal(besidePlace(anchor(200, 20), SIZE, WINDOW, 'below', 'end').left, 120);
  assert.equal(besidePlace(anchor(200, 20), SIZE, WINDOW, 'below', 'center').left, 160);
  assert.equal(besidePlace(anchor(360, 20), SIZE, WINDOW, 'below', 'start').left, 272);
  assert.equal(besidePlace(anchor(0, 20), SIZE, WINDOW, 'below', 'end').left, 8);
});

test('larger than the window: its beginning is seen', () => {
  const place = besidePlace(anchor(100, 100), { width: 500, height: 500 }, WINDOW, 'below', 'center');
  assert.deepEqual(place, { left: 8, top: 8 });
});
