import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SpeakingDetector } from './speaking.js';

const LOUD = 0.6;
const SOFT = 0.1;

/** Feeds a sample each 200 ms and answers who spoke after each. */
function run(samples: readonly Readonly<Record<string, number>>[]): string[] {
  const detector = new SpeakingDetector();
  return samples.map((levels, i) => detector.update(new Map(Object.entries(levels)), i * 200).join(' '));
}

describe('who speaks', () => {
  test('is who is loud twice in a row', () => {
    assert.deepEqual(run([{ a: LOUD }, { a: LOUD }, { a: LOUD }]), ['', 'a', 'a']);
    assert.deepEqual(run([{ a: LOUD }, { a: SOFT }, { a: LOUD }, { a: SOFT }]), ['', '', '', '']);
  });

  test('goes on speaking over pauses, and has stopped 600 ms after the last word', () => {
    const spoken = run([LOUD, LOUD, SOFT, SOFT, LOUD, SOFT, SOFT, SOFT, SOFT].map((a) => ({ a })));
    assert.deepEqual(spoken, ['', 'a', 'a', 'a', 'a', 'a', 'a', '', '']);
  });

  test('is ordered by loudness', () => {
    assert.equal(run(Array.from({ length: 9 }, () => ({ a: 0.4, b: 0.9, c: 0.6 }))).at(-1), 'b c a');
  });

  test('keeps the order while nobody is clearly louder', () => {
    const orders = run(
      Array.from({ length: 40 }, (_, i) => ({ a: i % 2 === 0 ? 0.5 : 0.6, b: i % 2 === 0 ? 0.6 : 0.5 })),
    );
    assert.equal(new Set(orders.slice(2)).size, 1);
    const overtaken = run([
      ...Array.from({ length: 5 }, () => ({ a: 0.6, b: 0.5 })),
      ...Array.from({ length: 10 }, () => ({ a: 0.4, b: 0.9 })),
    ]);
    assert.equal(overtaken[4], 'a b');
    assert.equal(overtaken.at(-1), 'b a');
  });

  test('is nobody who has left', () => {
    assert.deepEqual(run([{ a: LOUD }, { a: LOUD }, {}, { a: LOUD }]), ['', 'a', '', '']);
  });

  test('is the same array until it changes', () => {
    const detector = new SpeakingDetector();
    const loud = new Map([['a', LOUD]]);
    detector.update(loud, 0);
    const speakers = detector.update(loud, 200);
    assert.equal(detector.update(loud, 400), speakers);
    assert.notEqual(detector.update(new Map(), 600), speakers);
  });
});
