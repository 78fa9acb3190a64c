import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testingCrypto as crypto } from '../env/testing-crypto.test.js';
import { Attribute } from './attributes.js';
import { verifyMessageIntegrity, verifyMessageIntegritySha256 } from './integrity.js';
import { MessageClass, messageType } from './message-type.js';
import { StunMessageWriter } from './message-writer.js';
import { arrivalFrom, newView, parsed } from './test-messages.test.js';
import { arrivalSource } from '../path/path.js';

const id = new Uint8Array(Array.from({ length: 12 }, (_, i) => 0xf0 + i));
const written = (writer: StunMessageWriter) =>
  writer.buffer.slice(writer.offset, writer.offset + writer.length);
const started = (size = 2048) =>
  new StunMessageWriter({ buffer: new Uint8Array(size).fill(0xaa) }).begin(0x0001, id, 0);

test('every kind of attribute is read as it was written', () => {
  const writer = started();
  writer
    .flag(Attribute.dontFragment)
    .u8(Attribute.evenPort, 0x80)
    .u8WithReserved(Attribute.requestedTransport, 17);
  writer
    .u16(0x8101, 0xabcd)
    .u16WithReserved(Attribute.channelNumber, 0x4001)
    .u32(Attribute.lifetime, 0xfffffffe);
  writer
    .u64(Attribute.reservationToken, 0xfedcba9876543210n)
    .text(Attribute.software, '마당 v1')
    .zeros(0x8102, 6);
  writer.bytes(Attribute.data, new Uint8Array([9, 8, 7, 6]), 1, 2).errorCode(486, 'no');
  writer.unknownAttributes(new Uint16Array([1, 0x7fff, 3]), 2);
  const view = parsed(written(writer));
  assert.equal(view.valueLength(view.find(Attribute.dontFragment)), 0);
  assert.equal(view.readU8(view.find(Attribute.evenPort)), 0x80);
  assert.equal(view.readU8WithReserved(view.find(Attribute.requestedTransport)), 17);
  assert.equal(view.readU16(view.find(0x8101)), 0xabcd);
  assert.equal(view.readU16WithReserved(view.find(Attribute.channelNumber)), 0x4001);
  assert.equal(view.readU32(view.find(Attribute.lifetime)), 0xfffffffe);
  assert.equal(view.readU64(view.find(Attribute.reservationToken)), 0xfedcba9876543210n);
  assert.equal(view.readText(view.find(Attribute.software), 100), '마당 v1');
  assert.deepEqual(view.readBytes(view.find(0x8102)), new Uint8Array(6));
  assert.deepEqual(view.readBytes(view.find(Attribute.data)), new Uint8Array([8, 7]));
  assert.equal(view.readErrorCode(view.find(Attribute.errorCode)), 486);
  assert.equal(view.readErrorReason(view.find(Attribute.errorCode)), 'no');
  assert.deepEqual(view.readUnknownAttributes(view.find(Attribute.unknownAttributes)), [1, 0x7fff]);
  assert.equal(view.hasTransactionId(id, 0), true);
  assert.equal(view.attributeCount, 12);
});

test('no byte of the buffer shows through, whatever the length of a value', () => {
  for (let length = 0; length < 9; length++) {
    const bytes = written(started().bytes(0x8100, new Uint8Array(length).fill(1)).zeros(0x8101, length));
    assert.equal(bytes.includes(0xaa), false);
  }
});

test('error codes have no reason phrase by default', () => {
  assert.equal(started().errorCode(420).length, 20 + 8);
});

for (const [address, port] of [
  ['192.0.2.1', 32853],
  ['255.255.255.255', 65535],
  ['0.0.0.0', 0],
  ['2001:db8:1234:5678:11:2233:4455:6677', 1],
] as const) {
  test(`addresses of ${address} port ${port}, plain, XORed, from an arrival`, () => {
    const arrival = arrivalFrom(address, port);
    const source = arrivalSource(arrival);
    const writer = started()
      .address(Attribute.mappedAddress, source)
      .xorAddress(Attribute.xorMappedAddress, source);
    writer
      .addressFromArrival(Attribute.otherAddress, arrival)
      .xorAddressFromArrival(Attribute.xorPeerAddress, arrival);
    const view = parsed(written(writer));
    assert.deepEqual(view.readAddress(0), source);
    assert.deepEqual(view.readXorAddress(1), source);
    assert.deepEqual(view.readAddress(2), source);
    assert.deepEqual(view.readXorAddress(3), source);
    assert.deepEqual(view.readBytes(0), view.readBytes(2));
    assert.deepEqual(view.readBytes(1), view.readBytes(3));
  });
}

