import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../time/instant.js';
import { ResendBudget } from './resend-budget.js';

test('a packet is sent again once in a round trip and three times in all; others have their own count', () => {
  const budget = new ResendBudget();
  const asked = [0, 5, 49, 50, 90, 100, 150, 300, 1000];
  const answered = asked.filter((ms) => budget.take(instant(ms), 65_535, 50));
  assert.deepEqual(answered, [0, 50, 100]);
  assert.equal(budget.take(instant(1000), 0, 50), true);
});

test('without a round trip known, ten milliseconds lie between two; a number used again begins anew', () => {
  const budget = new ResendBudget();
  const answered = [0, 9, 10, 25, 26].filter((ms) => budget.take(instant(ms), 7, 0));
  assert.deepEqual(answered, [0, 10, 25]);
  assert.equal(budget.take(instant(6000), 7, 0), true);
});
