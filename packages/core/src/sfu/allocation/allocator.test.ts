import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instant } from '../../time/instant.js';
import { instant } from '../../time/instant.js';
import { AllocationPriority, BandwidthAllocator } from './allocator.js';

const { audio, screen, speaker, thumbnail } = AllocationPriority;
const LADDER = [100e3, 400e3, 1.5e6];

/** Makes an allocator with these tracks, numbered from 0, each wanted up to its top. */
function made(tracks: readonly { priority: number; ladder: readonly number[] }[]): BandwidthAllocator {
  const allocator = new BandwidthAllocator({ maximumTracks: 16, maximumSteps: 4 });
  for (const [track, { priority, ladder }] of tracks.entries())
    add(allocator, instant(0), track, priority, ladder);
  return allocator;
}

function add(
  allocator: BandwidthAllocator,
  now: Instant,
  track: number,
  priority: number,
  ladder: readonly number[],
): void {
  allocator.add(now, track, priority);
  for (const [step, bps] of ladder.entries()) allocator.setStep(track, step, bps);
  allocator.setStepCount(track, ladder.length);
  allocator.setWanted(now, track, ladder.length - 1);
}

function steps(allocator: BandwidthAllocator, tracks: number): number[] {
  return Array.from({ length: tracks }, (_, track) => allocator.stepOf(track));
}

const VOICE = { priority: audio, ladder: [40e3] };
const SPEAKER = { priority: speaker, ladder: LADDER };
const SMALL = { priority: thumbnail, ladder: LADDER };
const SCREEN = { priority: screen, ladder: [200e3, 1e6] };

test('shares by priority: lowest steps first, then raises', (t) => {
  const cases: readonly [estimateBps: number, expected: number[]][] = [
    [0, [0, -1, -1, -1, -1]],
    [139e3, [0, -1, -1, -1, -1]],
    [150e3, [0, -1, 0, -1, -1]],
    [240e3, [0, 0, -1, -1, -1]],
    [340e3, [0, 0, 0, -1, -1]],
    [540e3, [0, 0, 0, 0, 0]],
    [1.34e6, [0, 1, 0, 0, 0]],
    [1.64e6, [0, 1, 1, 0, 0]],
    [1.94e6, [0, 1, 1, 1, 0]],
    [2.24e6, [0, 1, 1, 1, 1]],
    [3.34e6, [0, 1, 2, 1, 1]],
    [10e6, [0, 1, 2, 2, 2]],
  ];
  for (const [estimateBps, expected] of cases) {
    const allocator = made([VOICE, SCREEN, SPEAKER, SMALL, SMALL]);
    allocator.allocate(instant(0), estimateBps);
    t.diagnostic(`${estimateBps}: ${steps(allocator, 5).join(' ')}`);
    assert.deepEqual(steps(allocator, 5), expected, `${estimateBps}`);
  }
});

test('names what does not fit, and what more there is use for', () => {
  const allocator = made([VOICE, SPEAKER, SMALL]);
  allocator.allocate(instant(0), 200e3);
  assert.deepEqual(
    [0, 1, 2].map((track) => allocator.isStarved(track)),
    [false, false, true],
  );
  assert.equal(allocator.allocatedBps, 140e3);
  assert.equal(Math.round(allocator.demandBps), Math.round(3.04e6 * 1.25));
  allocator.setWanted(instant(0), 2, -1);
  allocator.setWanted(instant(0), 1, 1);
  allocator.allocate(instant(0), 200e3);
  assert.equal(allocator.isStarved(2), false);
  assert.equal(Math.round(allocator.demandBps), Math.round(440e3 * 1.25));
});

test('goes down at once', () => {
  const allocator = made([VOICE, SPEAKER, SMALL]);
  allocator.allocate(instant(0), 4e6);
  assert.deepEqual(steps(allocator, 3), [0, 2, 2]);
  assert.equal(allocator.allocate(instant(10), 3e6), true);
  assert.deepEqual(steps(allocator, 3), [0, 2, 1]);
  assert.equal(allocator.allocate(instant(20), 230e3), true);
  assert.deepEqual(steps(allocator, 3), [0, 0, -1]);
  assert.equal(allocator.allocate(instant(30), 230e3), false);
});

