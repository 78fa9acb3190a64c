import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, NEVER } from '../time/instant.js';
import { Pacer, PacerPriority } from './pacer.js';

const { audio, retransmission, video, padding } = PacerPriority;

/** 800 kbit/s at a burst factor of 2.5: 250 bytes per ms, 2500 bytes at once. */
function pacer(options: { packets?: number; bytes?: number; ageMs?: number } = {}): Pacer {
  const made = new Pacer({ packets: 16, bytes: 100_000, ageMs: 500, ...options });
  made.setEstimate(instant(0), 800_000);
  return made;
}

/** What leaves at `ms`. */
function leaving(from: Pacer, ms: number): number[] {
  const handles: number[] = [];
  for (let handle = from.dequeue(instant(ms)); handle >= 0; handle = from.dequeue(instant(ms)))
    handles.push(handle);
  return handles;
}

test('sends at once while the budget allows, then queues', () => {
  const made = pacer();
  const results = [1, 2, 3, 4].map((handle) => made.enqueue(instant(0), video, 1000, handle));
  assert.deepEqual(results, ['send', 'send', 'send', 'queued']);
  assert.equal(made.queuedBytes, 1000);
});

test('what waits leaves at the paced rate, at the deadline it tells and not before', () => {
  const made = pacer();
  for (let handle = 0; handle < 6; handle++) made.enqueue(instant(0), video, 1000, handle);
  // 500 bytes too many went out: 2 ms.
  const times: number[] = [];
  while (made.queuedBytes > 0) {
    const deadline = made.nextDeadline();
    assert.deepEqual(leaving(made, deadline - 0.01), []);
    const handles = leaving(made, deadline + 0.01);
    assert.equal(handles.length, 1);
    times.push(Math.round(deadline));
  }
  assert.deepEqual(times, [2, 6, 10]);
  assert.equal(made.nextDeadline(), NEVER);
});

test('audio is never held back, and others pay for it', () => {
  const made = pacer();
  for (let handle = 0; handle < 10; handle++) made.enqueue(instant(0), video, 1000, handle);
  for (let i = 0; i < 50; i++) assert.equal(made.enqueue(instant(0), audio, 100, 100 + i), 'send');
  // 5500 bytes of debt instead of 500.
  assert.deepEqual(leaving(made, 21.9), []);
  assert.deepEqual(leaving(made, 22.1), [3]);
});

test('retransmissions leave before video, video before padding', () => {
  const made = pacer();
  made.charge(instant(0), 2500);
  assert.equal(made.enqueue(instant(0), padding, 100, 30), 'queued');
  assert.equal(made.enqueue(instant(0), video, 100, 20), 'queued');
  assert.equal(made.enqueue(instant(0), retransmission, 100, 10), 'queued');
  assert.equal(made.enqueue(instant(0), video, 100, 21), 'queued');
  assert.deepEqual(leaving(made, 10), [10, 20, 21, 30]);
});

test('nothing overtakes its own kind', () => {
  const made = pacer();
  for (let handle = 0; handle < 4; handle++) made.enqueue(instant(0), video, 1000, handle);
  assert.equal(made.enqueue(instant(9), video, 10, 4), 'queued');
  assert.deepEqual(leaving(made, 9), [3, 4]);
});

test('drops what does not fit, and counts it', () => {
  const few = pacer({ packets: 4 });
  few.charge(instant(0), 2500);
  const results = Array.from({ length: 6 }, (_, handle) => few.enqueue(instant(0), video, 100, handle));
  assert.deepEqual(results, ['queued', 'queued', 'queued', 'queued', 'dropped', 'dropped']);
  assert.equal(few.enqueue(instant(0), retransmission, 100, 9), 'queued');
  assert.equal(few.droppedPackets, 2);
  const small = pacer({ bytes: 1500 });
  small.charge(instant(0), 2500);
  assert.equal(small.enqueue(instant(0), video, 1000, 0), 'queued');
  assert.equal(small.enqueue(instant(0), retransmission, 1000, 1), 'dropped');
  assert.equal(small.queuedBytes, 1000);
});

test('what waited too long is given out as late, and costs nothing', () => {
  const made = pacer({ ageMs: 100 });
  made.charge(instant(0), 100_000);
  made.enqueue(instant(0), video, 1000, 1);
  made.enqueue(instant(50), video, 1000, 2);
  assert.equal(made.dequeue(instant(120)), 1);
  assert.equal(made.isLate, true);
  assert.equal(made.droppedPackets, 1);
  assert.equal(made.dequeue(instant(120)), -1);
  assert.equal(made.dequeue(instant(151)), 2);
  assert.equal(made.isLate, true);
  made.enqueue(instant(380), video, 1000, 3);
  made.setEstimate(instant(380), 8_000_000);
  assert.equal(made.dequeue(instant(450)), 3);
  assert.equal(made.isLate, false);
});

test('the handles of a ring that went round many times come out in order', () => {
  const made = pacer();
  made.charge(instant(0), 2500);
  const out: number[] = [];
  for (let i = 0; i < 200; i++) {
    assert.equal(made.enqueue(instant(i), video, 250, i), 'queued');
    out.push(...leaving(made, i + 0.5));
  }
  assert.deepEqual(
    out,
    Array.from({ length: out.length }, (_, i) => i),
  );
  assert.ok(out.length > 180);
});

test('without a rate nothing but audio leaves', () => {
  const made = new Pacer({ packets: 4, bytes: 10_000, ageMs: 100 });
  assert.equal(made.enqueue(instant(0), video, 100, 0), 'queued');
  assert.equal(made.enqueue(instant(0), audio, 100, 1), 'send');
  assert.equal(made.dequeue(instant(50)), -1);
  assert.equal(made.nextDeadline(), 150);
});

test('what leaves past the pacer makes a debt, which time pays', () => {
  const made = new Pacer({ packets: 8, bytes: 10_000, ageMs: 500 });
  made.setEstimate(instant(0), 800_000);
  assert.equal(made.isInDebt(instant(0)), false);
  // 250 bytes a millisecond: 10 ms of it may leave at once, 20 ms more are no debt yet.
  made.charge(instant(0), 7500);
  assert.equal(made.isInDebt(instant(0)), false);
  made.charge(instant(0), 250);
  assert.equal(made.isInDebt(instant(0)), true);
  assert.equal(made.isInDebt(instant(1)), false);
});
