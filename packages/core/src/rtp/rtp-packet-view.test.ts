import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RtpPacketView } from './rtp-packet-view.js';

const FIXED = '8060 0102 03040506 0708090a';

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
}

/** Puts the packet between other bytes, so that every offset shows. */
function parse(hex: string): { view: RtpPacketView; isRead: boolean } {
  const packet = bytesOf(hex);
  const bytes = new Uint8Array(packet.length + 20).fill(0xaa);
  bytes.set(packet, 7);
  const view = new RtpPacketView();
  return { view, isRead: view.parseHeader(bytes, 7, packet.length) };
}

test('the fixed header', () => {
  const { view, isRead } = parse('80e0 fffe fffffffd fffffffc 01 02 03');
  assert.ok(isRead);
  assert.equal(view.marker, true);
  assert.equal(view.payloadType, 96);
  assert.equal(view.sequenceNumber, 0xfffe);
  assert.equal(view.timestamp, 0xffff_fffd);
  assert.equal(view.ssrc, 0xffff_fffc);
  assert.equal(view.headerLength, 12);
  assert.equal(view.payloadOffset, 7 + 12);
  assert.equal(view.payloadLength, 3);
  assert.equal(view.offset, 7);
  assert.equal(view.length, 15);
  assert.equal(parse(FIXED).view.marker, false);
  const { view: unmarked } = parse('807f 0102 03040506 0708090a');
  assert.deepEqual([unmarked.marker, unmarked.payloadType], [false, 127]);
});

test('CSRC list and extension block belong to the header', () => {
  const { view, isRead } = parse(`9260 0102 03040506 0708090a 11111111 22222222 bede 0001 10ff0000 aabb`);
  assert.ok(isRead);
  assert.equal(view.headerLength, 12 + 8 + 4 + 4);
  assert.equal(view.payloadLength, 2);
  assert.equal(view.findExtension(1), 7 + 12 + 8 + 4 + 1);
  assert.equal(view.extensionLength, 1);
});

for (const [shape, hex] of [
  ['nothing', ''],
  ['eleven octets', '8060 0102 03040506 070809'],
  ['version 0', '0060 0102 03040506 0708090a'],
  ['version 1', '4060 0102 03040506 0708090a'],
  ['version 3', 'c060 0102 03040506 0708090a'],
  ['a CSRC count beyond the packet', '8160 0102 03040506 0708090a 111111'],
  ['fifteen CSRC in sixty octets less one', `8f60 0102 03040506 0708090a ${'11'.repeat(59)}`],
  ['an extension bit without an extension', '9060 0102 03040506 0708090a'],
  ['an extension block cut in its head', '9060 0102 03040506 0708090a bede00'],
  ['an extension length one word too long', '9060 0102 03040506 0708090a bede 0002 10ff0000'],
  ['an extension length far beyond the packet', '9060 0102 03040506 0708090a bede ffff 10ff0000'],
  ['an extension of another form that does not fit', '9060 0102 03040506 0708090a 0000 0001 112233'],
] as const) {
  test(`refused: ${shape}`, () => assert.equal(parse(hex).isRead, false));
}

test('an empty extension block may end the packet', () => {
  const { view, isRead } = parse('9060 0102 03040506 0708090a bede 0000');
  assert.ok(isRead);
  assert.deepEqual([view.headerLength, view.payloadLength], [16, 0]);
});

test('a packet that does not lie in its buffer is refused', () => {
  const view = new RtpPacketView();
  const bytes = bytesOf(FIXED);
  assert.equal(view.parseHeader(bytes, 0, 13), false);
  assert.equal(view.parseHeader(bytes, 1, 12), false);
  assert.equal(view.parseHeader(bytes, -1, 12), false);
  assert.equal(view.parseHeader(bytes, 0, 12), true);
});

for (const [shape, packet, length, isRead, payloadLength, paddingLength] of [
  ['no padding', '8060 0102 03040506 0708090a 112233', 15, true, 3, 0],
  ['no payload', FIXED, 12, true, 0, 0],
  ['decryption took the tag off', '8060 0102 03040506 0708090a 112233 eeeeeeee', 15, true, 3, 0],
  ['two octets of padding', 'a060 0102 03040506 0708090a 11220002', 16, true, 2, 2],
  ['padding only', 'a060 0102 03040506 0708090a 00000004', 16, true, 0, 4],
  ['padding of 255', `a060 0102 03040506 0708090a 77 ${'00'.repeat(254)}ff`, 268, true, 1, 255],
  ['padding longer than the payload', 'a060 0102 03040506 0708090a 00000005', 16, false, 0, 0],
  ['padding reaching into the header', 'a060 0102 03040506 0708090a 0000000d', 16, false, 0, 0],
  ['padding of zero', 'a060 0102 03040506 0708090a 11220000', 16, false, 0, 0],
  ['a padding bit without an octet', 'a060 0102 03040506 0708090a', 12, false, 0, 0],
  ['shorter than its header', '8060 0102 03040506 0708090a 112233', 11, false, 0, 0],
  ['payload shorter than the tag', '8060 0102 03040506 0708090a 112233', -1, false, 0, 0],
  ['longer than its buffer', FIXED, 400, false, 0, 0],
] as const) {
  test(`payload: ${shape}`, () => {
    const { view } = parse(packet);
    assert.equal(view.readPayload(length), isRead);
    if (!isRead) return;
    assert.deepEqual(
      [view.length, view.payloadLength, view.paddingLength],
      [length, payloadLength, paddingLength],
    );
  });
}

