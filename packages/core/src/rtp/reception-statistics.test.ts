import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RtcpWriter } from '../rtcp/rtcp-writer.js';
import { visitsOf } from '../rtcp/recording-visitor.test-support.js';
import { instant } from '../time/instant.js';
import { roundTripMs } from './ntp.js';
import { ReceptionStatistics } from './reception-statistics.js';

const CLOCK_RATE = 90_000;

interface Block {
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  readonly highest: number;
  readonly jitter: number;
  readonly lastSenderReport: number;
  readonly delay: number;
}

/** The block that a report has now; undefined when nothing was written. */
function blockOf(statistics: ReceptionStatistics, now: number): Block | undefined {
  const bytes = new Uint8Array(100);
  const writer = new RtcpWriter();
  writer.start(bytes, 0, bytes.length);
  writer.receiverReport(1);
  if (!statistics.writeBlock(instant(now), writer)) {
    assert.equal(writer.length, 8);
    return undefined;
  }
  const [visit] = visitsOf(bytes.slice(0, writer.length)).visits;
  const [name, reporter, ssrc, fractionLost, cumulativeLost, highest, jitter, lastSenderReport, delay] =
    visit!;
  assert.deepEqual([name, reporter, ssrc], ['receptionReport', 1, 77]);
  return {
    fractionLost: fractionLost!,
    cumulativeLost: cumulativeLost!,
    highest: highest!,
    jitter: jitter!,
    lastSenderReport: lastSenderReport!,
    delay: delay!,
  };
}

