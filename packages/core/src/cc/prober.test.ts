import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, instant, NEVER } from '../time/instant.js';
import type { Instant } from '../time/instant.js';
import { Prober } from './prober.js';

const MAXIMUM_BPS = 4e6;
const ALLOWED = true;

/** Sends one cluster through a link of `capacityBps` and gives the result; NaN where no probe was wanted. */
function probe(
  prober: Prober,
  start: Instant,
  demandBps: number,
  estimateBps: number,
  capacityBps: number,
): number {
  let now = start;
  let sequence = 0;
  let freeAt: number = now;
  if (prober.paddingDue(now, demandBps, estimateBps, ALLOWED) === 0) return NaN;
  const arrivals: { sentAt: Instant; arrivalMs: number; bytes: number }[] = [];
  while (prober.nextDeadline(now) !== NEVER) {
    let due = prober.paddingDue(now, demandBps, estimateBps, ALLOWED);
    for (; due > 0; due -= 300) {
      assert.equal(prober.sent(sequence++, 300), prober.clusterId);
      freeAt = Math.max(freeAt, now) + (300 * 8000) / capacityBps;
      arrivals.push({ sentAt: now, arrivalMs: freeAt + 20, bytes: 300 });
    }
    now = after(now, 10);
  }
  for (const { sentAt, arrivalMs, bytes } of arrivals) prober.received(sentAt, arrivalMs, bytes);
  return prober.result(after(now, 100), sequence, 0);
}

test('a link that carries more confirms the target', () => {
  const prober = new Prober(MAXIMUM_BPS);
  const measured = probe(prober, instant(0), 4e6, 500e3, 100e6);
  assert.ok(Math.abs(measured / 1.5e6 - 1) < 0.1, `${measured}`);
});

test('a link that carries less tells how much', () => {
  const prober = new Prober(MAXIMUM_BPS);
  const measured = probe(prober, instant(0), 4e6, 500e3, 900e3);
  assert.ok(measured > 0.85 * 900e3 && measured < 900e3, `${measured}`);
});

test('goes on at once after a success, waits after failures', () => {
  const prober = new Prober(MAXIMUM_BPS);
  assert.ok(probe(prober, instant(0), 4e6, 500e3, 100e6) > 1e6);
  assert.ok(probe(prober, instant(200), 4e6, 1.4e6, 1e6) < 1e6);
  assert.ok(Number.isNaN(probe(prober, instant(1600), 4e6, 950e3, 1e6)));
  assert.ok(probe(prober, instant(2000), 4e6, 950e3, 1e6) < 1e6);
  assert.ok(Number.isNaN(probe(prober, instant(5000), 4e6, 950e3, 1e6)));
  assert.ok(probe(prober, instant(5300), 4e6, 950e3, 1e6) < 1e6);
  assert.ok(Number.isNaN(probe(prober, instant(11_000), 4e6, 950e3, 1e6)));
  assert.ok(probe(prober, instant(11_500), 4e6, 950e3, 100e6) > 1.7e6);
});

test('tells whether the result is all the path carries', () => {
  const prober = new Prober(MAXIMUM_BPS);
  probe(prober, instant(0), 4e6, 500e3, 900e3);
  assert.equal(prober.isSaturated, true);
  probe(prober, instant(20_000), 4e6, 500e3, 100e6);
  assert.equal(prober.isSaturated, false);
});

test('aims at what there is use for or a little more, nor over the maximum, and at nothing where there is enough', () => {
  const wanted = (demandBps: number, estimateBps: number) =>
    probe(new Prober(MAXIMUM_BPS), instant(0), demandBps, estimateBps, 100e6);
  assert.ok(Math.abs(wanted(800e3, 500e3) / 800e3 - 1) < 0.1);
  assert.ok(Math.abs(wanted(100e6, 3e6) / MAXIMUM_BPS - 1) < 0.1);
  // Who lacks little finds it too.
  assert.ok(Math.abs(wanted(520e3, 500e3) / 550e3 - 1) < 0.1);
  assert.ok(Number.isNaN(wanted(480e3, 500e3)));
  assert.ok(Number.isNaN(wanted(0, 500e3)));
});

test('gives up a cluster that is not sent, and one nobody speaks of', () => {
  const unsent = new Prober(MAXIMUM_BPS);
  assert.ok(unsent.paddingDue(instant(0), 4e6, 500e3, ALLOWED) > 0);
  assert.notEqual(unsent.nextDeadline(instant(0)), NEVER);
  assert.equal(unsent.paddingDue(instant(300), 4e6, 500e3, ALLOWED), 0);
  assert.equal(unsent.nextDeadline(instant(300)), NEVER);
  const silent = new Prober(MAXIMUM_BPS);
  let sequence = 0;
  for (let now = instant(0); now < 100; now = after(now, 10)) {
    for (let due = silent.paddingDue(now, 4e6, 500e3, ALLOWED); due > 0; due -= 300)
      silent.sent(sequence++, 300);
  }
  assert.notEqual(silent.clusterId, 0);
  assert.equal(silent.paddingDue(instant(1500), 4e6, 500e3, ALLOWED), 0);
  assert.equal(silent.clusterId, 0);
});

test('a cluster most of which is lost tells nothing', () => {
  const prober = new Prober(MAXIMUM_BPS);
  let sequence = 0;
  let now = instant(0);
  for (; now < 100; now = after(now, 10)) {
    for (let due = prober.paddingDue(now, 4e6, 500e3, ALLOWED); due > 0; due -= 300) {
      prober.sent(sequence++, 300);
      if (sequence % 2 === 0) prober.received(now, now + 20, 300);
    }
  }
  assert.equal(prober.result(now, sequence, 0), 0);
  assert.equal(prober.clusterId, 0);
});

test('a cluster that other packets filled at once is followed by another one soon, a few times', () => {
  const prober = new Prober(MAXIMUM_BPS);
  let sequence = 0;
  const burst = (now: Instant): boolean => {
    if (prober.paddingDue(now, 4e6, 500e3, ALLOWED) === 0) return false;
    for (let index = 0; index < 10; index++) {
      prober.sent(sequence++, 1200);
      prober.received(now, now + 20 + index, 1200);
    }
    assert.equal(prober.paddingDue(after(now, 5), 4e6, 500e3, ALLOWED), 0);
    assert.equal(prober.result(after(now, 100), sequence, 0), 0);
    return true;
  };
  assert.ok(burst(instant(0)));
  assert.ok(!burst(instant(200)));
  for (let at = 500; at <= 2500; at += 500) assert.ok(burst(instant(at)), `at ${at}`);
  assert.ok(!burst(instant(3000)));
  assert.ok(!burst(instant(4000)));
  assert.ok(burst(instant(4200)));
});
