import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instant, NEVER } from '../time/instant.js';
import { MAX_MISSING, ReceiveGaps } from './receive-gaps.js';

const START = 1_000_000;

/** At `at` ms a packet arrives (and how it stands), or what is due is asked for (and is expected to be that). */
type Step =
  | readonly [at: number, event: 'packet', sequence: number, arrival: 'new' | 'late' | 'duplicate']
  | readonly [at: number, event: 'due', ...requests: number[]]
  | readonly [at: number, event: 'keyFrame', sequence: number]
  | readonly [at: number, event: 'hopeless' | 'hopeful'];

const ROUND_TRIP_MS = 50;

const SCENARIOS: readonly (readonly [string, readonly Step[]])[] = [
  [
    'without loss nothing is asked for',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 11, 'new'],
      [10, 'packet', 12, 'new'],
      [500, 'due'],
    ],
  ],
  [
    'a missing packet is asked for at once, and again after a round trip, ever more rarely',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [5, 'due', 11],
      [54.9, 'due'],
      [55, 'due', 11],
      // A quarter longer every time: 62.5, 78.125 ms.
      [117, 'due'],
      [117.5, 'due', 11],
      [195.5, 'due'],
      [195.7, 'due', 11],
    ],
  ],
  [
    'the answer ends it',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [5, 'due', 11],
      [60, 'packet', 11, 'late'],
      [60, 'due'],
    ],
  ],
  [
    'the second answer is a duplicate',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [5, 'due', 11],
      [60, 'packet', 11, 'late'],
      [61, 'packet', 11, 'duplicate'],
      [61, 'packet', 12, 'duplicate'],
      [61, 'packet', 10, 'duplicate'],
    ],
  ],
  [
    'several missing are asked for in their order',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 13, 'new'],
      [5, 'due', 11, 12],
      [10, 'packet', 16, 'new'],
      [10, 'due', 14, 15],
      [56, 'due', 11, 12],
      [61, 'due', 14, 15],
    ],
  ],
  [
    'across the wrap-around requests have 16 bits',
    [
      [0, 'packet', 65_534, 'new'],
      [5, 'packet', 65_538, 'new'],
      [5, 'due', 65_535, 0, 1],
    ],
  ],
  [
    'after a second it is given up',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [5, 'due', 11],
      [1004, 'due', 11],
      [1005, 'due'],
      [5000, 'due'],
      [5001, 'packet', 11, 'late'],
    ],
  ],
  [
    'what is given up leaves the others as they are',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [800, 'packet', 14, 'new'],
      [800, 'due', 11, 13],
      [850, 'due', 11, 13],
      [1005, 'due', 13],
      [1100, 'packet', 13, 'late'],
      [1200, 'due'],
    ],
  ],
  [
    'packets that overtake each other by 4 ms make the first request wait that long',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [9, 'packet', 11, 'late'],
      [20, 'packet', 14, 'new'],
      [20, 'due'],
      [23.9, 'due'],
      [24, 'due', 13],
    ],
  ],
  [
    'overtaken is also what comes before the answer can be here',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [5, 'due', 11],
      [8, 'packet', 11, 'late'],
      [20, 'packet', 14, 'new'],
      [20, 'due'],
      [23, 'due', 13],
    ],
  ],
  [
    'an answer long before the round trip is an answer nevertheless',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [5, 'due', 11],
      [15, 'packet', 11, 'late'],
      [20, 'packet', 14, 'new'],
      [20, 'due', 13],
    ],
  ],
  [
    'an answer shows nothing of packets overtaking each other',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [5, 'due', 11],
      [55, 'packet', 11, 'late'],
      [60, 'packet', 14, 'new'],
      [60, 'due', 13],
    ],
  ],
  [
    'no first request waits longer than 10 ms',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [45, 'packet', 11, 'late'],
      [50, 'packet', 14, 'new'],
      [59.9, 'due'],
      [60, 'due', 13],
    ],
  ],
  [
    'ten seconds without overtaking and the first request is at once again',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [9, 'packet', 11, 'late'],
      [10_009, 'packet', 14, 'new'],
      [10_009, 'due', 13],
    ],
  ],
  [
    'what is overtaken less makes the wait shorter, bit by bit',
    [
      [0, 'packet', 10, 'new'],
      [0, 'packet', 12, 'new'],
      [8, 'packet', 11, 'late'],
      [10, 'packet', 14, 'new'],
      [11, 'packet', 13, 'late'],
      [20, 'packet', 16, 'new'],
      [26.9, 'due'],
      [27, 'due', 15],
    ],
  ],
  [
    'nothing before a key frame is asked for',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [10, 'packet', 14, 'new'],
      [14, 'keyFrame', 11],
      [14, 'due', 11, 13],
      [15, 'keyFrame', 13],
      [64, 'due', 13],
      [65, 'keyFrame', 14],
      [200, 'due'],
    ],
  ],
  [
    'more missing than are tracked is hopeless until a key frame behind them',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 12, 'new'],
      [6, 'packet', 13 + MAX_MISSING, 'new'],
      [6, 'hopeless'],
      [6, 'due'],
      // What is lost from then on is asked for.
      [7, 'packet', 15 + MAX_MISSING, 'new'],
      [7, 'due', 14 + MAX_MISSING],
      [8, 'keyFrame', 12 + MAX_MISSING],
      [8, 'hopeless'],
      [8, 'keyFrame', 13 + MAX_MISSING],
      [8, 'hopeful'],
    ],
  ],
  [
    'a gap of all that can be tracked is asked for',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 11 + MAX_MISSING, 'new'],
      [5, 'due', ...Array.from({ length: MAX_MISSING }, (_, i) => 11 + i)],
      [5, 'hopeful'],
    ],
  ],
  [
    'a jump of 32,767 is a new beginning',
    [
      [0, 'packet', 10, 'new'],
      [5, 'packet', 32_777, 'new'],
      [5, 'hopeless'],
      [6, 'packet', 32_776, 'late'],
      [6, 'packet', 32_777, 'duplicate'],
      [6, 'packet', 28_681, 'duplicate'],
      [6, 'packet', 28_682, 'late'],
      [6, 'due'],
    ],
  ],
  [
    'what was received 4,096 packets ago does not count for the packet that takes its place',
    [
      [0, 'packet', 10, 'new'],
      [1, 'packet', 4105, 'new'],
      [1, 'packet', 10, 'duplicate'],
      [2, 'packet', 4107, 'new'],
      [2, 'due', 4106],
      [3, 'packet', 4106, 'late'],
      [3, 'packet', 4106, 'duplicate'],
    ],
  ],
  [
    'packets from before the first one are late, and nothing between is missing',
    [
      [0, 'packet', 10, 'new'],
      [1, 'packet', 5, 'late'],
      [1, 'packet', -3, 'late'],
      [1, 'due'],
    ],
  ],
];

