import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instant } from '../time/instant.js';
import { TransportFeedbackView } from './transport-feedback-view.js';
import { MAX_UNREPORTED, TransportFeedbackRecorder } from './transport-feedback-writer.js';

const OFFSET = 3;

/** One feedback packet: its first number, its statuses in runs of letters, its length and what arrived when. */
interface Feedback {
  readonly base: number;
  readonly count: number;
  readonly length: number;
  readonly feedbackCount: number;
  readonly arrivals: readonly (readonly [sequenceNumber: number, arrivalMs: number])[];
}

/** The next packet that the recorder writes, checked for staying in its capacity; undefined when there is none. */
function writeOne(recorder: TransportFeedbackRecorder, now: number, capacity = 1200): Feedback | undefined {
  const bytes = new Uint8Array(OFFSET + 1500).fill(0xee);
  const length = recorder.write(instant(now), 1, 2, bytes, OFFSET, capacity);
  if (length === 0) return undefined;
  assert.ok(length <= capacity && length % 4 === 0, `${length} octets`);
  assert.ok(bytes.subarray(OFFSET + length + 4).every((octet) => octet === 0xee));
  const view = new TransportFeedbackView();
  assert.ok(
    view.parse(bytes, OFFSET, length),
    Buffer.from(bytes.subarray(OFFSET, OFFSET + length)).toString('hex'),
  );
  assert.deepEqual([view.senderSsrc, view.mediaSsrc], [1, 2]);
  const arrivals: [number, number][] = [];
  while (view.next()) if (view.isReceived) arrivals.push([view.sequenceNumber, view.arrivalMs]);
  const { baseSequence: base, statusCount: count, feedbackCount } = view;
  return { base, count, length, feedbackCount, arrivals };
}

function writeAll(recorder: TransportFeedbackRecorder, now: number, capacity = 1200): Feedback[] {
  const all: Feedback[] = [];
  for (let one; (one = writeOne(recorder, now, capacity)) !== undefined; all.push(one)) {
    assert.ok(all.length < 5000, 'writing never ends');
  }
  return all;
}

function recorded(
  arrivals: readonly (readonly [sequenceNumber: number, now: number])[],
): TransportFeedbackRecorder {
  const recorder = new TransportFeedbackRecorder();
  for (const [sequenceNumber, now] of arrivals) recorder.arrived(instant(now), sequenceNumber);
  return recorder;
}

/** Arrivals and what one feedback packet says of them: first number, number of statuses, octets. */
const SINGLE: readonly (readonly [string, readonly (readonly [number, number])[], number, number, number])[] =
  [
    ['one packet', [[7, 100]], 7, 1, 24],
    [
      'two in a row',
      [
        [7, 100],
        [8, 101.25],
      ],
      7,
      2,
      24,
    ],
    [
      'one lost between',
      [
        [7, 100],
        [9, 101],
      ],
      7,
      3,
      24,
    ],
    [
      'across the wrap-around',
      [
        [65_534, 100],
        [65_535, 101],
        [1, 102],
      ],
      65_534,
      4,
      28,
    ],
    [
      'in the wrong order',
      [
        [7, 100],
        [9, 101],
        [8, 102],
      ],
      7,
      3,
      28,
    ],
    [
      'twice',
      [
        [7, 100],
        [8, 101],
        [8, 102],
        [7, 103],
      ],
      7,
      2,
      24,
    ],
    [
      '200 ms apart',
      [
        [7, 100],
        [8, 300],
      ],
      7,
      2,
      28,
    ],
    [
      '4.5 s apart',
      [
        [7, 4000],
        [8, 8500],
        [9, 8500],
      ],
      7,
      3,
      28,
    ],
    [
      '63.75 ms apart',
      [
        [7, 100],
        [8, 163.75],
      ],
      7,
      2,
      24,
    ],
    [
      '64 ms apart',
      [
        [7, 100],
        [8, 164],
      ],
      7,
      2,
      28,
    ],
    [
      '0.25 ms in the wrong order',
      [
        [7, 100],
        [9, 101],
        [8, 101.25],
      ],
      7,
      3,
      28,
    ],
    ['every second one lost', Array.from({ length: 14 }, (_, i) => [7 + 2 * i, 100 + i] as const), 7, 27, 40],
    [
      'a gap of thousands',
      [
        [7, 100],
        [30_007, 101],
      ],
      7,
      30_001,
      36,
    ],
    [
      'a long gap after many',
      [...Array.from({ length: 20 }, (_, i) => [i, i] as const), [5000, 25]],
      0,
      5001,
      48,
    ],
  ];

