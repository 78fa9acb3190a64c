import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testingCrypto as crypto } from '../env/testing-crypto.test.js';
import { DROP_REASONS } from '../path/drop-reason.js';
import { AddressSlot } from './address-slot.js';
import { Attribute } from './attributes.js';
import { fingerprintOf } from './fingerprint.js';
import { MessageClass } from './message-type.js';
import type { StunMessageView } from './message-view.js';
import { MAX_ATTRIBUTES } from './message-view.js';
import { StunMessageWriter } from './message-writer.js';
import { dropReasonOf, StunParseResult } from './parse-result.js';
import { messages, newPlainView, newView, parsed, rawMessage } from './test-messages.test.js';

const bytes = (...values: number[]) => new Uint8Array(values);
const request = 0x0001;

/** A message changed at one place. */
function patched(original: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = original.slice();
  copy.set(values, at);
  return copy;
}

function withFingerprint(fill: (writer: StunMessageWriter) => void): Uint8Array {
  const writer = new StunMessageWriter({ buffer: new Uint8Array(2048) });
  writer.begin(request, new Uint8Array(12), 0);
  fill(writer);
  writer.fingerprint();
  return writer.buffer.slice(0, writer.length);
}

const one = rawMessage(request, [Attribute.software, bytes(1, 2, 3, 4)]);
const many = (count: number) =>
  rawMessage(request, ...Array.from({ length: count }, () => [0x8099, bytes()] as [number, Uint8Array]));
const printed = withFingerprint((writer) => writer.text(Attribute.software, 'x'));

/** Threat S4: malformed messages and what becomes of them. */
const table: readonly [string, Uint8Array, StunParseResult][] = [
  ['empty datagram', bytes(), StunParseResult.truncated],
  ['19 bytes', one.slice(0, 19), StunParseResult.truncated],
  ['header only', rawMessage(request), StunParseResult.ok],
  ['first bit set', patched(one, 0, 0x80), StunParseResult.notStun],
  ['channel data', patched(one, 0, 0x40), StunParseResult.notStun],
  ['RFC 3489 message without cookie (S6)', patched(one, 4, 1, 2, 3, 4), StunParseResult.badCookie],
  ['one bit of the cookie wrong', patched(one, 7, 0x43), StunParseResult.badCookie],
  ['length not a multiple of 4', patched(one, 3, 7), StunParseResult.badLength],
  [
    'length and datagram alike not a multiple of 4',
    patched(one, 3, 7).slice(0, 27),
    StunParseResult.badLength,
  ],
  ['length beyond the datagram', patched(one, 3, 12), StunParseResult.truncated],
  ['bytes after the message', new Uint8Array([...one, 0, 0, 0, 0]), StunParseResult.badLength],
  ['one byte after the message', new Uint8Array([...one, 0]), StunParseResult.badLength],
  ['attribute past the end', patched(one, 23, 5), StunParseResult.badAttribute],
  ['attribute far past the end', patched(one, 22, 0xff, 0xff), StunParseResult.badAttribute],
  ['attribute whose padding is past the end', patched(one, 23, 3), StunParseResult.ok],
  ['as many attributes as are kept', many(MAX_ATTRIBUTES), StunParseResult.ok],
  ['one attribute more', many(MAX_ATTRIBUTES + 1), StunParseResult.badAttribute],
  ['right fingerprint', printed, StunParseResult.ok],
  [
    'wrong fingerprint',
    patched(printed, printed.length - 1, printed.at(-1)! ^ 1),
    StunParseResult.badFingerprint,
  ],
  ['text changed under a fingerprint', patched(printed, 24, 0x79), StunParseResult.badFingerprint],
  [
    'fingerprint of 3 bytes',
    rawMessage(request, [Attribute.fingerprint, bytes(1, 2, 3)]),
    StunParseResult.badFingerprint,
  ],
  [
    'fingerprint that is not last',
    rawMessage(request, [Attribute.fingerprint, bytes(1, 2, 3, 4)], [Attribute.software, bytes()]),
    StunParseResult.badFingerprint,
  ],
];

