import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picturesAtOnce } from './pictures-at-once.js';

test('a phone shows eight pictures at once, held either way and however strong it is', () => {
  assert.equal(picturesAtOnce({ width: 374, height: 740, processors: 8 }), 8);
  assert.equal(picturesAtOnce({ width: 820, height: 370, processors: 8 }), 8);
});

test('a weak machine shows sixteen, a strong one as many as a page takes', () => {
  assert.equal(picturesAtOnce({ width: 1440, height: 880, processors: 2 }), 16);
  assert.equal(picturesAtOnce({ width: 1440, height: 880, processors: 4 }), 16);
  assert.equal(picturesAtOnce({ width: 1440, height: 880, processors: 6 }), 25);
  assert.equal(picturesAtOnce({ width: 1440, height: 880, processors: 16 }), 49);
});
