import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HISTORY_SECONDS, plotColumns, StatisticsHistory } from './statistics-history.js';
import type { HistorySample } from './statistics-history.js';

function sample(atMs: number, changes: Partial<HistorySample> = {}): HistorySample {
  return {
    atMs,
    roundTripMs: 12,
    lossFraction: 0.02,
    sentBitrateBps: 1_500_000,
    receivedBitrateBps: 500_000,
    ...changes,
  };
}

test('five minutes are kept and no more', () => {
  const history = new StatisticsHistory();
  for (let second = 0; second < 1000; second += 1) assert.ok(history.add(sample(second * 1000)));
  assert.equal(history.samples.length, HISTORY_SECONDS);
  assert.equal(history.samples[0]?.atMs, 700_000);
  assert.equal(history.samples.at(-1)?.atMs, 999_000);
});

test('a second sample of the same moment, or an older one, is left out', () => {
  const history = new StatisticsHistory();
  history.add(sample(10_000));
  assert.equal(history.add(sample(10_100)), false);
  assert.equal(history.add(sample(9_000)), false);
  assert.equal(history.samples.length, 1);
});

test('columns are in the units of the plots', () => {
  assert.deepEqual(
    plotColumns([sample(2000), sample(3000, { roundTripMs: undefined, lossFraction: undefined })]),
    {
      seconds: [2, 3],
      roundTripMs: [12, null],
      lossPercent: [2, null],
      sentMbps: [1.5, 1.5],
      receivedMbps: [0.5, 0.5],
    },
  );
});

test('a pause leaves a gap', () => {
  const { seconds, roundTripMs } = plotColumns([sample(1000), sample(60_000), sample(61_000)]);
  assert.deepEqual(seconds, [1, 2, 60, 61]);
  assert.deepEqual(roundTripMs, [12, null, 12, 12]);
});