for (const [name, message, expected] of table) {
  test(`S4: ${name}`, () => {
    const before = message.slice();
    assert.equal(newView().parse(message, 0, message.length), expected);
    // The same at an offset with noise around it: nothing outside the datagram may count.
    const shifted = new Uint8Array(message.length + 40).fill(0xff);
    shifted.set(message, 13);
    assert.equal(newView().parse(shifted, 13, message.length), expected);
    assert.deepEqual(message, before);
  });
}

test('S4: a FINGERPRINT with the right CRC but not last, or with a length of 3, is refused', () => {
  const software = new Uint8Array([0x80, 0x22, 0, 0]);
  const early = new Uint8Array([
    ...rawMessage(request, [Attribute.fingerprint, bytes(0, 0, 0, 0)]),
    ...software,
  ]);
  early.set([0, 12], 2);
  const crc = fingerprintOf(early, 0, 20);
  early.set([crc >>> 24, crc >>> 16, crc >>> 8, crc], 24);
  assert.equal(newView().parse(early, 0, early.length), StunParseResult.badFingerprint);
  const short = rawMessage(request, [Attribute.fingerprint, bytes(0, 0, 0)]);
  // Look for a transaction id whose CRC ends in a zero byte, as the padding does.
  let value = 1;
  for (let id = 0; (value & 0xff) !== 0; id++) {
    short.set([id >> 8, id & 255], 18);
    value = fingerprintOf(short, 0, 20);
  }
  short.set([value >>> 24, value >>> 16, value >>> 8], 24);
  assert.equal(newView().parse(short, 0, short.length), StunParseResult.badFingerprint);
  assert.equal(
    newView().parse(patched(short, 23, 4), 0, short.length),
    StunParseResult.ok,
    'but for its length',
  );
});

test('every failure maps to its own drop counter', () => {
  const names = Object.entries(StunParseResult)
    .filter(([name]) => name !== 'ok')
    .map(([, result]) => DROP_REASONS[dropReasonOf(result)]);
  assert.deepEqual(names, [
    'not_stun_or_channel_data',
    'stun_truncated',
    'stun_bad_cookie',
    'stun_bad_length',
    'stun_bad_attribute',
    'stun_bad_fingerprint',
  ]);
});

test('a range outside the buffer is truncated, not read', () => {
  assert.equal(newView().parse(one, 4, one.length), StunParseResult.truncated);
  assert.equal(newView().parse(one, -1, one.length), StunParseResult.truncated);
});

test('the first of duplicate attributes wins', () => {
  const view = parsed(
    rawMessage(request, [Attribute.lifetime, bytes(0, 0, 0, 1)], [Attribute.lifetime, bytes(0, 0, 0, 2)]),
  );
  assert.equal(view.readU32(view.find(Attribute.lifetime)), 1);
  assert.equal(view.attributeCount, 2);
});

test('attributes after the integrity attributes are ignored', () => {
  const view = parsed(
    rawMessage(
      request,
      [Attribute.messageIntegrity, new Uint8Array(20)],
      [Attribute.username, bytes(65)],
      [0x7ff0, bytes()],
      [Attribute.messageIntegritySha256, new Uint8Array(32)],
      [Attribute.messageIntegrity, new Uint8Array(20)],
      [Attribute.realm, bytes(65)],
    ),
  );
  assert.equal(view.attributeCount, 2);
  assert.equal(view.has(Attribute.username), false);
  assert.equal(view.has(Attribute.realm), false);
  assert.equal(view.unknownRequiredCount, 0);
  assert.equal(view.integrityIndex, 0);
  assert.equal(view.integritySha256Index, 1);
});

test('nothing but FINGERPRINT counts after MESSAGE-INTEGRITY-SHA256', () => {
  const message = withFingerprint((writer) => {
    writer
      .messageIntegritySha256(crypto, bytes(1))
      .messageIntegrity(crypto, bytes(1))
      .u32(Attribute.lifetime, 9);
  });
  const view = parsed(message);
  assert.equal(view.attributeCount, 2);
  assert.equal(view.integrityIndex, -1);
  assert.equal(view.hasFingerprint, true);
});

test('unknown comprehension-required attributes: listed once, at most 16, optional ones never', () => {
  const types = [0x7001, 0x7001, 0xff01, ...Array.from({ length: 20 }, (_, i) => 0x7001 + i)];
  const view = parsed(rawMessage(request, ...types.map((type) => [type, bytes()] as [number, Uint8Array])));
  assert.equal(view.unknownRequiredCount, 16);
  assert.deepEqual(
    [...view.unknownRequired],
    Array.from({ length: 16 }, (_, i) => 0x7001 + i),
  );
});

