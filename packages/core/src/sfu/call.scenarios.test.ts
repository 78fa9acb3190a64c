import { test } from 'node:test';
import { assertFigures } from '../cc/figures.test-support.js';
import type { Figure } from '../cc/figures.test-support.js';
import type { LinkOptions } from '../cc/link-simulation.test-support.js';
import { simulateCall } from './call-simulation.test-support.js';
import type { CallOptions, Reception } from './call-simulation.test-support.js';

interface Scenario {
  readonly name: string;
  readonly seconds: number;
  readonly link: LinkOptions;
  readonly call: CallOptions;
  figures(reception: Reception): Figure[];
}

/** Each scenario runs with each of these; the worst counts. */
const SEEDS = [1, 2, 3];
/** What Chromium sends of a camera with 1280 x 720 pixels. */
const CAMERA: CallOptions = { encodingBps: [136e3, 500e3, 1600e3], framesPerSecond: 15 };
/** 62 kB in the queue: a second at 500 kbit/s. */
const PATH = { queueMs: 10, delayMs: 20 };
const WIDE = 50e6;

function between(values: readonly number[], from: number, to: number): readonly number[] {
  return Array.from({ length: 10 * (to - from) }, (_, i) => values[10 * from + i] ?? 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function bps({ bytes }: Reception, from: number, to: number): number {
  return (8 * sum(between(bytes, from, to))) / (to - from);
}

function framesPerSecond({ frames }: Reception, from: number, to: number): number {
  return sum(between(frames, from, to)) / (to - from);
}

/** The longest time without a whole frame. */
function stillSeconds({ frames }: Reception, from: number, to: number): number {
  let longest = 0;
  let still = 0;
  for (const count of between(frames, from, to)) {
    still = count > 0 ? 0 : still + 0.1;
    longest = Math.max(longest, still);
  }
  return longest;
}

/** Seconds until frames of an encoding at least as large have come for a second. */
function secondsUntil({ encodings }: Reception, from: number, to: number, encoding: number): number {
  let since = NaN;
  for (let at = 10 * from; at < 10 * to; at++) {
    const shown = encodings[at];
    if (shown === undefined) continue;
    if (shown < encoding) since = NaN;
    else if (Number.isNaN(since)) since = at;
    else if (at - since >= 10) return (since - 10 * from) / 10;
  }
  return Infinity;
}

/** The time in the queue that 95 of 100 tenths of a second stay below. */
function queueMs(reception: Reception, from: number, to: number): number {
  const sorted = between(reception.queueMs, from, to).toSorted((a, b) => a - b);
  return sorted[Math.floor(0.95 * sorted.length)]!;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a wide path gets the largest picture soon, and keeps it',
    seconds: 20,
    link: { ...PATH, capacityBps: [[0, WIDE]] },
    call: CAMERA,
    figures: (got) => [
      { name: 's to the largest', value: secondsUntil(got, 0, 20, 2), atMost: 2 },
      { name: 'frames/s, 3-20 s', value: framesPerSecond(got, 3, 20), atLeast: 14.5 },
    ],
  },
  {
    name: 'a path that gets narrow gets less at once, and more when it is wide again',
    seconds: 60,
    link: {
      ...PATH,
      capacityBps: [
        [0, WIDE],
        [8, 500e3],
        [24, 150e3],
        [40, WIDE],
      ],
    },
    call: CAMERA,
    figures: (got) => [
      { name: 's still, 8-24 s', value: stillSeconds(got, 8, 24), atMost: 2.5 },
      { name: 'ms in the queue, 14-24 s', value: queueMs(got, 14, 24), atMost: 250 },
      { name: 'bit/s, 13-24 s', value: bps(got, 13, 24), atLeast: 200e3 },
      { name: 'frames/s of 150 kbit/s, 28-40 s', value: framesPerSecond(got, 28, 40), atLeast: 2 },
      { name: 'ms in the queue, 28-40 s', value: queueMs(got, 28, 40), atMost: 250 },
      { name: 's to the largest', value: secondsUntil(got, 40, 60, 2), atMost: 15 },
    ],
  },
  {
    name: '1 Mbit/s is used by the middle picture, and no queue stands',
    seconds: 40,
    link: { ...PATH, queueMs: 500, capacityBps: [[0, 1e6]] },
    call: CAMERA,
    figures: (got) => [
      { name: 's to the middle', value: secondsUntil(got, 0, 40, 1), atMost: 3 },
      { name: 'frames/s, 10-40 s', value: framesPerSecond(got, 10, 40), atLeast: 7 },
      { name: 'bit/s, 10-40 s', value: bps(got, 10, 40), atLeast: 450e3 },
      { name: 'ms in the queue, 10-40 s', value: queueMs(got, 10, 40), atMost: 200 },
    ],
  },
  {
    name: 'delays that swing by 200 ms are no full path',
    seconds: 40,
    link: {
      ...PATH,
      capacityBps: [[0, WIDE]],
      jitterMs: [
        [8, 200],
        [30, 0],
      ],
    },
    call: CAMERA,
    figures: (got) => [
      { name: 'frames/s, 8-30 s', value: framesPerSecond(got, 8, 30), atLeast: 7 },
      { name: 's still, 8-30 s', value: stillSeconds(got, 8, 30), atMost: 1.5 },
      { name: 's to the largest', value: secondsUntil(got, 30, 40, 2), atMost: 10 },
    ],
  },
  {
    name: 'a path that hardly takes the sound is left to it',
    seconds: 60,
    link: { ...PATH, queueMs: 5000, capacityBps: [[0, 80e3]] },
    call: CAMERA,
    figures: (got) => [{ name: 'ms in the queue, 28-60 s', value: queueMs(got, 28, 60), atMost: 300 }],
  },
  {
    name: 'a picture in one size is sent before the path is known to take it',
    seconds: 20,
    link: { ...PATH, capacityBps: [[0, WIDE]] },
    call: { encodingBps: [1.1e6], temporalLayers: 1 },
    figures: (got) => [
      { name: 's still', value: stillSeconds(got, 0, 20), atMost: 0.5 },
      { name: 'frames/s, 2-20 s', value: framesPerSecond(got, 2, 20), atLeast: 28 },
    ],
  },
  {
    name: 'a picture without sound that did not fit comes back when it does',
    seconds: 30,
    link: {
      ...PATH,
      capacityBps: [
        [0, WIDE],
        [5, 300e3],
        [10, WIDE],
      ],
    },
    call: { encodingBps: [1.1e6], temporalLayers: 1, isSilent: true },
    figures: (got) => [
      { name: 's still, 10-30 s', value: stillSeconds(got, 10, 30), atMost: 10 },
      { name: 'frames/s, 22-30 s', value: framesPerSecond(got, 22, 30), atLeast: 28 },
    ],
  },
  {
    name: 'a path with a short queue that gets narrow is not filled with what was lost',
    seconds: 24,
    link: {
      ...PATH,
      queueMs: 2,
      capacityBps: [
        [0, WIDE],
        [8, 500e3],
      ],
    },
    call: CAMERA,
    figures: (got) => [
      { name: 's still, 8-24 s', value: stillSeconds(got, 8, 24), atMost: 1.6 },
      { name: 'frames/s, 12-24 s', value: framesPerSecond(got, 12, 24), atLeast: 12 },
      { name: 'bit/s, 12-24 s', value: bps(got, 12, 24), atLeast: 200e3 },
    ],
  },
  {
    name: 'after eight seconds without anything the picture is back in one, and large in ten',
    seconds: 36,
    link: { ...PATH, capacityBps: [[0, WIDE]] },
    call: { ...CAMERA, cut: [10, 18] },
    figures: (got) => [
      { name: 's still, 18-36 s', value: stillSeconds(got, 18, 36), atMost: 1 },
      { name: 's to the largest', value: secondsUntil(got, 18, 36, 2), atMost: 10 },
    ],
  },
  {
    name: 'another path is taken without a break',
    seconds: 30,
    link: { ...PATH, capacityBps: [[0, WIDE]] },
    call: { ...CAMERA, pathChangesAtSeconds: 10 },
    figures: (got) => [
      { name: 's still, 10-30 s', value: stillSeconds(got, 10, 30), atMost: 0.6 },
      { name: 's to the largest', value: secondsUntil(got, 11, 30, 2), atMost: 4 },
    ],
  },
];

for (const scenario of SCENARIOS) {
  test(scenario.name, (t) => {
    const runs = SEEDS.map((seed) =>
      scenario.figures(simulateCall(scenario.seconds, scenario.link, scenario.call, seed)),
    );
    assertFigures(t, runs);
  });
}
