import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../time/instant.js';
import { LossController } from './loss-controller.js';

/** A minute of 50 packets every 200 ms at `lossAt` (share lost at a rate), from 1 Mbit/s; gives the last rate. */
function runMinute(controller: LossController, lossAt: (bps: number) => number, from = 0): number {
  let bps = 1e6;
  for (let i = 0; i < 300; i++) {
    const missing = Math.round(50 * lossAt(bps));
    controller.add(50 - missing, missing);
    controller.update(instant(from + 200 * i), bps, 50);
    bps = Math.min(1e6, controller.boundBps);
  }
  return bps;
}

test('light loss binds nothing', () => {
  const controller = new LossController();
  assert.equal(
    runMinute(controller, () => 0.08),
    1e6,
  );
  assert.equal(controller.boundBps, Infinity);
  assert.ok(Math.abs(controller.fraction - 0.08) < 0.001);
});

test('loss of what is too much is answered by less, until it is gone', () => {
  const controller = new LossController();
  const last = runMinute(controller, (bps) => Math.max(0, 1 - 400e3 / bps));
  assert.ok(last > 300e3 && last < 480e3, `${last}`);
});

test('loss that stays whatever is sent is the path’s own', () => {
  const controller = new LossController();
  const last = runMinute(controller, () => 0.2);
  assert.ok(last > 500e3, `${last}`);
});

test('the bound rises and goes when the loss is over', () => {
  const controller = new LossController();
  runMinute(controller, (bps) => Math.max(0, 1 - 400e3 / bps));
  assert.ok(controller.boundBps < 500e3);
  assert.equal(
    runMinute(controller, () => 0, 60_000),
    1e6,
  );
  assert.equal(controller.boundBps, Infinity);
});

test('what was missing and came late is no loss', () => {
  const controller = new LossController();
  for (let i = 0; i < 100; i++) {
    controller.add(20, i % 2 === 0 ? 20 : -20);
    if (i % 2 === 1) controller.update(instant(200 * i), 1e6, 50);
  }
  assert.equal(controller.fraction, 0);
  assert.equal(controller.boundBps, Infinity);
});

test('loss that is long in telling does not take it far below what arrives', () => {
  const controller = new LossController();
  for (let i = 0; i < 10; i++) {
    controller.add(15, 35);
    const estimateBps = Math.min(1.8e6, controller.boundBps);
    controller.update(instant(400 * i), estimateBps, 50, 500e3);
    assert.ok(controller.boundBps >= 0.85 * 500e3, `${controller.boundBps}`);
  }
  assert.ok(controller.boundBps < 600e3, `${controller.boundBps}`);
});