test('goes up with room to spare, after a hold', () => {
  const allocator = made([VOICE, SPEAKER]);
  allocator.allocate(instant(0), 450e3);
  assert.deepEqual(steps(allocator, 2), [0, 1]);
  allocator.allocate(instant(10_000), 1.6e6);
  assert.deepEqual(steps(allocator, 2), [0, 1], 'it fits, but with no room');
  allocator.allocate(instant(20_000), 1.8e6);
  assert.deepEqual(steps(allocator, 2), [0, 1]);
  allocator.allocate(instant(21_999), 1.8e6);
  assert.deepEqual(steps(allocator, 2), [0, 1]);
  assert.equal(allocator.allocate(instant(22_000), 1.8e6), true);
  assert.deepEqual(steps(allocator, 2), [0, 2]);
});

test('room that goes away in between starts the hold anew', () => {
  const allocator = made([VOICE, SPEAKER]);
  allocator.allocate(instant(0), 450e3);
  allocator.allocate(instant(10_000), 1.8e6);
  allocator.allocate(instant(11_000), 1.6e6);
  allocator.allocate(instant(11_500), 1.8e6);
  allocator.allocate(instant(12_500), 1.8e6);
  assert.deepEqual(steps(allocator, 2), [0, 1]);
  allocator.allocate(instant(13_500), 1.8e6);
  assert.deepEqual(steps(allocator, 2), [0, 2]);
});

test('a picture that went away for lack of room is back soon, better ones after the hold', () => {
  const allocator = made([VOICE, SPEAKER]);
  allocator.allocate(instant(0), 450e3);
  allocator.allocate(instant(10_000), 100e3);
  assert.deepEqual(steps(allocator, 2), [0, -1]);
  allocator.allocate(instant(20_000), 5e6);
  allocator.allocate(instant(20_400), 5e6);
  assert.deepEqual(steps(allocator, 2), [0, 0]);
  allocator.allocate(instant(20_600), 5e6);
  allocator.allocate(instant(22_599), 5e6);
  assert.deepEqual(steps(allocator, 2), [0, 0]);
  allocator.allocate(instant(22_600), 5e6);
  assert.deepEqual(steps(allocator, 2), [0, 2]);
});

test('falling several steps makes the hold longer once', () => {
  const allocator = made([VOICE, SPEAKER]);
  allocator.allocate(instant(0), 5e6);
  allocator.allocate(instant(5000), 500e3);
  allocator.allocate(instant(5200), 200e3);
  allocator.allocate(instant(5400), 100e3);
  assert.deepEqual(steps(allocator, 2), [0, -1]);
  allocator.allocate(instant(20_000), 5e6);
  allocator.allocate(instant(20_400), 5e6);
  allocator.allocate(instant(20_600), 5e6);
  allocator.allocate(instant(24_600), 5e6);
  assert.deepEqual(steps(allocator, 2), [0, 2]);
});

test('where there is plenty of room, going up does not wait for long, however often it proved wrong', () => {
  const allocator = made([VOICE, SPEAKER]);
  for (const at of [0, 10_000, 20_000, 30_000]) {
    allocator.allocate(instant(at), 1.8e6);
    allocator.allocate(instant(at + 5000), 1.8e6);
    allocator.allocate(instant(at + 9000), 150e3);
  }
  assert.deepEqual(steps(allocator, 2), [0, 0]);
  allocator.allocate(instant(40_000), 4e6);
  assert.deepEqual(steps(allocator, 2), [0, 0]);
  allocator.allocate(instant(42_000), 4e6);
  assert.deepEqual(steps(allocator, 2), [0, 1]);
  allocator.allocate(instant(42_200), 4e6);
  allocator.allocate(instant(46_700), 4e6);
  assert.deepEqual(steps(allocator, 2), [0, 2]);
});

test('a new track, and one that is shown larger, gets its step without a hold', () => {
  const allocator = made([VOICE, SPEAKER]);
  allocator.setWanted(instant(0), 1, 0);
  allocator.allocate(instant(0), 5e6);
  add(allocator, instant(60_000), 2, thumbnail, LADDER);
  allocator.setWanted(instant(60_000), 1, 2);
  allocator.allocate(instant(60_000), 5e6);
  assert.deepEqual(steps(allocator, 3), [0, 2, 2]);
});

