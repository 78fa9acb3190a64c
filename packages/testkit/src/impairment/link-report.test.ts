import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectionReport } from './link-report.js';
import { latenessProblem } from './link-report.js';

function direction(written: number, late: number, lateMaxMs = 7): DirectionReport {
  return {
    ...{ packets: written, bytes: 0, lost: 0, queueDropped: 0, heldBack: 0, delivered: written },
    ...{ written, failed: 0, late, lateMaxMs, lateMeanMs: 0 },
  };
}

test('a run counts unless too many frames were late in a direction, or the processor was somebody else’s', () => {
  const onTime = direction(1000, 10);
  const calm = { toInner: onTime, toOuter: onTime, waitedForProcessorMs: 100, elapsedMs: 1000 };
  assert.equal(latenessProblem(calm), undefined);
  assert.match(
    latenessProblem({ ...calm, toOuter: direction(1000, 11) })!,
    /^11 of 1000 frames toOuter.* 7\.0 ms$/,
  );
  assert.equal(latenessProblem({ ...calm, toOuter: direction(1000, 11) }, 0.02), undefined);
  assert.match(latenessProblem({ ...calm, waitedForProcessorMs: 101 })!, /101 of 1000 ms/);
});
