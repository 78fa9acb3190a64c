import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instant } from './instant.js';
import { instant, NEVER } from './instant.js';
import type { Timed } from './timer-wheel.js';
import { NOT_SCHEDULED, TimerWheel } from './timer-wheel.js';

interface Named extends Timed {
  name: number;
}

function named(name: number): Named {
  return { name, timerDeadline: NEVER, timerSlot: NOT_SCHEDULED, timerNext: null, timerPrevious: null };
}

function recordingWheel(): { wheel: TimerWheel<Named>; fired: [number, number][] } {
  const fired: [number, number][] = [];
  const wheel = new TimerWheel<Named>({
    tickMilliseconds: 1000,
    slotCount: 64,
    onDue: (timed, now) => fired.push([timed.name, now]),
  });
  return { wheel, fired };
}

test('an idle wheel has no deadline', () => {
  const { wheel } = recordingWheel();
  assert.equal(wheel.nextDeadline(), NEVER);
  wheel.advance(instant(1e9));
  assert.equal(wheel.nextDeadline(), NEVER);
});

test('a deadline fires never early, and at most one tick late', () => {
  const { wheel, fired } = recordingWheel();
  const start = instant(12_345.5);
  wheel.schedule(named(1), start, instant(start + 5_000));
  const next = wheel.nextDeadline();
  assert.ok(next >= start + 5_000 && next <= start + 6_000, `next ${next}`);
  wheel.advance(instant(start + 4_999));
  assert.deepEqual(fired, []);
  wheel.advance(next);
  assert.deepEqual(fired, [[1, next]]);
  assert.equal(wheel.nextDeadline(), NEVER);
});

test('a deadline beyond one turn of the wheel waits for its turn', () => {
  const { wheel, fired } = recordingWheel();
  wheel.schedule(named(1), instant(0), instant(500_000));
  let now = instant(0);
  let wakeUps = 0;
  while (wheel.nextDeadline() !== NEVER) {
    now = wheel.nextDeadline();
    wheel.advance(now);
    wakeUps++;
  }
  assert.equal(fired.length, 1);
  assert.ok(fired[0]![1] >= 500_000 && fired[0]![1] <= 501_000);
  assert.ok(wakeUps <= 10, `${wakeUps} wake-ups`);
});

test('what fires may cancel its neighbours in the same slot and schedule itself again', () => {
  const items = [named(0), named(1), named(2)];
  const fired: number[] = [];
  const wheel: TimerWheel<Named> = new TimerWheel<Named>({
    tickMilliseconds: 1000,
    slotCount: 64,
    onDue: (timed, now) => {
      fired.push(timed.name);
      for (const other of items) if (other !== timed) wheel.cancel(other);
      if (fired.length < 3) wheel.schedule(timed, now, instant(now + 10));
    },
  });
  for (const item of items) wheel.schedule(item, instant(0), instant(100));
  for (let i = 0; i < 10; i++) wheel.advance(instant(1000 * (i + 1)));
  assert.equal(fired.length, 3);
  assert.equal(new Set(fired).size, 1);
  assert.equal(wheel.size, 0);
});

test('random schedules, moves, cancels and leaps of time agree with a plain list of deadlines', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('schedule' as const),
      name: fc.nat(9),
      delay: fc.integer({ min: -10, max: 200_000 }),
    }),
    fc.record({ kind: fc.constant('cancel' as const), name: fc.nat(9) }),
    fc.record({ kind: fc.constant('advance' as const), by: fc.oneof(fc.nat(3000), fc.nat(300_000)) }),
  );
  fc.assert(
    fc.property(fc.nat(100_000), fc.array(step, { maxLength: 60 }), (start, steps) => {
      const { wheel, fired } = recordingWheel();
      const items = Array.from({ length: 10 }, (_, name) => named(name));
      const model = new Map<number, number>();
      let now = instant(start);
      for (const s of steps) {
        if (s.kind === 'schedule') {
          wheel.schedule(items[s.name]!, now, (now + s.delay) as Instant);
          model.set(s.name, now + s.delay);
        } else if (s.kind === 'cancel') {
          wheel.cancel(items[s.name]!);
          model.delete(s.name);
        } else {
          now = (now + s.by) as Instant;
          fired.length = 0;
          wheel.advance(now);
          for (const [name] of fired) {
            assert.ok(model.get(name)! <= now, 'fired early or without being scheduled');
            model.delete(name);
          }
          for (const deadline of model.values()) assert.ok(deadline > now - 1000, 'fired too late');
        }
        assert.equal(wheel.size, model.size);
        const earliest = Math.min(Infinity, ...model.values());
        if (model.size > 0) assert.ok(wheel.nextDeadline() <= Math.max(earliest, now) + 1000);
        else assert.equal(wheel.nextDeadline(), NEVER);
      }
    }),
    { numRuns: 500 },
  );
});