test('a write past the end throws and leaves a message that is whole', () => {
  for (const write of [
    (w: StunMessageWriter) => w.u32(Attribute.lifetime, 1).u32(Attribute.lifetime, 1),
    (w: StunMessageWriter) => w.text(Attribute.software, 'x'.repeat(9)),
    (w: StunMessageWriter) => w.messageIntegrity(crypto, id),
    (w: StunMessageWriter) => w.zeros(Attribute.padding, 65536),
  ]) {
    const writer = started(35);
    assert.throws(() => write(writer), RangeError);
    parsed(written(writer));
  }
  assert.throws(() => new StunMessageWriter({ buffer: new Uint8Array(19) }).begin(1, id, 0), RangeError);
  assert.throws(
    () => new StunMessageWriter({ buffer: new Uint8Array(99) }).u32(1, 1),
    RangeError,
    'without begin',
  );
  assert.throws(() => started().bytes(1, id, 8, 5), RangeError);
});

test('writes stay between offset and end', () => {
  const buffer = new Uint8Array(100).fill(0xaa);
  const writer = new StunMessageWriter({ buffer, offset: 10, end: 10 + 20 + 8 });
  writer.begin(0x0001, id, 0).u8(Attribute.evenPort, 1);
  assert.throws(() => writer.flag(Attribute.dontFragment), RangeError);
  assert.equal(
    buffer.subarray(0, 10).every((byte) => byte === 0xaa),
    true,
  );
  assert.equal(
    buffer.subarray(38).every((byte) => byte === 0xaa),
    true,
  );
  assert.equal(newView().parse(buffer, 10, writer.length), 0);
  writer.retarget(buffer, 50, 70);
  assert.equal(writer.length, 0);
  writer.begin(0x0001, id, 0);
  assert.equal(newView().parse(buffer, 50, 20), 0);
});

test('an answer has method and transaction id of its request', () => {
  const request = parsed(written(new StunMessageWriter({ buffer: new Uint8Array(99) }).begin(0x0003, id, 0)));
  const answer = new StunMessageWriter({ buffer: new Uint8Array(99) });
  const view = parsed(written(answer.beginAnswer(request, MessageClass.errorResponse)));
  assert.equal(view.type, messageType(0x003, MessageClass.errorResponse));
  assert.equal(view.hasTransactionId(id, 0), true);
});

test('random messages survive writing, reading and the integrity attributes', () => {
  const attribute = fc.record({
    type: fc.integer({ min: 0x8100, max: 0xbfff }),
    value: fc.uint8Array({ maxLength: 70 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0x3fff }),
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      fc.array(attribute, { maxLength: 12 }),
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.constantFrom(16, 20, 24, 28, 32),
      (type, transactionId, attributes, key, truncatedLength) => {
        const writer = new StunMessageWriter({ buffer: new Uint8Array(4096).fill(0xaa) });
        writer.begin(type, transactionId, 0);
        for (const { type: attributeType, value } of attributes) writer.bytes(attributeType, value);
        writer
          .messageIntegrity(crypto, key)
          .messageIntegritySha256(crypto, key, truncatedLength)
          .fingerprint();
        const view = parsed(written(writer));
        assert.equal(view.type, type);
        assert.equal(view.attributeCount, attributes.length + 3);
        attributes.forEach(({ type: attributeType, value }, i) => {
          assert.equal(view.attributeType(i), attributeType);
          assert.deepEqual(view.readBytes(i), value);
        });
        assert.equal(verifyMessageIntegrity(view, crypto, key), true);
        assert.equal(verifyMessageIntegritySha256(view, crypto, key), true);
        assert.equal(view.hasFingerprint, true);
      },
    ),
    { numRuns: 500 },
  );
});