test('another priority takes effect at once', () => {
  const allocator = made([VOICE, SPEAKER, SMALL]);
  allocator.allocate(instant(0), 2e6);
  assert.deepEqual(steps(allocator, 3), [0, 2, 1]);
  allocator.setPriority(instant(60_000), 1, thumbnail);
  allocator.setPriority(instant(60_000), 2, speaker);
  allocator.allocate(instant(60_000), 2.2e6);
  assert.deepEqual(steps(allocator, 3), [0, 1, 2]);
});

test('a ladder that lost its upper steps, or all of them, is followed', () => {
  const allocator = made([SPEAKER]);
  allocator.allocate(instant(0), 5e6);
  allocator.setStepCount(0, 1);
  assert.equal(allocator.stepOf(0), 0);
  allocator.setStepCount(0, 0);
  allocator.allocate(instant(1), 5e6);
  assert.equal(allocator.stepOf(0), -1);
  assert.equal(allocator.isStarved(0), false);
  assert.equal(allocator.demandBps, 0);
});

test('what is removed takes nothing, and its number may be used again', () => {
  const allocator = made([VOICE, SPEAKER, SMALL]);
  allocator.allocate(instant(0), 1.8e6);
  assert.deepEqual(steps(allocator, 3), [0, 2, 0]);
  allocator.remove(1);
  allocator.allocate(instant(100), 1.8e6);
  assert.equal(allocator.stepOf(2), 2);
  assert.equal(allocator.allocatedBps, 1.54e6);
  add(allocator, instant(200), 1, speaker, LADDER);
  allocator.allocate(instant(200), 1.8e6);
  assert.deepEqual(steps(allocator, 3), [0, 2, 0]);
});

test('does not flap where the estimate swings by a tenth, and seldom where it swings by a half', () => {
  for (const [swing, most] of [
    [0.05, 2],
    [0.5, 24],
  ] as const) {
    const allocator = made([VOICE, SPEAKER, SMALL, SMALL]);
    allocator.allocate(instant(0), 1.8e6);
    let changes = 0;
    for (let ms = 10_000; ms < 310_000; ms += 100) {
      const estimate = 1.8e6 * (1 + swing * Math.sin((2 * Math.PI * ms) / 8000));
      if (allocator.allocate(instant(ms), estimate)) changes++;
    }
    assert.ok(changes <= most, `${changes} changes at ${swing}`);
  }
});

test('never gives out more than there is, and starves nobody so that others get more', () => {
  const trackModel = fc.record({
    priority: fc.constantFrom(audio, screen, speaker, thumbnail),
    ladder: fc.array(fc.integer({ min: 20_000, max: 500_000 }), { minLength: 1, maxLength: 4 }),
  });
  const stepModel = fc.record({ elapsedMs: fc.nat(4000), estimateBps: fc.nat(6_000_000) });
  fc.assert(
    fc.property(
      fc.array(trackModel, { minLength: 1, maxLength: 12 }),
      fc.array(stepModel, { minLength: 1, maxLength: 30 }),
      (tracks, moments) => {
        const ladders = tracks.map(({ ladder }) => ladder.map((_, i) => sum(ladder.slice(0, i + 1))));
        const allocator = made(
          tracks.map(({ priority, ladder }, i) => ({
            priority,
            ladder: priority === audio ? ladder.slice(0, 1) : ladders[i]!,
          })),
        );
        let now = 0;
        for (const { elapsedMs, estimateBps } of moments) {
          now += elapsedMs;
          allocator.allocate(instant(now), estimateBps);
          const given = steps(allocator, tracks.length);
          const rates = given.map((step, i) => (step < 0 ? 0 : ladders[i]![step]!));
          const audioBps = sum(rates.filter((_, i) => tracks[i]!.priority === audio));
          assert.equal(allocator.allocatedBps, sum(rates));
          assert.ok(sum(rates) <= Math.max(estimateBps, audioBps));
          tracks.forEach(({ priority }, i) => assert.ok(priority !== audio || given[i] === 0));
        }
        const { estimateBps } = moments.at(-1)!;
        for (let i = 0; i < 4; i++) allocator.allocate(instant((now += 60_000)), estimateBps);
        for (const [i, { priority }] of tracks.entries()) {
          if (!allocator.isStarved(i)) continue;
          const before = tracks.filter((other) => other.priority <= priority);
          assert.ok(sum(before.map(({ ladder }) => ladder[0]!)) * 1.12 > estimateBps);
        }
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
