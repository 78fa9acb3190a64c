import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../time/instant.js';
import { TokenBucket } from './token-bucket.js';

/** How many of `tries` takes succeed, one every `everyMs` from `startMs`. */
function taken(bucket: TokenBucket, startMs: number, everyMs: number, tries: number): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (bucket.take(instant(startMs + i * everyMs))) count++;
  return count;
}

test('gives the burst at once and the rate from then on', () => {
  const bucket = new TokenBucket({ ratePerSecond: 100, burst: 200 });
  assert.equal(taken(bucket, 5000, 0, 1000), 200);
  assert.equal(taken(bucket, 5001, 1, 10_000), 1000);
});

test('holds no more than the burst however long it rests', () => {
  const bucket = new TokenBucket({ ratePerSecond: 10, burst: 20 });
  assert.equal(taken(bucket, 0, 0, 50), 20);
  assert.equal(taken(bucket, 1e9, 0, 50), 20);
});

test('takes amounts whole or not at all', () => {
  const bucket = new TokenBucket({ ratePerSecond: 1000 });
  assert.ok(bucket.take(instant(0), 600));
  assert.ok(!bucket.take(instant(0), 600));
  assert.ok(bucket.take(instant(0), 400));
  assert.ok(!bucket.has(instant(0)));
  assert.ok(bucket.has(instant(100), 100));
  assert.ok(!bucket.take(instant(100), 100.5));
});

test('gives nothing for time that goes back', () => {
  const bucket = new TokenBucket({ ratePerSecond: 10, burst: 1 });
  assert.ok(bucket.take(instant(1000)));
  assert.ok(!bucket.take(instant(0)));
  assert.ok(!bucket.take(instant(1050)));
  assert.ok(bucket.take(instant(1100)));
});

test('a rate of 0 means no limit', () => {
  assert.equal(taken(new TokenBucket({ ratePerSecond: 0 }), 0, 0, 10_000), 10_000);
});

test('figures that are no rates are our mistake', () => {
  for (const ratePerSecond of [-1, Number.NaN, Infinity])
    assert.throws(() => new TokenBucket({ ratePerSecond }));
  assert.throws(() => new TokenBucket({ ratePerSecond: 1, burst: -1 }));
});
