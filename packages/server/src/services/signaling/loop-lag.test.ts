import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoopLag } from './loop-lag.js';

test('one long turn is no overload, turns that go on being long are, and it passes', () => {
  const lag = new LoopLag();
  lag.note(1000);
  assert.ok(lag.lagMs < 250);
  for (let i = 0; i < 40; i++) lag.note(0);
  assert.ok(lag.lagMs < 5);
  for (let i = 0; i < 15; i++) lag.note(400);
  assert.ok(lag.lagMs > 250 && lag.lagMs < 400, `${lag.lagMs}`);
  for (let i = 0; i < 15; i++) lag.note(-3);
  assert.ok(lag.lagMs < 60);
});

test('a blocked loop is seen', async () => {
  const lag = LoopLag.watch();
  for (let i = 0; i < 12; i++) {
    const until = performance.now() + 200;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.ok(lag.lagMs > 60, `${lag.lagMs}`);
});
