import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from './recording-visitor.test-support.js';
import { TransportFeedbackView } from './transport-feedback-view.js';

/** A whole packet from what follows the sources: base, count, time, chunks, arrival times, filled up to a word. */
function packetOf(body: string): Uint8Array {
  const content = bytesOf(`8fcd 0000 00000001 00000002 ${body}`);
  const packet = new Uint8Array((content.length + 3) & ~3);
  packet.set(content);
  packet[3] = packet.length / 4 - 1;
  return packet;
}

function parse(packet: Uint8Array): { view: TransportFeedbackView; isRead: boolean } {
  const bytes = new Uint8Array(packet.length + 30).fill(0xff);
  bytes.set(packet, 6);
  const view = new TransportFeedbackView();
  return { view, isRead: view.parse(bytes, 6, packet.length) };
}

/** Each status: the arrival in ms, or '-' for a packet that was not received. */
function statusesOf(view: TransportFeedbackView): (number | '-')[] {
  const statuses: (number | '-')[] = [];
  let expected = view.baseSequence;
  while (view.next()) {
    assert.equal(view.sequenceNumber, expected);
    expected = (expected + 1) & 0xffff;
    statuses.push(view.isReceived ? view.arrivalMs : '-');
  }
  assert.equal(statuses.length, view.statusCount);
  assert.equal(view.next(), false, 'the end stays the end');
  return statuses;
}

/** Reference time is 2 (128 ms) and the feedback count 7 in all of them. */
const READ: readonly (readonly [string, string, readonly (number | '-')[]])[] = [
  ['a run of small deltas', '0001 0003 00000207 2003 04 00 ff', [129, 129, 192.75]],
  ['a run of large deltas', '0001 0003 00000207 4003 0100 8000 7fff', [192, -8000, 191.75]],
  ['a run of lost packets', '0001 0003 00000207 0003', ['-', '-', '-']],
  ['a run longer than the statuses', '0001 0002 00000207 3fff 04 04', [129, 130]],
  ['a one-bit vector', '0001 000e 00000207 a001 04 08', [129, ...Array<'-'>(12).fill('-'), 131]],
  ['a one-bit vector of nothing', '0001 000e 00000207 8000', Array<'-'>(14).fill('-')],
  ['a one-bit vector of three', '0001 0003 00000207 a800 04 04', [129, '-', 130]],
  ['a two-bit vector', '0001 0007 00000207 d801 04 fffc 04', [129, 128, '-', '-', '-', '-', 129]],
  ['a two-bit vector of two', '0001 0002 00000207 d800 04 0004', [129, 130]],
  [
    'all kinds of chunks across the wrap-around',
    'fffe 0012 00000207 0002 d000 2002 d400 08 04 04 04 04',
    // Two lost, a vector of seven, a run of two, a vector of seven.
    ['-', '-', 130, '-', '-', '-', '-', '-', '-', 131, 132, 133, 134, '-', '-', '-', '-', '-'],
  ],
  ['what lies behind the last status is no status', '0001 0001 00000207 dfff 04', [129]],
];

for (const [name, body, statuses] of READ) {
  test(`read: ${name}`, () => {
    const { view, isRead } = parse(packetOf(body));
    assert.ok(isRead);
    assert.equal(view.senderSsrc, 1);
    assert.equal(view.mediaSsrc, 2);
    assert.equal(view.referenceTimeMs, 128);
    assert.equal(view.feedbackCount, 7);
    assert.deepEqual(statusesOf(view), statuses);
  });
}

for (const [time, referenceTimeMs] of [
  ['00000007', 0],
  ['00000107', 64],
  ['7fffff07', 0x7fffff * 64],
  ['80000007', -0x800000 * 64],
  ['ffffff07', -64],
] as const) {
  test(`the reference time ${time} is ${referenceTimeMs} ms`, () => {
    const { view, isRead } = parse(packetOf(`0001 0001 ${time} 2001 01`));
    assert.ok(isRead);
    assert.equal(view.referenceTimeMs, referenceTimeMs);
    assert.deepEqual(statusesOf(view), [referenceTimeMs + 0.25]);
  });
}

test('8,191 lost packets in one chunk, 65,535 in nine', () => {
  const { view } = parse(packetOf('0001 1fff 00000207 1fff'));
  assert.deepEqual(statusesOf(view), Array(8191).fill('-'));
  const { view: most, isRead } = parse(packetOf(`0001 ffff 00000207 ${'1fff'.repeat(8)} 0007`));
  assert.ok(isRead);
  assert.equal(statusesOf(most).length, 65_535);
});

const MALFORMED: readonly (readonly [string, Uint8Array])[] = [
  ['no statuses', packetOf('0001 0000 00000207 2001 01')],
  ['no chunk', packetOf('0001 0001 00000207')],
  ['fewer chunks than statuses', packetOf('0001 000f 00000207 8000')],
  ['fewer whole chunks than statuses', packetOf('0001 001d 00000207 8000 8000')],
  ['a run of nothing', packetOf('0001 0001 00000207 2000 2001 01')],
  ['fewer arrival times than packets received', packetOf('0001 0003 00000207 2003 04 04').subarray(0, 24)],
  ['an arrival time with one octet of two', packetOf('0001 0002 00000207 d800 04 00').subarray(0, 24)],
  ['a run of the unknown symbol', packetOf('0001 0001 00000207 6001 0000')],
  ['the unknown symbol in a vector', packetOf('0001 0007 00000207 d003 0000')],
  ['the unknown symbol first in a vector', packetOf('0001 0001 00000207 f000 0000')],
  ['65,535 packets received and no time', packetOf(`0001 ffff 00000207 ${'3fff'.repeat(9)}`)],
];

for (const [name, packet] of MALFORMED) {
  test(`malformed: ${name}`, () => {
    packet[3] = packet.length / 4 - 1;
    const { view, isRead } = parse(packet);
    assert.equal(isRead, false);
    assert.equal(view.next(), false);
  });
}

test('arrival times never reach into the padding', () => {
  const packet = bytesOf('afcd 0006 00000001 00000002 0001 0003 00000207 2003 04 08 0c 000003');
  assert.deepEqual(statusesOf(parse(packet).view), [129, 131, 134]);
  packet[packet.length - 1] = 4;
  assert.equal(parse(packet).isRead, false);
  packet[packet.length - 1] = 25;
  assert.equal(parse(packet).isRead, false);
});

test('other packets and other lengths are refused', () => {
  const packet = packetOf('0001 0003 00000207 2003 04 00 ff');
  for (const [at, value] of [
    [0, 0x8e],
    [0, 0x4f],
    [1, 206],
    [3, packet[3]! + 1],
    [3, packet[3]! - 1],
  ] as const) {
    const changed = packet.slice();
    changed[at] = value;
    assert.equal(parse(changed).isRead, false, `octet ${at} is ${value}`);
  }
  const view = new TransportFeedbackView();
  assert.equal(view.parse(packet, 0, packet.length), true);
  assert.equal(view.parse(packet, 4, packet.length), false);
  assert.equal(view.parse(packet, -1, packet.length), false);
  for (let length = 0; length < packet.length; length++) {
    assert.equal(view.parse(packet.slice(0, length), 0, length), false);
  }
});

test('a view that refused a packet shows nothing of the one before', () => {
  const view = new TransportFeedbackView();
  const packet = packetOf('0001 0003 00000207 2003 04 00 ff');
  assert.ok(view.parse(packet, 0, packet.length));
  assert.ok(view.next());
  assert.equal(view.parse(packet, 0, 8), false);
  assert.equal(view.next(), false);
});
