import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IceServerRefresh } from './ice-server-refresh.js';

test('asks before the credentials end, again after a refusal, and never after the end of the room', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
  let asked = 0;
  let refuse: (error: Error) => void = () => undefined;
  const refresh = new IceServerRefresh(() => {
    asked++;
    return new Promise((_, reject) => (refuse = reject));
  });
  refresh.schedule(600_000);
  t.mock.timers.tick(479_000);
  assert.equal(asked, 0);
  t.mock.timers.tick(1_000);
  assert.equal(asked, 1);
  refuse(new Error('rateLimited'));
  await new Promise(setImmediate);
  t.mock.timers.tick(96_000);
  assert.equal(asked, 2);
  // What is under way when a room is left is rejected then.
  refresh.stop();
  refuse(new Error('notConnected'));
  await new Promise(setImmediate);
  refresh.schedule(1_200_000);
  t.mock.timers.tick(3_600_000);
  assert.equal(asked, 2);
});
