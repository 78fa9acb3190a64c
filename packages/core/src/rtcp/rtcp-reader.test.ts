import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, RecordingVisitor, visitsOf, type Visit } from './recording-visitor.test-support.js';
import { readRtcp } from './rtcp-reader.js';

const SENDER_REPORT = '80c8 0006 00000001 e0000000 80000000 00001000 00000064 0000c350';
const BLOCK = '00000002 40fffffe 00010005 0000000a 12345678 00010000';
const PLI = '81ce 0002 00000001 00000002';
const NACK = '81cd 0003 00000001 00000002 fffe 8001';
const PLI_VISIT: Visit = ['pictureLossIndication', 1, 2];

const READ: readonly (readonly [string, string, readonly Visit[]])[] = [
  ['a sender report', SENDER_REPORT, [['senderReport', 1, 0xe000_0000, 0x8000_0000, 4096, 100, 50_000]]],
  [
    'a sender report with a block',
    `81c8 000c ${SENDER_REPORT.slice(10)} ${BLOCK}`,
    [
      ['senderReport', 1, 0xe000_0000, 0x8000_0000, 4096, 100, 50_000],
      ['receptionReport', 1, 2, 64, -2, 65_541, 10, 0x1234_5678, 65_536],
    ],
  ],
  [
    'a receiver report with two blocks and an extension of a profile',
    `82c9 000e 00000001 ${BLOCK} ${BLOCK} 99999999`,
    [
      ['receptionReport', 1, 2, 64, -2, 65_541, 10, 0x1234_5678, 65_536],
      ['receptionReport', 1, 2, 64, -2, 65_541, 10, 0x1234_5678, 65_536],
    ],
  ],
  ['an empty receiver report', '80c9 0001 00000001', []],
  ['a source description', '81ca 0003 00000001 01026162 00000000', []],
  [
    'a goodbye of two',
    '82cb 0002 00000001 fffffffe',
    [
      ['bye', 1],
      ['bye', 0xffff_fffe],
    ],
  ],
  ['a goodbye with a reason', '81cb 0002 00000001 02686900', [['bye', 1]]],
  ['a goodbye of nobody', '80cb 0000', []],
  ['a negative acknowledgement', NACK, [['nack', 1, 2, 0xfffe, 0x8001]]],
  [
    'a negative acknowledgement with two entries',
    '81cd 0004 00000001 00000002 00010000 00200003',
    [
      ['nack', 1, 2, 1, 0],
      ['nack', 1, 2, 32, 3],
    ],
  ],
  ['a picture loss indication', PLI, [PLI_VISIT]],
  [
    'a full intra request for two sources',
    '84ce 0006 00000001 00000000 00000002 07000000 00000003 ff000000',
    [
      ['fullIntraRequest', 1, 2, 7],
      ['fullIntraRequest', 1, 3, 255],
    ],
  ],
  [
    'an estimate for one source',
    '8fce 0005 00000001 00000000 52454d42 0107ffff 00000002',
    [['receiverEstimatedMaximumBitrate', 1, 0x3ffff * 2]],
  ],
  [
    'the largest estimate',
    '8fce 0004 00000001 00000000 52454d42 00ffffff',
    [['receiverEstimatedMaximumBitrate', 1, 0x3ffff * 2 ** 63]],
  ],
  ['other application layer feedback', '8fce 0003 00000001 00000000 41424344', []],
  ['empty application layer feedback', '8fce 0002 00000001 00000000', []],
  [
    'transport-wide feedback with padding that is no whole word, and a packet behind it',
    `afcd 0006 00000001 00000002 0001 0001 000000 00 2001 01 00 00000004 ${PLI}`,
    [['transportFeedback', 0, 28], PLI_VISIT],
  ],
  [
    'formats that are not known',
    `9fcd 0002 00000001 00000002 82ce 0002 00000001 00000002 ${PLI}`,
    [PLI_VISIT],
  ],
  [
    'types that are not known',
    `80cc 0002 00000001 41424344 80cf 0001 00000001 80ff 0000 ${PLI}`,
    [PLI_VISIT],
  ],
  [
    'a compound packet',
    `${SENDER_REPORT} 81ca 0003 00000001 01026162 00000000 ${NACK} ${PLI}`,
    [
      ['senderReport', 1, 0xe000_0000, 0x8000_0000, 4096, 100, 50_000],
      ['nack', 1, 2, 0xfffe, 0x8001],
      PLI_VISIT,
    ],
  ],
  ['padding in the last packet', 'a1ce 0003 00000001 00000002 00000004', [PLI_VISIT]],
];