for (const [name, arrivals, base, count, length] of SINGLE) {
  test(`one packet reports: ${name}`, () => {
    const recorder = recorded(arrivals);
    const now = arrivals.at(-1)![1];
    const feedback = writeOne(recorder, now)!;
    const first = new Map<number, number>();
    for (const [sequenceNumber, now] of arrivals)
      if (!first.has(sequenceNumber)) first.set(sequenceNumber, now);
    assert.deepEqual(new Map(feedback.arrivals), first);
    assert.deepEqual([feedback.base, feedback.count, feedback.length], [base, count, length]);
    assert.equal(recorder.unreportedCount, 0);
    assert.equal(writeOne(recorder, now), undefined);
  });
}

test('before anything arrives there is nothing to say', () => {
  assert.equal(writeOne(new TransportFeedbackRecorder(), 0), undefined);
});

test('the next packet goes on where the last one ended and counts one more, modulo 256', () => {
  const recorder = new TransportFeedbackRecorder();
  for (let i = 0; i < 600; i++) {
    recorder.arrived(instant(i * 10), i * 3);
    const feedback = writeOne(recorder, i * 10)!;
    assert.equal(feedback.feedbackCount, i & 0xff);
    assert.equal(feedback.base, i === 0 ? 0 : i * 3 - 2, 'what was lost since the last one is reported');
    assert.deepEqual(feedback.arrivals, [[i * 3, i * 10]]);
  }
});

test('every packet of three rounds of the numbers is reported', () => {
  const recorder = new TransportFeedbackRecorder();
  let reported = 0;
  for (let i = 0; i < 200_000; i++) {
    recorder.arrived(instant(i), i & 0xffff);
    if (i % 500 !== 499) continue;
    const [feedback, ...others] = writeAll(recorder, i);
    assert.deepEqual([feedback!.base, feedback!.count, others.length], [(i - 499) & 0xffff, 500, 0]);
    reported += feedback!.arrivals.length;
  }
  assert.equal(reported, 200_000);
});

test('a packet that comes after it was reported lost is reported alone, and nothing is said twice', () => {
  const recorder = recorded([
    [10, 100],
    [13, 101],
  ]);
  assert.equal(writeAll(recorder, 101).length, 1);
  for (const sequenceNumber of [14, 12, 11, 8]) recorder.arrived(instant(150), sequenceNumber);
  const reports = writeAll(recorder, 150).map(({ base, count, arrivals }) => [base, count, arrivals.length]);
  assert.deepEqual(reports, [
    [8, 1, 1],
    [11, 2, 2],
    [14, 1, 1],
  ]);
});

test('packets from before the first one are reported', () => {
  const recorder = recorded([
    [2, 100],
    [65_535, 101],
    [0, 102],
    [1, 103],
  ]);
  const reports = writeAll(recorder, 150).map(({ base, count }) => [base, count]);
  assert.deepEqual(reports, [
    [65_535, 3],
    [2, 1],
  ]);
});

test('more than 8.19 s between two packets ends the feedback packet', () => {
  const recorder = recorded([
    [1, 1000],
    [2, 1000 + 8191.75],
    [3, 1000 + 2 * 8191.75 + 0.25],
  ]);
  // The first arrivals count as old by now; look from a time when they were not.
  const reports = writeAll(recorder, 1000).map(({ arrivals }) =>
    arrivals.map(([sequenceNumber]) => sequenceNumber),
  );
  assert.deepEqual(reports, [[1, 2], [3]]);
});

test('8,192 ms before the one in front is just in reach', () => {
  const near = recorded([
    [1, 10_000],
    [2, 1808],
  ]);
  assert.deepEqual(writeOne(near, 1808)!.arrivals, [
    [1, 10_000],
    [2, 1808],
  ]);
  const far = recorded([
    [1, 10_000],
    [2, 1807.75],
  ]);
  assert.deepEqual(
    writeAll(far, 1808).map(({ base }) => base),
    [1, 2],
  );
});

test('what arrived more than 5 s ago is not reported any more, nor called lost', () => {
  const recorder = recorded([
    [1, 1000],
    [2, 1001],
    [4, 6000],
  ]);
  const feedback = writeOne(recorder, 6000.5)!;
  assert.deepEqual([feedback.base, feedback.count], [2, 3]);
  const later = recorded([
    [1, 1000],
    [2, 1001],
    [4, 6000],
  ]);
  assert.deepEqual([writeOne(later, 6002)!.base, writeOne(later, 6002)], [3, undefined]);
});