function receive(statistics: ReceptionStatistics, sequences: readonly number[], now = 0): void {
  for (const sequence of sequences) statistics.received(instant(now), sequence & 0xffff, 0, CLOCK_RATE);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Sequence numbers of each interval, then fraction lost (of 256), lost in all, and the highest, in its report. */
const SCENARIOS: readonly (readonly [
  string,
  readonly (readonly [sequences: readonly number[], fraction: number, lost: number, highest: number])[],
])[] = [
  ['one packet', [[[9], 0, 0, 9]]],
  [
    'no loss',
    [
      [range(1, 100), 0, 0, 100],
      [range(101, 200), 0, 0, 200],
    ],
  ],
  [
    'a quarter lost',
    [
      [[0, 1, 3], 64, 1, 3],
      [[4, 5, 7], 64, 2, 7],
      [[8, 9, 10, 11], 0, 2, 11],
    ],
  ],
  ['nearly all lost', [[[0, 2999], 255, 2998, 2999]]],
  [
    'across the wrap-around',
    [
      [range(65_530, 65_540), 0, 0, 65_540],
      [[65_542], 128, 1, 65_542],
    ],
  ],
  ['twice across the wrap-around', [[range(65_000, 196_700), 0, 0, 196_700]]],
  ['a late packet is not lost', [[[0, 2, 1, 3], 0, 0, 3]]],
  [
    'a late packet of the interval before',
    [
      [[0, 2], 85, 1, 2],
      [[1, 3], 0, 0, 3],
    ],
  ],
  [
    'duplicates make loss negative',
    [
      [[0, 1, 1, 1], 0, -2, 1],
      [[2, 4], 85, -1, 4],
    ],
  ],
  ['before the first one, across the wrap-around', [[[0, 65_535, 1], 0, -1, 1]]],
  ['one stray packet far off does not count', [[[...range(0, 9), 5000, 10, 11], 0, 0, 11]]],
  ['two in a row far off are a sender that began anew', [[[...range(0, 9), 5000, 5001, 5002], 0, 0, 5002]]],
  ['two in a row far behind, too', [[[...range(6000, 6009), 20, 21, 22, 23], 0, 0, 23]]],
];

for (const [name, intervals] of SCENARIOS) {
  test(`loss in reports: ${name}`, () => {
    const statistics = new ReceptionStatistics(77);
    for (const [sequences, fractionLost, cumulativeLost, highest] of intervals) {
      receive(statistics, sequences);
      const block = blockOf(statistics, 0)!;
      assert.deepEqual(
        [block.fractionLost, block.cumulativeLost, block.highest],
        [fractionLost, cumulativeLost, highest],
      );
      assert.equal(statistics.cumulativeLost, cumulativeLost);
    }
  });
}

test('a packet 100 behind is late, one 101 behind is of another sequence', () => {
  const statistics = new ReceptionStatistics(77);
  receive(statistics, [1000, 900]);
  assert.equal(statistics.packetsReceived, 2);
  receive(statistics, [899]);
  assert.equal(statistics.packetsReceived, 2);
  receive(statistics, [3999]);
  assert.equal(statistics.extendedHighestSequence, 3999);
  receive(statistics, [6999]);
  assert.equal(statistics.extendedHighestSequence, 3999);
});

test('a sender that began anew has neither loss nor jitter of before', () => {
  const statistics = new ReceptionStatistics(77);
  for (const [now, sequence] of [
    [0, 0],
    [50, 3],
    [90, 9],
  ] as const) {
    statistics.received(instant(now), sequence, sequence, CLOCK_RATE);
  }
  assert.equal(blockOf(statistics, 90)!.cumulativeLost, 7);
  receive(statistics, [20_000, 20_001], 100);
  assert.equal(statistics.jitter, 0);
  receive(statistics, [20_003, 20_004], 100);
  const { fractionLost, cumulativeLost } = blockOf(statistics, 100)!;
  assert.deepEqual([fractionLost, cumulativeLost], [64, 1]);
});

test('loss beyond 24 bits is told as what fits', () => {
  const statistics = new ReceptionStatistics(77);
  for (let sequence = 0; sequence < 2 ** 23 + 9000; sequence += 2900) receive(statistics, [sequence]);
  assert.ok(statistics.cumulativeLost > 0x7fffff);
  assert.equal(blockOf(statistics, 0)!.cumulativeLost, 0x7fffff);
});

test('a stream of which nothing was heard since the last report has no block', () => {
  const statistics = new ReceptionStatistics(77);
  assert.equal(blockOf(statistics, 0), undefined);
  assert.equal(statistics.cumulativeLost, 0);
  statistics.senderReport(instant(0), 1, 2);
  assert.equal(blockOf(statistics, 0), undefined, 'no packet was ever received');
  receive(statistics, [1]);
  assert.notEqual(blockOf(statistics, 0), undefined);
  assert.equal(blockOf(statistics, 1000), undefined);
  statistics.senderReport(instant(1000), 1, 2);
  assert.notEqual(blockOf(statistics, 1000), undefined);
});

test('without room the interval goes on', () => {
  const statistics = new ReceptionStatistics(77);
  receive(statistics, [0, 3]);
  const writer = new RtcpWriter();
  writer.start(new Uint8Array(31), 0, 31);
  writer.receiverReport(1);
  assert.equal(statistics.writeBlock(instant(0), writer), false);
  receive(statistics, [4, 5, 6, 7]);
  assert.equal(blockOf(statistics, 0)!.fractionLost, 64);
});

test('the last sender report and the delay since then give the sender its round trip', () => {
  const statistics = new ReceptionStatistics(77);
  receive(statistics, [1]);
  assert.deepEqual([blockOf(statistics, 5000)!.lastSenderReport], [0]);
  statistics.senderReport(instant(5000), 0xb44d_b705, 0x2000_0000);
  const block = blockOf(statistics, 5000 + 5250)!;
  assert.equal(block.lastSenderReport, 0xb705_2000);
  assert.equal(block.delay, 0x0005_4000);
  assert.equal(roundTripMs(0xb710_8000, block.lastSenderReport, block.delay), 6125);
});

test('packets as evenly spaced as their timestamps have no jitter, also across the wrap-around of both', () => {
  const statistics = new ReceptionStatistics(77);
  for (let i = 0; i < 300; i++) {
    const timestamp = (2 ** 32 - 100_000 + i * 1800) >>> 0;
    statistics.received(instant(1000.5 + i * 20), (65_500 + i) & 0xffff, timestamp, CLOCK_RATE);
  }
  assert.equal(statistics.jitter, 0);
});

test('jitter follows a sixteenth of each difference', () => {
  const statistics = new ReceptionStatistics(77);
  const arrivals = [0, 20, 50, 60, 80];
  arrivals.forEach((at, i) => statistics.received(instant(at), i, i * 1800, CLOCK_RATE));
  // Differences of 0, 10, 10 and 0 ms: 0, 900, 900 and 0 in units of the clock.
  let expected = 0;
  for (const difference of [0, 900, 900, 0]) expected += (difference - expected) / 16;
  assert.ok(Math.abs(statistics.jitter - expected) < 1e-6, `${statistics.jitter}`);
  assert.equal(blockOf(statistics, 80)!.jitter, Math.floor(expected));
});

test('steady jitter of 5 ms is measured as such', () => {
  const statistics = new ReceptionStatistics(77);
  for (let i = 0; i < 500; i++) {
    statistics.received(instant(i * 20 + (i % 2) * 5), i, i * 960, 48_000);
  }
  assert.ok(Math.abs(statistics.jitter - 240) < 1, `${statistics.jitter}`);
});

test('between payload types of different clock rates no difference is taken', () => {
  const statistics = new ReceptionStatistics(77);
  statistics.received(instant(0), 0, 0, 48_000);
  statistics.received(instant(20), 1, 4_000_000_000, 90_000);
  statistics.received(instant(40), 2, 4_000_001_800, 90_000);
  assert.equal(statistics.jitter, 0);
});