test('what is known depends on the set given', () => {
  const message = rawMessage(
    request,
    [Attribute.lifetime, bytes(0, 0, 0, 1)],
    [Attribute.changeRequest, bytes(0, 0, 0, 6)],
  );
  assert.equal(parsed(message).unknownRequiredCount, 0);
  const plain = parsed(message, newPlainView());
  assert.deepEqual(
    [...plain.unknownRequired.subarray(0, plain.unknownRequiredCount)],
    [Attribute.lifetime, Attribute.changeRequest],
  );
});

test('a reused view shows nothing of the message before', () => {
  const view = newView();
  parsed(messages.get('rfc5769-2.1-request')!, view);
  parsed(rawMessage(0x0101), view);
  assert.equal(view.attributeCount, 0);
  assert.equal(view.unknownRequiredCount, 0);
  assert.equal(view.hasFingerprint, false);
  assert.equal(view.integrityIndex, -1);
  assert.equal(view.messageClass, MessageClass.successResponse);
  assert.equal(view.find(Attribute.username), -1);
});

test('readers answer undefined for absent and misshapen attributes', () => {
  const view = parsed(
    rawMessage(
      request,
      [0x8100, bytes(1, 2, 3)],
      [0x8101, bytes(0, 3, 0, 1, 1, 2, 3, 4)],
      [0x8102, bytes(0, 1, 0, 1, 1, 2, 3)],
      [0x8103, bytes(0, 2, 0, 1, 1, 2, 3, 4)],
      [0x8104, bytes(0xff)],
    ),
  );
  const readers = [
    (v: StunMessageView, i: number) => v.readU8(i),
    (v: StunMessageView, i: number) => v.readU8WithReserved(i),
    (v: StunMessageView, i: number) => v.readU16(i),
    (v: StunMessageView, i: number) => v.readU16WithReserved(i),
    (v: StunMessageView, i: number) => v.readU32(i),
    (v: StunMessageView, i: number) => v.readU64(i),
    (v: StunMessageView, i: number) => v.readErrorCode(i),
    (v: StunMessageView, i: number) => v.readErrorReason(i),
    (v: StunMessageView, i: number) => v.readUnknownAttributes(i),
    (v: StunMessageView, i: number) => v.readXorAddress(i),
    (v: StunMessageView, i: number) => v.readAddress(i),
  ];
  for (const read of readers) {
    assert.equal(read(view, -1), undefined);
    assert.equal(read(view, 0), undefined);
    assert.equal(read(view, 99), undefined);
  }
  const slot = new AddressSlot();
  for (const index of [1, 2, 3]) {
    slot.family = 4;
    assert.equal(view.readXorAddressInto(index, slot), false);
    assert.equal(slot.family, 0);
  }
  assert.equal(view.readText(4, 10), undefined);
  assert.equal(view.readText(0, 2), undefined);
  assert.equal(view.readText(0, 3), '\u0001\u0002\u0003');
});

test('ERROR-CODE: numbers outside 300..699 are refused', () => {
  const codeOf = (...value: number[]) => {
    const view = parsed(rawMessage(0x0111, [Attribute.errorCode, bytes(...value)]));
    return view.readErrorCode(view.find(Attribute.errorCode));
  };
  assert.equal(codeOf(0, 0, 4, 20), 420);
  assert.equal(codeOf(0xff, 0xff, 0xfc, 1), 401, 'the 21 reserved bits are ignored');
  assert.equal(codeOf(0, 0, 6, 99), 699);
  for (const value of [
    [0, 0, 2, 0],
    [0, 0, 7, 0],
    [0, 0, 4, 100],
    [0, 0, 4],
  ])
    assert.equal(codeOf(...value), undefined);
});

test('transaction ids are compared whole', () => {
  const view = parsed(one);
  const id = one.slice(8, 20);
  assert.equal(view.hasTransactionId(id, 0), true);
  for (let i = 0; i < 12; i++) assert.equal(view.hasTransactionId(patched(id, i, 0xff), 0), false);
  assert.equal(view.transactionIdOffset, 8);
});
