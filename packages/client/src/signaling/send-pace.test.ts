import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendPace } from './send-pace.js';

/** How many requests of a type pass within the first `seconds`, sent as fast as the pace lets them. */
function passed(type: 'chat' | 'candidate', seconds: number): number {
  const pace = new SendPace();
  const startMs = 1_000_000;
  let nowMs = startMs;
  let count = 0;
  while (nowMs < startMs + seconds * 1000) {
    const waitMs = pace.take(type, nowMs);
    if (waitMs === 0) count++;
    nowMs += waitMs;
  }
  return count;
}

// The server's limits: 50 a second and bursts of 100; descriptions and candidates 200 and 400.
for (const [type, rate, burst] of [
  ['chat', 50, 100],
  ['candidate', 200, 400],
] as const) {
  test(`${type}: a burst passes at once, and never more than the server takes`, () => {
    const most = (seconds: number) => burst + rate * seconds;
    for (const seconds of [1, 2, 5, 30]) {
      const count = passed(type, seconds);
      assert.ok(count < most(seconds), `${count} in ${seconds} s`);
      assert.ok(count > most(seconds) * 0.7, `${count} in ${seconds} s`);
    }
  });
}

test('candidates do not use up the room of other requests', () => {
  const pace = new SendPace();
  while (pace.take('candidate', 5000) === 0);
  assert.equal(pace.take('publish', 5000), 0);
});
