import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomIds } from './random-ids.js';

test('ids are 96 bits long and never the same, over many lots', () => {
  const ids = new RandomIds();
  const made = Array.from({ length: 1000 }, () => ids.next());
  for (const id of made) assert.match(id, /^[\w-]{16}$/);
  assert.equal(new Set(made).size, 1000);
});
