import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StandingDelay } from './standing-delay.js';

/** A packet every 20 ms from `fromMs` on, delayed by what `delay` says, on a clock that is 5 s behind. */
function send(
  standing: StandingDelay,
  fromMs: number,
  toMs: number,
  delay: (packet: number) => number,
): void {
  for (let ms = fromMs, packet = 0; ms < toMs; ms += 20, packet++)
    standing.add(ms, ms + delay(packet) - 5000);
}

test('tells what stands in the queue, not what single packets suffer', () => {
  const standing = new StandingDelay();
  assert.equal(standing.ms, 0);
  send(standing, 0, 2000, (packet) => 30 + (packet % 5) * 40);
  assert.equal(standing.ms, 0);
  send(standing, 2000, 3000, () => 180);
  assert.equal(standing.ms, 150);
  send(standing, 3000, 4000, (packet) => 80 + (packet % 5) * 40);
  assert.equal(standing.ms, 50);
});

test('follows a path that has become longer after a minute, or at once when told', () => {
  const standing = new StandingDelay();
  send(standing, 0, 2000, () => 30);
  send(standing, 2000, 50_000, () => 130);
  assert.equal(standing.ms, 100);
  send(standing, 50_000, 70_000, () => 130);
  assert.equal(standing.ms, 0);
  send(standing, 70_000, 71_000, () => 230);
  assert.equal(standing.ms, 100);
  standing.reset();
  send(standing, 71_000, 72_000, () => 230);
  assert.equal(standing.ms, 0);
});

test('a long pause leaves nothing behind', () => {
  const standing = new StandingDelay();
  send(standing, 0, 1000, () => 30);
  send(standing, 600_000, 601_000, () => 300);
  assert.equal(standing.ms, 0);
});
