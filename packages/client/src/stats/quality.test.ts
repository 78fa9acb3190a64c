import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TrackStatistics } from '../api/connection.js';
import { pointsOf, rate, SteadyQuality } from './quality.js';
import type { QualityInput } from './quality.js';

const TRACK: TrackStatistics = {
  rid: undefined,
  trackId: 't',
  kind: 'audio',
  bitrateBps: 32_000,
  lossFraction: 0,
  jitterMs: 5,
  width: undefined,
  height: undefined,
  framesPerSecond: undefined,
  frames: undefined,
  freezeCount: undefined,
  freezeSeconds: undefined,
  concealedFraction: 0,
  qualityLimitationReason: undefined,
  codec: 'opus',
};

function call(change: Partial<QualityInput>, track: Partial<TrackStatistics> = {}): QualityInput {
  const received = [{ ...TRACK, ...track }];
  return { state: 'connected', roundTripMs: 30, sent: [TRACK], received, frozenFraction: 0, ...change };
}

describe('the rating', () => {
  const cases: [string, QualityInput, ReturnType<typeof rate>][] = [
    ['a call across town', call({}), 'excellent'],
    ['across an ocean', call({ roundTripMs: 180 }), 'excellent'],
    ['with 1 % of loss', call({}, { lossFraction: 0.01 }), 'excellent'],
    ['with 5 % of loss', call({}, { lossFraction: 0.05 }), 'good'],
    ['with 20 % of loss', call({}, { lossFraction: 0.2 }), 'poor'],
    ['with 20 % of loss on the way there', call({ sent: [{ ...TRACK, lossFraction: 0.2 }] }), 'poor'],
    ['half a second each way', call({ roundTripMs: 1000 }), 'poor'],
    ['through a satellite', call({ roundTripMs: 600 }), 'good'],
    ['with much invented sound', call({}, { concealedFraction: 0.3 }), 'poor'],
    ['with a picture that stands still half of the time', call({ frozenFraction: 0.5 }), 'poor'],
    ['without any track', call({ sent: [], received: [], roundTripMs: undefined }), 'excellent'],
    ['not connected yet', call({ state: 'connecting' }), 'unknown'],
    ['cut', call({ state: 'reconnecting' }), 'lost'],
  ];
  for (const [name, input, expected] of cases) {
    test(`of a call ${name} is ${expected}`, () => {
      assert.equal(rate(input), expected, `${pointsOf(input)} points`);
    });
  }
});

describe('the rating that is shown', () => {
  test('changes after 3 seconds, and to the nearest that was seen', () => {
    const steady = new SteadyQuality();
    assert.equal(steady.take('excellent', 0), 'excellent');
    assert.equal(steady.take('poor', 1000), 'excellent');
    assert.equal(steady.take('good', 2000), 'excellent');
    assert.equal(steady.take('poor', 3999), 'excellent');
    assert.equal(steady.take('poor', 4000), 'good');
    assert.equal(steady.take('poor', 5000), 'good');
    assert.equal(steady.take('poor', 8000), 'poor');
  });

  test('does not change by a moment', () => {
    const steady = new SteadyQuality();
    steady.take('good', 0);
    for (let second = 1; second < 20; second++) {
      assert.equal(steady.take(second % 3 === 0 ? 'good' : 'poor', second * 1000), 'good');
    }
    for (let second = 20; second < 40; second++) {
      assert.equal(steady.take(second % 2 === 0 ? 'excellent' : 'poor', second * 1000), 'good');
    }
  });

  test('shows a lost connection at once, and what comes after it', () => {
    const steady = new SteadyQuality();
    assert.equal(steady.take('unknown', 0), 'unknown');
    assert.equal(steady.take('poor', 1), 'poor');
    assert.equal(steady.take('lost', 2), 'lost');
    assert.equal(steady.take('excellent', 3), 'excellent');
  });
});
