import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { visitsOf, type Visit } from './recording-visitor.test-support.js';
import { MAX_REPORT_BLOCKS, RtcpWriter } from './rtcp-writer.js';

const OFFSET = 3;

/** What `write` wrote, and what it answered. */
function written(
  write: (writer: RtcpWriter) => boolean,
  capacity = 1500,
): { packet: Uint8Array; answer: boolean } {
  const bytes = new Uint8Array(OFFSET + 1600).fill(0xee);
  const writer = new RtcpWriter();
  writer.start(bytes, OFFSET, capacity);
  const answer = write(writer);
  assert.ok(bytes.subarray(0, OFFSET).every((octet) => octet === 0xee));
  assert.ok(
    bytes.subarray(OFFSET + capacity).every((octet) => octet === 0xee),
    'written beyond the capacity',
  );
  return { packet: bytes.slice(OFFSET, OFFSET + writer.length), answer };
}

function hexOf(write: (writer: RtcpWriter) => boolean): string {
  const { packet, answer } = written(write);
  assert.equal(answer, true);
  return Buffer.from(packet).toString('hex');
}

test('an empty receiver report', () => {
  assert.equal(
    hexOf((w) => w.receiverReport(0xffff_fffe)),
    '80c90001fffffffe',
  );
});

for (const [cname, hex] of [
  ['', '81ca0002000000010100' + '0000'],
  ['a', '81ca0002000000010101' + '6100'],
  ['ab', '81ca0003000000010102' + '61620000' + '0000'],
  ['é', '81ca0003000000010102' + 'c3a90000' + '0000'],
  ['abcde', '81ca0003000000010105' + '6162636465' + '00'],
  ['abcdef', '81ca0004000000010106' + '616263646566' + '00000000'],
] as const) {
  test(`the canonical name '${cname}' ends with a zero and fills whole words`, () => {
    assert.equal(
      hexOf((w) => w.sourceDescription(1, cname)),
      hex,
    );
  });
}

test('a canonical name has at most 255 octets', () => {
  assert.equal(written((w) => w.sourceDescription(1, 'é'.repeat(128))).answer, false);
  assert.equal(written((w) => w.sourceDescription(1, 'x' + 'é'.repeat(127))).packet.length, 8 + 2 + 255 + 3);
});

for (const [name, sequences, visits] of [
  ['one', [7], [[7, 0]]],
  ['the 17 of one entry', Array.from({ length: 17 }, (_, i) => 100 + i), [[100, 0xffff]]],
  [
    'one more than an entry holds',
    [100, 117],
    [
      [100, 0],
      [117, 0],
    ],
  ],
  ['across the wrap-around', [65_534, 65_535, 0, 14], [[65_534, 0x8003]]],
  ['some twice', [5, 5, 6, 6], [[5, 1]]],
  [
    'descending',
    [9, 8],
    [
      [9, 0],
      [8, 0],
    ],
  ],
] as const) {
  test(`sequence numbers asked for again: ${name}`, () => {
    const { packet } = written((w) => w.nack(1, 2, Uint16Array.from([...sequences, 999]), sequences.length));
    const expected = visits.map(([packetId, bitmask]): Visit => ['nack', 1, 2, packetId, bitmask]);
    assert.deepEqual(visitsOf(packet), { isRead: true, visits: expected });
  });
}

test('with nothing to ask for nothing is written', () => {
  const { packet, answer } = written((w) => w.nack(1, 2, new Uint16Array(4), 0));
  assert.deepEqual([packet.length, answer], [0, true]);
});

test('any ascending list of sequence numbers is asked for, each once', () => {
  const lists = fc.uniqueArray(fc.nat(0x7fff), { maxLength: 256, minLength: 1 });
  fc.assert(
    fc.property(lists, fc.nat(0xffff), (list, start) => {
      const wanted = list.sort((a, b) => a - b).map((n) => (n + start) & 0xffff);
      const { packet, answer } = written((w) => w.nack(1, 2, Uint16Array.from(wanted), wanted.length));
      assert.ok(answer);
      const asked: number[] = [];
      for (const [, , , packetId, bitmask] of visitsOf(packet).visits) {
        asked.push(packetId!);
        for (let i = 0; i < 16; i++) if ((bitmask! >> i) & 1) asked.push((packetId! + 1 + i) & 0xffff);
      }
      assert.deepEqual(asked, wanted);
    }),
  );
});

for (const [bitrateBps, told] of [
  [0, 0],
  [1, 1],
  [262_143, 262_143],
  [262_145, 262_144],
  [2_500_000, 2_500_000],
  [2_500_001, 2_500_000],
  [30_000.9, 30_000],
  [2 ** 52, 2 ** 52],
] as const) {
  test(`an estimate of ${bitrateBps} is told as ${told}`, () => {
    const ssrcs = Uint32Array.of(5, 0xffff_ffff, 6);
    const { packet } = written((w) => w.receiverEstimatedMaximumBitrate(1, bitrateBps, ssrcs, 2));
    assert.deepEqual(visitsOf(packet).visits, [['receiverEstimatedMaximumBitrate', 1, told]]);
    assert.equal(Buffer.from(packet.subarray(20)).toString('hex'), '00000005ffffffff');
  });
}

