import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryQueue } from './delivery-queue.js';
import { SeededRandom } from './seeded-random.js';

test('what is due first comes out first, and of equal times what was put in first', () => {
  const random = new SeededRandom(3);
  const queue = new DeliveryQueue<{ atMs: number; index: number }>();
  const waiting: { atMs: number; index: number }[] = [];
  for (let index = 0; index < 5000; index++) {
    // Few different times: many are equal.
    const item = { atMs: Math.floor(random.fraction() * 50), index };
    queue.put(item.atMs, item);
    waiting.push(item);
    if (random.fraction() < 0.4) {
      waiting.sort((a, b) => a.atMs - b.atMs || a.index - b.index);
      assert.equal(queue.nextAtMs(), waiting[0]!.atMs);
      assert.equal(queue.take(), waiting.shift());
    }
    assert.equal(queue.size, waiting.length);
  }
  waiting.sort((a, b) => a.atMs - b.atMs || a.index - b.index);
  for (const expected of waiting) assert.equal(queue.take(), expected);
  assert.equal(queue.nextAtMs(), undefined);
  assert.throws(() => queue.take(), RangeError);
});