for (const [name, hex, visits] of READ) {
  test(`read: ${name}`, () => {
    assert.deepEqual(visitsOf(bytesOf(hex)), { isRead: true, visits });
  });
}

const MALFORMED: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['three octets', '80c900'],
  ['version 0', '01ce 0002 00000001 00000002'],
  ['version 1', '41ce 0002 00000001 00000002'],
  ['version 3', 'c1ce 0002 00000001 00000002'],
  ['a length beyond the packet', '81ce 0003 00000001 00000002'],
  ['a length of 65,535 words', '81ce ffff 00000001 00000002'],
  ['a sender report without sender information', '80c8 0001 00000001'],
  ['a sender report cut by a word', `80c8 0005 ${SENDER_REPORT.slice(10, -9)}`],
  ['a sender report whose block count lies', `82c8 000c ${SENDER_REPORT.slice(10)} ${BLOCK}`],
  ['a receiver report without a reporter', '80c9 0000'],
  ['a receiver report whose block count lies', `9fc9 0007 00000001 ${BLOCK}`],
  ['a goodbye whose count lies', '82cb 0001 00000001'],
  ['a goodbye whose reason is longer than the packet', '81cb 0002 00000001 04686900'],
  ['feedback without a media source', '81cd 0001 00000001'],
  ['a picture loss indication without a media source', '81ce 0001 00000001'],
  ['a negative acknowledgement without an entry', '81cd 0002 00000001 00000002'],
  ['a negative acknowledgement with half an entry', 'a1cd 0004 00000001 00000002 00010000 00010002'],
  ['a full intra request without an entry', '84ce 0002 00000001 00000000'],
  ['a full intra request with half an entry', '84ce 0003 00000001 00000000 00000002'],
  ['an estimate without a bitrate', '8fce 0003 00000001 00000000 52454d42'],
  [
    'an estimate whose source count is beyond the packet',
    '8fce 0005 00000001 00000000 52454d42 02000001 00000002',
  ],
  ['an estimate of 255 sources without one', '8fce 0004 00000001 00000000 52454d42 ff000001'],
  ['padding of zero', 'a1ce 0003 00000001 00000002 00000000'],
  ['padding longer than the packet', 'a1ce 0003 00000001 00000002 00000011'],
  ['padding that reaches into the content', 'a1ce 0003 00000001 00000002 00000005'],
  ['padding in a packet that is only a header', 'a0cb 0000'],
];

for (const [name, hex] of MALFORMED) {
  test(`malformed: ${name}`, () => {
    assert.deepEqual(visitsOf(bytesOf(hex)), { isRead: false, visits: [] });
    const between = visitsOf(bytesOf(`${PLI} ${hex} ${hex === '' ? '00' : ''}`));
    assert.deepEqual(between, { isRead: false, visits: [PLI_VISIT] }, 'what was before it is kept');
  });
}

test('nothing behind a malformed packet is visited', () => {
  const { isRead, visits } = visitsOf(bytesOf(`${PLI} 9fc9 0001 00000001 ${NACK}`));
  assert.equal(isRead, false);
  assert.deepEqual(visits, [PLI_VISIT]);
});

test('a packet that does not lie in its buffer is refused', () => {
  const bytes = bytesOf(PLI);
  const visitor = new RecordingVisitor();
  assert.equal(readRtcp(bytes, 0, 13, visitor), false);
  assert.equal(readRtcp(bytes, 4, 12, visitor), false);
  assert.equal(readRtcp(bytes, -4, 12, visitor), false);
  assert.deepEqual(visitor.visits, []);
});

test('every truncation and every bit flip ends, and never shows octets from behind the packet', () => {
  for (const [, hex] of READ) {
    const whole = bytesOf(hex);
    for (let length = 0; length < whole.length; length++) visitsOf(whole.slice(0, length));
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const { visits } = visitsOf(flipped);
      for (const [name, ...args] of visits) assert.ok(!args.includes(0xaaaa_aaaa), `${name} at bit ${bit}`);
    }
  }
});
