import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnOfWriting } from './turn-of-writing.js';
import type { Writer } from './turn-of-writing.js';

test('what is written in one turn leaves once, in the same turn', async () => {
  const turn = new TurnOfWriting();
  const [a, b] = [new Notes(), new Notes()];
  for (let round = 1; round <= 3; round++) {
    for (let times = 0; times < 3; times++) turn.join(a);
    turn.join(b);
    assert.equal(a.flushed, round - 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([a.flushed, b.flushed], [round, round]);
  }
});

test('what can wait leaves by itself when nothing else comes, once', async () => {
  const turn = new TurnOfWriting();
  const writer = new Notes();
  for (let round = 1; round <= 2; round++) {
    turn.joinLater(writer);
    turn.joinLater(writer);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(writer.flushed, round - 1, 'waits');
    await writer.next();
    assert.equal(writer.flushed, round);
  }
});

class Notes implements Writer {
  flushed = 0;
  #resolve: () => void = () => undefined;

  flush(): void {
    this.flushed++;
    this.#resolve();
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
