import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loudnessOf, rootMeanSquare } from './loudness.js';

test('loudness is logarithmic from -60 dBFS to full scale', () => {
  const cases = [
    [0, 0],
    [0.001, 0],
    [0.0001, 0],
    [0.01, 1 / 3],
    [0.1, 2 / 3],
    [1, 1],
    [5, 1],
    [NaN, 0],
    [-1, 0],
  ] as const;
  for (const [amplitude, loudness] of cases) {
    assert.ok(Math.abs(loudnessOf(amplitude) - loudness) < 1e-9, `${amplitude}: ${loudnessOf(amplitude)}`);
  }
});

test('the root mean square of a sine is 0.707 of its peak', () => {
  const sine = Float32Array.from({ length: 480 }, (_, i) => Math.sin((2 * Math.PI * i) / 48));
  assert.ok(Math.abs(rootMeanSquare(sine) - Math.SQRT1_2) < 1e-6);
  assert.equal(rootMeanSquare(new Float32Array(0)), 0);
});