test('of more arrivals than are kept the oldest are forgotten', () => {
  const recorder = new TransportFeedbackRecorder();
  for (let i = 0; i < MAX_UNREPORTED + 10; i++) recorder.arrived(instant(i / 10), i);
  assert.equal(recorder.unreportedCount, MAX_UNREPORTED);
  recorder.arrived(instant(200), 3);
  assert.equal(recorder.unreportedCount, MAX_UNREPORTED);
  const reports = writeAll(recorder, 200);
  assert.equal(reports[0]!.base, 10);
  assert.equal(
    reports.reduce((sum, { count }) => sum + count, 0),
    MAX_UNREPORTED,
  );
});

test('a thousand packets received need little more than an octet each', () => {
  const recorder = new TransportFeedbackRecorder();
  for (let i = 0; i < 1000; i++) recorder.arrived(instant(i), i);
  assert.equal(writeOne(recorder, 1000)!.length, 20 + 2 + 1000 + 2);
});

test('without room for one arrival nothing is written, and nothing is forgotten', () => {
  const recorder = recorded([[7, 100]]);
  for (let capacity = 0; capacity < 24; capacity++)
    assert.equal(writeOne(recorder, 100, capacity), undefined);
  assert.deepEqual(writeOne(recorder, 100, 24)!.arrivals, [[7, 100]]);
});

test('the last octet of the capacity is used', () => {
  assert.equal(
    writeOne(
      recorded([
        [7, 100],
        [8, 101],
      ]),
      101,
      24,
    )!.count,
    2,
  );
  assert.equal(
    writeOne(
      recorded([
        [7, 100],
        [9, 101],
      ]),
      101,
      24,
    )!.count,
    3,
  );
  assert.equal(
    writeOne(
      recorded([
        [7, 100],
        [8, 101],
        [9, 102],
      ]),
      102,
      24,
    )!.count,
    2,
  );
  assert.equal(
    writeOne(
      recorded([
        [7, 100],
        [9, 101],
        [11, 102],
      ]),
      102,
      27,
    )!.count,
    4,
  );
});

test('a sender that jumps about is reported within bounds', () => {
  const recorder = new TransportFeedbackRecorder();
  let octets = 0;
  for (let i = 0; i < 1000; i++) {
    recorder.arrived(instant(i), (i * 32_767) & 0xffff);
    if (i % 100 === 99) for (const { length } of writeAll(recorder, i)) octets += length;
  }
  assert.ok(octets <= 1000 * 36, `${octets} octets`);
  assert.equal(recorder.unreportedCount, 0);
});

/** Steps of a sender and of the road: what the next number and the next arrival differ by. */
const step = fc.record({
  skip: fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, fc.integer({ min: -20, max: 40 }), fc.nat(9000)),
  waitMs: fc.oneof({ weight: 8, arbitrary: fc.nat(20) }, fc.double({ min: 0, max: 400, noNaN: true })),
  write: fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, fc.integer({ min: 28, max: 1400 })),
});

test('every packet that arrived is reported once, with its time, whatever was lost, late or cut', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 400 }),
      fc.nat(0xffff),
      fc.nat(1e6),
      (steps, firstSequence, start) => {
        const recorder = new TransportFeedbackRecorder();
        const arrived = new Map<number, number>();
        const reported = new Map<number, number>();
        let [sequence, now] = [firstSequence, start];
        const report = (capacity: number): void => {
          for (const { arrivals } of writeAll(recorder, now, capacity)) {
            for (const [sequenceNumber, arrivalMs] of arrivals) {
              assert.ok(!reported.has(sequenceNumber), `${sequenceNumber} is reported twice`);
              reported.set(sequenceNumber, arrivalMs);
            }
          }
        };
        for (const { skip, waitMs, write } of steps) {
          sequence += skip;
          now += waitMs;
          const sequenceNumber = sequence & 0xffff;
          // Within one test a number is used once: the wire has only 16 bits.
          if (!arrived.has(sequenceNumber)) {
            arrived.set(sequenceNumber, Math.round(now * 4) / 4);
            recorder.arrived(instant(now), sequenceNumber);
          }
          if (write > 0 || recorder.unreportedCount > 200) report(Math.max(write, 28));
        }
        report(1200);
        assert.deepEqual(reported, arrived);
      },
    ),
    { numRuns: 400 },
  );
});
