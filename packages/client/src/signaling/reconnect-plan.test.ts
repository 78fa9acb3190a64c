import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReconnectPlan } from './reconnect-plan.js';

/** Attempts that all fail, each after `attemptMs`: when each was made and what it was. */
function attempts(plan: ReconnectPlan, attemptMs: number): { atMs: number; action: string }[] {
  const made: { atMs: number; action: string }[] = [];
  let nowMs = 0;
  plan.lost(nowMs);
  while (made.at(-1)?.action !== 'giveUp' && made.length < 500) {
    nowMs += plan.nextDelayMs(nowMs);
    made.push({ atMs: nowMs, action: plan.action(nowMs) });
    nowMs += attemptMs;
  }
  return made;
}

for (const random of [0, 0.5, 0.999]) {
  test(`resumes for 30 s, joins for 60 s more, then gives up (randomness ${random})`, () => {
    const made = attempts(new ReconnectPlan(() => random), 10);
    assert.deepEqual(made[0], { atMs: 0, action: 'resume' });
    const resumes = made.filter(({ action }) => action === 'resume');
    const joins = made.filter(({ action }) => action === 'join');
    assert.ok(resumes.every(({ atMs }) => atMs < 30_000));
    assert.ok(resumes.length >= 10 && resumes.length <= 30, `${resumes.length} resumes`);
    assert.equal(joins[0]?.atMs, 30_000);
    assert.ok(joins.length >= 7 && joins.length <= 25, `${joins.length} joins`);
    assert.equal(made.at(-1)?.atMs, 90_000);
    assert.equal(made.at(-1)?.action, 'giveUp');
  });
}

test('waits grow, and are short enough that a restarted server has everybody back within 5 s', () => {
  const made = attempts(new ReconnectPlan(() => 0.999), 0).filter(({ action }) => action === 'resume');
  const waits = made.slice(1, -1).map(({ atMs }, i) => atMs - made[i]!.atMs);
  assert.ok(
    waits.every((wait, i) => i === 0 || wait >= waits[i - 1]! - 1),
    waits.join(),
  );
  assert.ok(waits[0]! < 500);
  assert.ok(waits.at(-1)! > 2500 && waits.at(-1)! <= 3000);
});

test('waits are spread by half of themselves', () => {
  const first = (random: number) => {
    const plan = new ReconnectPlan(() => random);
    plan.lost(0);
    plan.nextDelayMs(0);
    return plan.nextDelayMs(0);
  };
  assert.equal(first(0), 200);
  assert.equal(first(1), 400);
});

test('a refused resume is followed by a join at once, which has 60 s of its own', () => {
  const plan = new ReconnectPlan(() => 0.5);
  plan.lost(0);
  plan.nextDelayMs(0);
  plan.joinAnew(100);
  assert.equal(plan.nextDelayMs(100), 0);
  assert.equal(plan.action(100), 'join');
  assert.equal(plan.action(60_099), 'join');
  assert.equal(plan.action(60_100), 'giveUp');
});

test('a session that is cut right after each resume is not resumed in a tight loop; a good one is, at once', () => {
  const plan = new ReconnectPlan(() => 1);
  let nowMs = 0;
  const waits: number[] = [];
  for (let i = 0; i < 5; i++) {
    plan.lost(nowMs);
    const wait = plan.nextDelayMs(nowMs);
    waits.push(wait);
    nowMs += wait;
    assert.equal(plan.action(nowMs), 'resume');
    plan.entered(nowMs);
    nowMs += 100;
  }
  assert.deepEqual(waits, [0, 400, 800, 1600, 3000]);
  plan.lost(nowMs + 5000);
  assert.equal(plan.nextDelayMs(nowMs + 5000), 0);
});