for (const [name, steps] of SCENARIOS) {
  test(name, () => {
    const gaps = new ReceiveGaps();
    for (const step of steps) {
      const now = instant(START + step[0]);
      const what = `at ${step[0]} ms`;
      switch (step[1]) {
        case 'packet':
          assert.equal(gaps.received(now, step[2]), step[3], what);
          break;
        case 'due': {
          const expected = step.slice(2);
          if (expected.length > 0) assert.ok(gaps.nextDeadline() <= now, `${what}: the deadline says so`);
          const count = gaps.due(now, ROUND_TRIP_MS);
          assert.deepEqual([...gaps.requests.subarray(0, count)], expected, what);
          assert.ok(gaps.nextDeadline() > now, `${what}: the deadline is ahead`);
          break;
        }
        case 'keyFrame':
          gaps.forgetBefore(step[2]);
          break;
        default:
          assert.equal(gaps.isHopeless, step[1] === 'hopeless', what);
      }
    }
  });
}

/** Drives one loss by its deadlines alone; answers when, in ms after it was seen, it was asked for. */
function requestTimes(roundTripMs: number): number[] {
  const gaps = new ReceiveGaps();
  gaps.received(instant(START), 1);
  gaps.received(instant(START), 3);
  const times: number[] = [];
  for (let turns = 0; gaps.nextDeadline() !== NEVER; turns++) {
    assert.ok(turns < 100, 'deadlines never end');
    const now = gaps.nextDeadline();
    if (gaps.due(now, roundTripMs) > 0) times.push(now - START);
  }
  assert.equal(gaps.missingCount, 0);
  return times;
}

for (const [roundTripMs, requests, lastMs] of [
  // 20 ms at least from one to the next: 20 x (1.25^9 - 1) / 0.25 until the tenth.
  [0, 10, 516],
  [5, 10, 516],
  [20, 10, 516],
  [50, 9, 992],
  [100, 6, 821],
  [400, 3, 900],
  [2000, 1, 0],
] as const) {
  test(`with a round trip of ${roundTripMs} ms a packet is asked for ${requests} times in ${lastMs} ms`, () => {
    const times = requestTimes(roundTripMs);
    assert.equal(times.length, requests);
    assert.equal(Math.round(times.at(-1)!), lastMs);
  });
}

test('without anything missing there is no deadline', () => {
  const gaps = new ReceiveGaps();
  assert.equal(gaps.nextDeadline(), NEVER);
  gaps.received(instant(0), 5);
  gaps.received(instant(0), 6);
  assert.equal(gaps.nextDeadline(), NEVER);
  assert.equal(gaps.missingCount, 0);
});

test('every packet is new, late or a duplicate as a list of them says, and only what is missing is asked for', () => {
  const step = fc.record({
    skip: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, fc.integer({ min: -30, max: 30 }), fc.nat(200)),
    waitMs: fc.nat(30),
    keyFrame: fc.oneof({ weight: 12, arbitrary: fc.constant(false) }, fc.boolean()),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const gaps = new ReceiveGaps();
      const seen = new Set<number>();
      const requested = new Map<number, number>();
      let [sequence, highest, now, keyFrameAt] = [70_000, -Infinity, START, -Infinity];
      for (const { skip, waitMs, keyFrame } of steps) {
        sequence = Math.max(sequence, highest) + skip;
        now += waitMs;
        const expected = sequence > highest ? 'new' : seen.has(sequence) ? 'duplicate' : 'late';
        assert.equal(gaps.received(instant(now), sequence), expected);
        seen.add(sequence);
        highest = Math.max(highest, sequence);
        if (keyFrame) {
          keyFrameAt = sequence;
          gaps.forgetBefore(sequence);
        }
        const count = gaps.due(instant(now), 40);
        assert.ok(count <= gaps.missingCount && gaps.missingCount <= MAX_MISSING);
        for (let i = 0; i < count; i++) {
          const low = gaps.requests[i]!;
          const full = highest - ((highest - low) & 0xffff);
          assert.ok(!seen.has(full) && full < highest && full >= keyFrameAt, `${full} is not missing`);
          requested.set(full, (requested.get(full) ?? 0) + 1);
        }
        if (count > 1) assert.ok(((gaps.requests[count - 1]! - gaps.requests[0]!) & 0xffff) < 0x8000);
      }
      for (const [which, times] of requested) assert.ok(times <= 10, `${which} was asked for ${times} times`);
    }),
    { numRuns: 500 },
  );
});
