import { test } from 'node:test';
import { assertFigures } from './figures.test-support.js';
import type { Figure } from './figures.test-support.js';
import { LinkSimulation } from './link-simulation.test-support.js';
import type { LinkOptions, Steps } from './link-simulation.test-support.js';
import { Flow } from './simulated-flow.test-support.js';
import type { FlowOptions } from './simulated-flow.test-support.js';

interface Scenario {
  readonly name: string;
  readonly seconds: number;
  readonly link: LinkOptions;
  readonly flows: readonly FlowOptions[];
  figures(flows: readonly Flow[]): Figure[];
}

/** Each scenario runs with each of these; the worst counts. */
const SEEDS = [1, 2, 3, 4, 5];
const PLENTY: Steps = [[0, 4e6]];
const PATH = { queueMs: 400, delayMs: 25 };

function between(values: readonly number[], from: number, to: number): readonly number[] {
  return Array.from({ length: 10 * (to - from) }, (_, i) => values[10 * from + i] ?? 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deliveredBps(flow: Flow, from: number, to: number): number {
  return 80 * mean(between(flow.series.deliveredBytes, from, to));
}

/** The queueing delay that 95 of 100 tenths of a second stay below. */
function queueMs(flow: Flow, from: number, to: number): number {
  const sorted = between(flow.series.queueMs, from, to).toSorted((a, b) => a - b);
  return sorted[Math.floor(0.95 * sorted.length)]!;
}

/** Seconds from `from` until the estimate first is between the bounds with less than 100 ms in the queue; `to` ends the search. */
function settledAfter(flow: Flow, from: number, to: number, leastBps: number, mostBps: number): number {
  for (let at = 10 * from + 1; at < 10 * to; at++) {
    const estimate = flow.series.estimateBps[at] ?? 0;
    if (estimate >= leastBps && estimate <= mostBps && (flow.series.queueMs[at] ?? 0) < 100)
      return at / 10 - from;
  }
  return Infinity;
}

/** Jain's index of fairness: 1 where all get the same, 1/n where one gets everything. */
function jain(rates: readonly number[]): number {
  const sum = rates.reduce((total, rate) => total + rate, 0);
  return sum ** 2 / (rates.length * rates.reduce((total, rate) => total + rate ** 2, 0));
}

function steady(
  name: string,
  link: LinkOptions,
  use: readonly [number, number],
  queue: number,
  flow: Partial<FlowOptions> = {},
): Scenario {
  const capacityBps = link.capacityBps[0]![1];
  return {
    name,
    seconds: 60,
    link,
    flows: [{ demandBps: PLENTY, ...flow }],
    figures: ([flow]) => [
      {
        name: 'use, 10-60 s',
        value: deliveredBps(flow!, 10, 60) / capacityBps,
        atLeast: use[0],
        atMost: use[1],
      },
      { name: 'queue ms, 10-60 s', value: queueMs(flow!, 10, 60), atMost: queue },
    ],
  };
}

const SCENARIOS: readonly Scenario[] = [
  steady(
    'a link of 1 Mbit/s is used, and its queue stays short',
    { ...PATH, capacityBps: [[0, 1e6]] },
    [0.8, 0.96],
    100,
  ),
  steady(
    'a link of 1 Mbit/s is used by whole frames at once',
    { ...PATH, capacityBps: [[0, 1e6]] },
    [0.8, 0.97],
    130,
    { isUnpaced: true },
  ),
  steady(
    'key frames five times as large cost little',
    { ...PATH, capacityBps: [[0, 1e6]] },
    [0.75, 0.97],
    200,
    { isUnpaced: true, keyFrameEverySeconds: 4 },
  ),
  steady(
    'frames that take the whole time until the next do not fill the queue for long',
    { ...PATH, queueMs: 2000, capacityBps: [[0, 1e6]] },
    [0.75, 0.99],
    600,
    { isUnpaced: true, framesPerSecond: 5 },
  ),
  steady('feedback twice as rare does as well', { ...PATH, capacityBps: [[0, 1e6]] }, [0.8, 0.97], 130, {
    feedbackMs: 100,
  }),
  steady('a link of 150 kbit/s is used', { ...PATH, capacityBps: [[0, 150e3]] }, [0.8, 0.97], 100),
  steady(
    'a deep queue on a long way stays short',
    { queueMs: 2000, delayMs: 150, capacityBps: [[0, 1e6]] },
    [0.8, 0.97],
    100,
  ),
  steady(
    '5 % random loss costs little',
    { ...PATH, capacityBps: [[0, 1e6]], lossFraction: [[0, 0.05]] },
    [0.6, 0.97],
    130,
  ),
  steady(
    '15 % random loss does not starve',
    { ...PATH, capacityBps: [[0, 1e6]], lossFraction: [[0, 0.15]] },
    [0.4, 0.97],
    150,
  ),
  steady(
    '30 ms of jitter cost little',
    { ...PATH, capacityBps: [[0, 1e6]], jitterMs: [[0, 30]] },
    [0.75, 0.97],
    130,
  ),
  steady(
    '30 ms of jitter without order cost little',
    { ...PATH, capacityBps: [[0, 1e6]], jitterMs: [[0, 30]], reorders: true },
    [0.75, 0.97],
    130,
  ),
  steady(
    '200 ms of jitter do not starve',
    { ...PATH, capacityBps: [[0, 1e6]], jitterMs: [[0, 200]] },
    [0.3, 0.97],
    200,
  ),
  steady(
    '200 ms of jitter without order do not starve',
    { ...PATH, capacityBps: [[0, 1e6]], jitterMs: [[0, 200]], reorders: true },
    [0.3, 0.97],
    200,
  ),
  steady(
    'a link with hardly a queue is left some room',
    { ...PATH, queueMs: 20, capacityBps: [[0, 1e6]] },
    [0.5, 0.97],
    30,
  ),
  {
    name: 'falls with the link within 5 s, rises within 15 s',
    seconds: 120,
    link: {
      ...PATH,
      capacityBps: [
        [0, 2e6],
        [30, 500e3],
        [60, 150e3],
        [90, 2e6],
      ],
    },
    flows: [{ demandBps: PLENTY }],
    figures: ([flow]) => [
      { name: 's to 500 kbit/s, queue drained', value: settledAfter(flow!, 30, 60, 350e3, 550e3), atMost: 5 },
      { name: 's to 150 kbit/s, queue drained', value: settledAfter(flow!, 60, 90, 90e3, 165e3), atMost: 5 },
      { name: 's to 80 % of 2 Mbit/s', value: settledAfter(flow!, 90, 120, 1.6e6, 4e6), atMost: 15 },
      { name: 'use of 500 kbit/s, 40-60 s', value: deliveredBps(flow!, 40, 60) / 500e3, atLeast: 0.75 },
      { name: 'use of 150 kbit/s, 70-90 s', value: deliveredBps(flow!, 70, 90) / 150e3, atLeast: 0.75 },
    ],
  },
  {
    name: 'sending in steps falls and rises alike',
    seconds: 120,
    link: {
      ...PATH,
      capacityBps: [
        [0, 2e6],
        [30, 500e3],
        [60, 150e3],
        [90, 2e6],
      ],
    },
    flows: [{ demandBps: [[0, 2.2e6]], ladderBps: [70e3, 300e3, 1.2e6, 1.7e6] }],
    figures: ([flow]) => [
      { name: 's to 500 kbit/s, queue drained', value: settledAfter(flow!, 30, 60, 200e3, 750e3), atMost: 5 },
      { name: 's to 150 kbit/s, queue drained', value: settledAfter(flow!, 60, 90, 60e3, 225e3), atMost: 5 },
      { name: 's to 1.75 Mbit/s', value: settledAfter(flow!, 90, 120, 1.75e6, 4e6), atMost: 15 },
      { name: 'bit/s, 45-60 s', value: deliveredBps(flow!, 45, 60), atLeast: 200e3 },
    ],
  },
  {
    name: 'yields to constant traffic and takes the room back',
    seconds: 90,
    link: {
      ...PATH,
      capacityBps: [[0, 2e6]],
      competingBps: [
        [0, 0],
        [20, 1e6],
        [60, 0],
      ],
    },
    flows: [{ demandBps: PLENTY }],
    figures: ([flow]) => [
      {
        name: 'use of what is left, 30-60 s',
        value: deliveredBps(flow!, 30, 60) / 1e6,
        atLeast: 0.75,
        atMost: 1,
      },
      { name: 'queue ms, 30-60 s', value: queueMs(flow!, 30, 60), atMost: 200 },
      { name: 's to 80 % when it is gone', value: settledAfter(flow!, 60, 90, 1.6e6, 4e6), atMost: 15 },
    ],
  },
  {
    name: 'a download that fills the same queue does not starve it',
    seconds: 90,
    link: { ...PATH, queueMs: 300, capacityBps: [[0, 4e6]], downloadFromSeconds: 20 },
    flows: [{ demandBps: PLENTY }],
    figures: ([flow]) => [
      { name: 'bit/s, 30-90 s', value: deliveredBps(flow!, 30, 90), atLeast: 250e3 },
      { name: 'least bit/s', value: Math.min(...between(flow!.series.estimateBps, 30, 90)), atLeast: 60e3 },
    ],
  },
  {
    name: 'three seconds without feedback halve the estimate, and it comes back',
    seconds: 50,
    link: { ...PATH, capacityBps: [[0, 1e6]] },
    flows: [{ demandBps: PLENTY, feedbackLost: [[20, 23]] }],
    figures: ([flow]) => [
      { name: 'bit/s at 22.9 s', value: flow!.series.estimateBps[229]!, atLeast: 200e3, atMost: 600e3 },
      { name: 's to 80 %', value: settledAfter(flow!, 23, 50, 800e3, 4e6), atMost: 8 },
      { name: 'use, 30-50 s', value: deliveredBps(flow!, 30, 50) / 1e6, atLeast: 0.8 },
    ],
  },
  {
    name: 'little to send neither raises nor lowers the estimate; a demand that rises is met soon',
    seconds: 60,
    link: { ...PATH, capacityBps: [[0, 2e6]] },
    flows: [
      {
        demandBps: [
          [0, 200e3],
          [30, 4e6],
        ],
      },
    ],
    figures: ([flow]) => [
      { name: 'bit/s at 29 s', value: flow!.series.estimateBps[290]!, atLeast: 400e3, atMost: 600e3 },
      { name: 's to 80 %', value: settledAfter(flow!, 30, 60, 1.6e6, 4e6), atMost: 5 },
      { name: 'use, 40-60 s', value: deliveredBps(flow!, 40, 60) / 2e6, atLeast: 0.8 },
    ],
  },
  {
    name: 'a demand that is met at once is found within a second on a fast link',
    seconds: 20,
    link: { ...PATH, capacityBps: [[0, 20e6]] },
    flows: [{ demandBps: PLENTY }],
    figures: ([flow]) => [
      { name: 's to 3.5 Mbit/s', value: settledAfter(flow!, 0, 20, 3.5e6, 4e6), atMost: 1 },
      { name: 'most bit/s', value: Math.max(...flow!.series.estimateBps), atMost: 4e6 },
    ],
  },
  {
    name: 'two flows share a link',
    seconds: 120,
    link: { ...PATH, capacityBps: [[0, 2e6]] },
    flows: [{ demandBps: PLENTY }, { demandBps: PLENTY, startsAtSeconds: 15 }],
    figures: (flows) => [
      {
        name: 'Jain, 45-120 s',
        value: jain(flows.map((flow) => deliveredBps(flow, 45, 120))),
        atLeast: 0.85,
      },
      {
        name: 'use, 45-120 s',
        value: flows.reduce((sum, flow) => sum + deliveredBps(flow, 45, 120), 0) / 2e6,
        atLeast: 0.75,
      },
      { name: 'queue ms, 45-120 s', value: queueMs(flows[0]!, 45, 120), atMost: 200 },
    ],
  },
];

for (const scenario of SCENARIOS) {
  test(scenario.name, (t) => {
    const runs = SEEDS.map((seed) => {
      const simulation = new LinkSimulation<Flow>(scenario.link, seed, (link, random) =>
        scenario.flows.map((options) => new Flow(options, link, random)),
      );
      simulation.run(scenario.seconds);
      return scenario.figures(simulation.users);
    });
    assertFigures(t, runs);
  });
}
