import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RtpHeaderWriter } from './rtp-header-writer.js';
import { RtpPacketView } from './rtp-packet-view.js';

const DATA = Uint8Array.from({ length: 300 }, (_, i) => i + 1);

function begin(length = 400): { writer: RtpHeaderWriter; bytes: Uint8Array } {
  const bytes = new Uint8Array(length).fill(0xee);
  const writer = new RtpHeaderWriter();
  writer.begin(bytes, 4, 111, true, 0x10002, 2 ** 32 + 3, 0xffff_fff0);
  return { writer, bytes };
}

function hexOf(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.subarray(4, 4 + length)).toString('hex');
}

test('without elements there is no extension block', () => {
  const { writer, bytes } = begin();
  assert.equal(writer.end(), 12);
  assert.equal(hexOf(bytes, 13), '80ef000200000003fffffff0ee');
});

test('short elements take the one-byte form, padded to whole words', () => {
  const { writer, bytes } = begin();
  assert.ok(writer.addExtension(3, DATA, 0, 2));
  assert.ok(writer.addExtension(14, DATA, 2, 1));
  assert.equal(writer.end(), 24);
  assert.equal(
    hexOf(bytes, 25),
    '90ef000200000003fffffff0' + 'bede0002' + '310102' + 'e003' + '000000' + 'ee',
  );
});

for (const [name, id, length] of [
  ['an element of 17 octets', 5, 17],
  ['an empty element', 5, 0],
  ['an id above 14', 15, 1],
] as const) {
  test(`${name} gives all elements the two-byte form`, () => {
    const { writer, bytes } = begin();
    assert.ok(writer.addExtension(1, DATA, 0, 3));
    assert.ok(writer.addExtension(2, DATA, 3, 1));
    assert.ok(writer.addExtension(id, DATA, 0, length));
    const headerLength = writer.end();
    const view = new RtpPacketView();
    assert.ok(view.parseHeader(bytes, 4, headerLength));
    assert.equal(hexOf(bytes, 16).slice(24, 28), '1000');
    assert.equal(hexOf(bytes, 24).slice(32), '0103010203020104');
    assert.ok(view.findExtension(id) > 0);
    assert.equal(view.extensionLength, length);
  });
}

test('what was reserved does not move: an element that needs the two-byte form is refused', () => {
  const { writer, bytes } = begin();
  const at = writer.reserveExtension(1, 2);
  assert.equal(at, 4 + 12 + 4 + 1);
  assert.equal(writer.addExtension(2, DATA, 0, 17), false);
  assert.equal(writer.reserveExtension(2, 0), -1);
  bytes[at] = 0xaa;
  bytes[at + 1] = 0xbb;
  assert.ok(writer.addExtension(3, DATA, 0, 1));
  assert.equal(writer.end(), 24);
  assert.equal(hexOf(bytes, 24).slice(24), 'bede0002' + '11aabb' + '3001' + '000000');
});

test('in the two-byte form elements of any length follow a reserved one', () => {
  const { writer, bytes } = begin();
  writer.useTwoByteForm();
  assert.equal(writer.reserveExtension(1, 2), 4 + 12 + 4 + 2);
  assert.ok(writer.addExtension(2, DATA, 0, 17));
  const view = new RtpPacketView();
  assert.ok(view.parseHeader(bytes, 4, writer.end()));
  assert.equal(view.findExtension(2), 4 + 12 + 4 + 4 + 2);
});

test('the next header starts in the one-byte form and without elements', () => {
  const { writer, bytes } = begin();
  writer.useTwoByteForm();
  writer.reserveExtension(1, 40);
  writer.end();
  writer.begin(bytes, 4, 0, false, 0, 0, 0);
  assert.ok(writer.addExtension(1, DATA, 0, 1));
  assert.equal(writer.end(), 20);
  assert.equal(hexOf(bytes, 20).slice(24), 'bede000110010000');
  // What was reserved before does not hold it in the one-byte form.
  writer.begin(bytes, 4, 0, false, 0, 0, 0);
  writer.reserveExtension(1, 1);
  writer.begin(bytes, 4, 0, false, 0, 0, 0);
  assert.ok(writer.addExtension(1, DATA, 0, 17));
});

test('impossible elements are not added', () => {
  const { writer } = begin();
  assert.equal(writer.addExtension(0, DATA, 0, 1), false);
  assert.equal(writer.addExtension(256, DATA, 0, 1), false);
  assert.equal(writer.addExtension(1, DATA, 0, 256), false);
  assert.equal(writer.addExtension(1, DATA, 299, 2), false);
  assert.equal(writer.addExtension(1, DATA, -1, 2), false);
  assert.equal(writer.reserveExtension(1, -1), -1);
  assert.equal(writer.end(), 12);
});

test('nothing is written beyond the buffer', () => {
  // Room for the block's head and one word.
  const { writer } = begin(4 + 12 + 4 + 4);
  assert.ok(writer.addExtension(1, DATA, 0, 2));
  assert.equal(writer.addExtension(2, DATA, 0, 1), false);
  assert.equal(writer.reserveExtension(15, 0), -1);
  assert.equal(writer.end(), 20);
  // Padding counts from the start of the header, wherever that is.
  const odd = new RtpHeaderWriter();
  odd.begin(new Uint8Array(5 + 20), 5, 0, false, 0, 0, 0);
  assert.ok(odd.addExtension(1, DATA, DATA.length - 3, 3));
  assert.equal(odd.end(), 20);
  const { writer: tight } = begin(4 + 12);
  assert.equal(tight.addExtension(1, DATA, 0, 1), false);
  assert.equal(tight.end(), 12);
  assert.throws(() => tight.begin(new Uint8Array(15), 4, 0, false, 0, 0, 0), RangeError);
});

test('what is written is read again', () => {
  const elements = fc.uniqueArray(
    fc.record({ id: fc.integer({ min: 1, max: 16 }), length: fc.oneof(fc.nat(18), fc.nat(60)) }),
    { selector: (element) => element.id, maxLength: 8 },
  );
  const uint32 = fc.nat(2 ** 32 - 1);
  fc.assert(
    fc.property(
      elements,
      fc.boolean(),
      fc.nat(127),
      fc.nat(0xffff),
      uint32,
      uint32,
      (wanted, marker, ...fields) => {
        const bytes = new Uint8Array(1500).fill(0xee);
        const writer = new RtpHeaderWriter();
        writer.begin(bytes, 9, fields[0], marker, fields[1], fields[2], fields[3]);
        for (const { id, length } of wanted) assert.ok(writer.addExtension(id, DATA, id, length));
        const headerLength = writer.end();
        assert.equal(bytes[9 + headerLength], 0xee);
        const view = new RtpPacketView();
        assert.ok(view.parseHeader(bytes, 9, headerLength + 5));
        assert.equal(view.headerLength, headerLength);
        assert.equal(view.marker, marker);
        assert.deepEqual([view.payloadType, view.sequenceNumber, view.timestamp, view.ssrc], fields);
        for (const { id, length } of wanted) {
          const at = view.findExtension(id);
          assert.equal(view.extensionLength, length);
          assert.deepEqual(bytes.slice(at, at + length), DATA.slice(id, id + length));
        }
        for (let id = 17; id < 256; id++) assert.equal(view.findExtension(id), -1);
      },
    ),
    { numRuns: 1000 },
  );
});