test('blocks are added to the report written last, and to nothing else', () => {
  const { packet } = written((w) => {
    assert.equal(w.reportBlock(9, 0, 0, 0, 0, 0, 0), false, 'no report');
    assert.ok(w.receiverReport(1));
    assert.ok(w.reportBlock(2, 3, -4, 5, 6, 7, 8));
    assert.ok(w.senderReport(11, 12, 13, 14, 15, 16));
    assert.ok(w.reportBlock(21, 255, 0x7fffff, 2 ** 32 - 1, 26, 27, 28));
    assert.ok(w.pictureLossIndication(1, 2));
    assert.equal(w.reportBlock(9, 0, 0, 0, 0, 0, 0), false, 'something else was written since');
    return w.bye(1);
  });
  assert.deepEqual(visitsOf(packet), {
    isRead: true,
    visits: [
      ['receptionReport', 1, 2, 3, -4, 5, 6, 7, 8],
      ['senderReport', 11, 12, 13, 14, 15, 16],
      ['receptionReport', 11, 21, 255, 0x7fffff, 2 ** 32 - 1, 26, 27, 28],
      ['pictureLossIndication', 1, 2],
      ['bye', 1],
    ],
  });
});

test('a report takes 31 blocks and the next one more', () => {
  const { packet } = written((w) => {
    w.receiverReport(1);
    for (let i = 0; i < MAX_REPORT_BLOCKS; i++) assert.ok(w.reportBlock(i, 0, 0, 0, 0, 0, 0));
    assert.equal(w.reportBlock(99, 0, 0, 0, 0, 0, 0), false);
    w.receiverReport(1);
    return w.reportBlock(99, 0, 0, 0, 0, 0, 0);
  });
  const { isRead, visits } = visitsOf(packet);
  assert.ok(isRead);
  assert.deepEqual(
    visits.map((visit) => visit[2]),
    [...Array.from({ length: 31 }, (_, i) => i), 99],
  );
});

const ADDITIONS: readonly (readonly [string, number, (writer: RtcpWriter) => boolean])[] = [
  ['senderReport', 28, (w) => w.senderReport(1, 2, 3, 4, 5, 6)],
  ['receiverReport', 8, (w) => w.receiverReport(1)],
  ['receiverReport with a block', 32, (w) => w.receiverReport(1) && w.reportBlock(1, 2, 3, 4, 5, 6, 7)],
  ['sourceDescription', 16, (w) => w.sourceDescription(1, 'abcd')],
  ['nack', 20, (w) => w.nack(1, 2, Uint16Array.of(1, 100), 2)],
  ['pictureLossIndication', 12, (w) => w.pictureLossIndication(1, 2)],
  ['fullIntraRequest', 20, (w) => w.fullIntraRequest(1, 2, 3)],
  [
    'receiverEstimatedMaximumBitrate',
    24,
    (w) => w.receiverEstimatedMaximumBitrate(1, 1e6, Uint32Array.of(1), 1),
  ],
  ['bye', 8, (w) => w.bye(1)],
];

for (const [name, length, add] of ADDITIONS) {
  test(`${name} needs ${length} octets and is not begun without them`, () => {
    assert.equal(written(add, length).answer, true);
    for (let room = 0; room < length; room++) {
      const { packet, answer } = written((w) => w.pictureLossIndication(8, 9) && add(w), 12 + room);
      assert.equal(answer, false, `with room for ${room}`);
      const { isRead, visits } = visitsOf(packet);
      assert.ok(isRead);
      assert.deepEqual(visits[0], ['pictureLossIndication', 8, 9]);
    }
  });
}

test('a new start forgets the report before', () => {
  const bytes = new Uint8Array(100);
  const writer = new RtcpWriter();
  writer.start(bytes, 0, 100);
  assert.ok(writer.receiverReport(1) && writer.reportBlock(1, 2, 3, 4, 5, 6, 7));
  writer.start(bytes, 50, 50);
  assert.equal(writer.reportBlock(1, 2, 3, 4, 5, 6, 7), false);
  assert.equal(writer.length, 0);
});

test('the capacity ends with the buffer', () => {
  const writer = new RtcpWriter();
  writer.start(new Uint8Array(20), 12, 1500);
  assert.equal(writer.pictureLossIndication(1, 2), false);
  assert.equal(writer.bye(1), true);
  assert.equal(writer.length, 8);
});

test('what is written is read again', () => {
  const u32 = fc.nat(2 ** 32 - 1);
  const additions = fc.oneof(
    fc
      .tuple(u32, u32, u32, u32, u32, u32)
      .map((args): [Visit, (w: RtcpWriter) => boolean] => [
        ['senderReport', ...args],
        (w) => w.senderReport(...args),
      ]),
    fc
      .tuple(u32, u32, fc.nat(255), fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }), u32, u32, u32, u32)
      .map(([reporter, ...args]): [Visit, (w: RtcpWriter) => boolean] => [
        ['receptionReport', reporter, ...args],
        (w) => w.receiverReport(reporter) && w.reportBlock(...args),
      ]),
    fc
      .tuple(u32, u32)
      .map((args): [Visit, (w: RtcpWriter) => boolean] => [
        ['pictureLossIndication', ...args],
        (w) => w.pictureLossIndication(...args),
      ]),
    fc
      .tuple(u32, u32, fc.nat(255))
      .map((args): [Visit, (w: RtcpWriter) => boolean] => [
        ['fullIntraRequest', ...args],
        (w) => w.fullIntraRequest(...args),
      ]),
    fc
      .tuple(u32)
      .map((args): [Visit, (w: RtcpWriter) => boolean] => [['bye', ...args], (w) => w.bye(...args)]),
  );
  fc.assert(
    fc.property(
      fc.array(additions, { maxLength: 20, minLength: 1 }),
      fc.string({ maxLength: 40 }),
      (list, cname) => {
        const { packet } = written((w) => w.sourceDescription(1, cname) && list.every(([, add]) => add(w)));
        assert.deepEqual(visitsOf(packet), { isRead: true, visits: list.map(([visit]) => visit) });
      },
    ),
  );
});
