import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from './seeded-random.js';

function take(seed: number, count: number): number[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.fraction());
}

test('the same seed gives the same sequence, another seed another one', () => {
  assert.deepEqual(take(7, 100), take(7, 100));
  assert.notDeepEqual(take(7, 3), take(8, 3));
});

test('numbers fill 0 to 1 evenly and do not hang together', () => {
  const numbers = take(1, 100_000);
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  const buckets = new Array<number>(20).fill(0);
  for (const number of numbers) buckets[Math.floor(number * 20)]!++;
  // 5000 expected, standard deviation 69.
  for (const count of buckets) assert.ok(Math.abs(count - 5000) < 5 * 69, `${count} in a twentieth`);
  let product = 0;
  for (let i = 1; i < numbers.length; i++) product += (numbers[i]! - 0.5) * (numbers[i - 1]! - 0.5);
  const correlation = product / (numbers.length - 1) / (1 / 12);
  assert.ok(Math.abs(correlation) < 0.016, `neighbours correlate by ${correlation}`);
});

test('the first numbers of neighbouring seeds are spread too', () => {
  const firsts = Array.from({ length: 2000 }, (_, seed) => new SeededRandom(seed).fraction());
  const mean = firsts.reduce((sum, number) => sum + number, 0) / firsts.length;
  assert.ok(Math.abs(mean - 0.5) < 0.032, `the mean is ${mean}`);
  assert.ok(new Set(firsts).size > 1990);
});
