import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnOfWriting } from './turn-of-writing.js';
import type { Writer } from './turn-of-writing.js';

test('writers of a turn are flushed once at its end, those who join meanwhile in the next', async () => {
  const turn = new TurnOfWriting();
  const [a, b] = [new Notes(), new Notes()];
  for (let round = 1; round <= 3; round++) {
    turn.join(a);
    turn.join(b);
    assert.equal(a.flushed, round - 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([a.flushed, b.flushed], [round, round]);
  }
  const follower = new Notes();
  turn.join({
    flush: () => {
      turn.join(follower);
    },
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(follower.flushed, 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(follower.flushed, 1);
});

class Notes implements Writer {
  flushed = 0;

  flush(): void {
    this.flushed++;
  }
}
