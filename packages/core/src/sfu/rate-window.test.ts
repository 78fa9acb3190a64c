import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../time/instant.js';
import { RateWindow } from './rate-window.js';

test('a steady stream has its rate, a stopped one none, and one that came back starts anew', () => {
  const rate = new RateWindow();
  assert.equal(rate.bitrateBps(instant(5)), 0);
  for (let ms = 0; ms < 3000; ms += 10) rate.add(instant(ms), 125);
  const steady = rate.bitrateBps(instant(2999));
  assert.ok(Math.abs(steady - 100_000) < 6000, `${steady}`);
  assert.ok(rate.bitrateBps(instant(3500)) < 60_000);
  assert.equal(rate.bitrateBps(instant(4100)), 0);
  for (let ms = 9000; ms < 9500; ms += 10) rate.add(instant(ms), 125);
  const early = rate.bitrateBps(instant(9500));
  assert.ok(early > 85_000 && early < 115_000, `${early}`);
});

test('a burst at the beginning is not taken for a rate', () => {
  const rate = new RateWindow();
  rate.add(instant(1000), 1250);
  assert.ok(rate.bitrateBps(instant(1001)) <= 34_000);
});
