import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generationName, generationOf } from './generation-name.js';

test('generations are counted from 1, which is also what has no name', () => {
  assert.equal(generationOf(undefined), 1);
  for (const generation of [1, 2, 10, 999_999_999])
    assert.equal(generationOf(generationName(generation)), generation);
});

test('other names are none', () => {
  for (const name of ['', '0', '01', '-1', '1.5', '1e3', ' 1', '1 ', 'x', '9999999999', '١'])
    assert.equal(generationOf(name), undefined, name);
});
