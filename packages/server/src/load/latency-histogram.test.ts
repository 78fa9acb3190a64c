import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LatencyHistogram } from './latency-histogram.js';
import { STAMP_BYTES, stampAgeMicroseconds, writeStamp } from './payload-stamp.js';

describe('the times packets took', () => {
  test('percentiles are right to five percent', () => {
    const histogram = new LatencyHistogram();
    for (let microseconds = 1; microseconds <= 10_000; microseconds++) histogram.add(microseconds);
    for (const percent of [1, 50, 99]) {
      const found = histogram.percentileMicroseconds(percent);
      assert.ok(Math.abs(found / (percent * 100) - 1) < 0.05, `p${percent}: ${found}`);
    }
    assert.equal(histogram.maximumMicroseconds, 10_000);
  });

  test('no percentile exceeds the longest time', () => {
    const histogram = new LatencyHistogram();
    histogram.add(1000);
    assert.equal(histogram.percentileMicroseconds(50), 1000);
  });

  test('there are none of nothing, and after a reset', () => {
    const histogram = new LatencyHistogram();
    histogram.add(5);
    histogram.reset();
    assert.deepEqual(
      [histogram.count, histogram.percentileMicroseconds(99), histogram.maximumMicroseconds],
      [0, 0, 0],
    );
  });

  test('a stamp tells its age, also where its clock starts again', () => {
    const bytes = new Uint8Array(20);
    for (const sentAt of [0, 123.456, 2 ** 32 / 1000 - 0.5]) {
      writeStamp(bytes, 20 - STAMP_BYTES, sentAt);
      const age = stampAgeMicroseconds(bytes, 20, sentAt + 1.5);
      assert.ok(Math.abs(age - 1500) <= 1, `${age}`);
    }
  });

  test('other payloads have no stamp', () => {
    assert.equal(stampAgeMicroseconds(new Uint8Array(20), 20, 1), -1);
    assert.equal(stampAgeMicroseconds(new Uint8Array(4), 4, 1), -1);
  });
});