/** Block, id, then offset of the data from the start of the elements and its length; -1: not found. */
const ELEMENTS: readonly (readonly [string, string, number, number, number])[] = [
  ['one-byte, first', 'bede 0002 11aabb 20cc 3000 00', 1, 1, 2],
  ['one-byte, second', 'bede 0002 11aabb 20cc 3000 00', 2, 4, 1],
  ['one-byte, not there', 'bede 0002 11aabb 20cc 3000 00', 4, -1, 0],
  ['one-byte, behind padding', 'bede 0002 0000 11aabb 0000 00', 1, 3, 2],
  ['one-byte, 16 octets', `bede 0005 1f ${'ab'.repeat(16)} 000000`, 1, 1, 16],
  ['one-byte, filling the block', 'bede 0001 12aabbcc', 1, 1, 3],
  ['one-byte, one octet beyond the block', 'bede 0001 13aabbcc', 1, -1, 0],
  ['one-byte, the first of two alike', 'bede 0001 10aa 10bb', 1, 1, 1],
  ['one-byte, behind id 15', 'bede 0001 f0aa 10bb', 1, -1, 0],
  ['one-byte, id 15 itself', 'bede 0001 f0aa 10bb', 15, -1, 0],
  ['one-byte, padding as an id', 'bede 0001 10aa 0000', 0, -1, 0],
  ['one-byte, behind padding with a length', 'bede 0001 01aa 10bb', 1, -1, 0],
  ['two-byte, first', '1000 0002 01 02 aabb 20 00 0000', 1, 2, 2],
  ['two-byte, empty', '1000 0002 01 02 aabb 20 00 0000', 32, 6, 0],
  ['two-byte, id 255', '1000 0001 ff 01 aa 00', 255, 2, 1],
  ['two-byte, id 15 is an id', '1000 0002 0f 01 aa 01 01 bb 0000', 1, 5, 1],
  ['two-byte, application bits', '100f 0001 01 02 aabb', 1, 2, 2],
  ['two-byte, behind padding', '1000 0002 000000 01 02 aabb 00', 1, 5, 2],
  ['two-byte, padding as an id', '1000 0001 00 00 0000', 0, -1, 0],
  ['two-byte, one octet beyond the block', '1000 0001 01 03 aabb', 1, -1, 0],
  ['two-byte, id without a length', '1000 0001 000000 01', 1, -1, 0],
  ['two-byte, empty at the very end', '1000 0001 0000 01 00', 1, 4, 0],
  ['another profile', 'abac 0001 10aa 10bb', 1, -1, 0],
  ['an empty block', 'bede 0000', 1, -1, 0],
];

for (const [name, block, id, at, length] of ELEMENTS) {
  test(`extension element: ${name}`, () => {
    const { view, isRead } = parse(`9060 0102 03040506 0708090a ${block} 1312345678`);
    assert.ok(isRead);
    assert.equal(view.findExtension(id), at < 0 ? -1 : 7 + 16 + at);
    assert.equal(view.extensionLength, length);
  });
}

test('without an extension block nothing of the packet before is found', () => {
  const view = new RtpPacketView();
  const first = bytesOf('9060 0102 03040506 0708090a bede 0001 12aabbcc');
  assert.ok(view.parseHeader(first, 0, first.length));
  assert.equal(view.findExtension(1), 17);
  assert.ok(view.parseHeader(bytesOf(FIXED), 0, 12));
  assert.equal(view.findExtension(1), -1);
  assert.equal(view.extensionLength, 0);
});

test('the padding of the packet before is forgotten', () => {
  const view = new RtpPacketView();
  const padded = bytesOf('a060 0102 03040506 0708090a 11220002');
  assert.ok(view.parseHeader(padded, 0, 16) && view.readPayload(16));
  assert.equal(view.paddingLength, 2);
  assert.ok(view.parseHeader(padded, 0, 16));
  assert.deepEqual([view.paddingLength, view.payloadLength], [0, 4]);
});

test('every truncation of a packet is refused or stays inside', () => {
  const whole = bytesOf(`b260 0102 03040506 0708090a 11111111 22222222 bede 0002 12aabbcc 20dd0000 01020302`);
  const view = new RtpPacketView();
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length);
    assert.equal(view.parseHeader(cut, 0, length), length >= 32, `${length} octets`);
  }
});
