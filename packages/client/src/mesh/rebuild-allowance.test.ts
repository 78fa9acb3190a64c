import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RebuildAllowance } from './rebuild-allowance.js';

test('some at once, then one every two seconds, and what was not used is not saved up for ever', () => {
  const allowance = new RebuildAllowance(0);
  const taken = (nowMs: number): number => {
    let count = 0;
    while (count < 100 && allowance.take(nowMs)) count += 1;
    return count;
  };
  assert.equal(taken(0), 8);
  assert.equal(taken(1999), 0);
  assert.equal(taken(2000), 1);
  assert.equal(taken(3999), 0);
  assert.equal(taken(4000), 1);
  assert.equal(taken(3_600_000), 8);
});
