import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testingCrypto as crypto } from '../env/testing-crypto.test.js';
import { verifyMessageIntegrity, verifyMessageIntegritySha256 } from './integrity.js';
import type { StunMessageView } from './message-view.js';
import { StunParseResult } from './parse-result.js';
import { readPasswordAlgorithms } from './password-algorithms.js';
import { messages, newView } from './test-messages.test.js';
import { AddressSlot } from './address-slot.js';

const view = newView();
const slot = new AddressSlot();
const key = new Uint8Array(16);

/** Calls every reader on every attribute. */
function readAll(v: StunMessageView): void {
  for (let i = -1; i <= v.attributeCount; i++) {
    v.readU8(i);
    v.readU8WithReserved(i);
    v.readU16(i);
    v.readU16WithReserved(i);
    v.readU32(i);
    v.readU64(i);
    v.readBytes(i);
    v.readText(i, 763);
    v.readXorAddress(i);
    v.readAddressInto(i, slot);
    v.readErrorCode(i);
    v.readErrorReason(i);
    v.readUnknownAttributes(i);
    readPasswordAlgorithms(v, i);
  }
}

/** Parses and reads; answers the result, checks that the bytes were left alone. */
function feed(bytes: Uint8Array): StunParseResult {
  const before = bytes.slice();
  const result = view.parse(bytes, 0, bytes.length);
  if (result === StunParseResult.ok) {
    readAll(view);
    verifyMessageIntegrity(view, crypto, key);
    verifyMessageIntegritySha256(view, crypto, key);
  }
  assert.deepEqual(bytes, before);
  return result;
}

test('all lengths 0..1500 of several fillings', () => {
  for (const fill of [0x00, 0x01, 0x21, 0x80, 0xff]) {
    for (let length = 0; length <= 1500; length++) {
      assert.notEqual(feed(new Uint8Array(length).fill(fill)), StunParseResult.ok);
    }
  }
});

test('all lengths 0..1500 behind a valid header', () => {
  let accepted = 0;
  for (const fill of [0x00, 0x01, 0x02, 0x7f, 0xff]) {
    for (let length = 0; length <= 1480; length++) {
      const bytes = new Uint8Array(20 + length).fill(fill, 20);
      bytes.set([0, 1, length >> 8, length & 255, 0x21, 0x12, 0xa4, 0x42]);
      if (feed(bytes) === StunParseResult.ok) accepted++;
    }
  }
  assert.ok(accepted > 100, `only ${accepted} were parsed to the end`);
});

for (const [name, original] of messages) {
  test(`every truncation of ${name}`, () => {
    for (let length = 0; length < original.length; length++) {
      assert.notEqual(feed(original.slice(0, length)), StunParseResult.ok);
      if (length >= 20 && length % 4 === 0) {
        const honest = original.slice(0, length);
        honest.set([(length - 20) >> 8, (length - 20) & 255], 2);
        feed(honest);
      }
    }
  });

  test(`every bit flip of ${name}`, () => {
    const hasFingerprint = newViewOf(original).hasFingerprint;
    for (let bit = 0; bit < original.length * 8; bit++) {
      const bytes = original.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const result = feed(bytes);
      // FINGERPRINT covers all of it: a flip gets through only by turning FINGERPRINT itself into something else.
      if (hasFingerprint && result === StunParseResult.ok)
        assert.equal(view.hasFingerprint, false, `bit ${bit}`);
    }
  });
}

function newViewOf(bytes: Uint8Array): StunMessageView {
  const fresh = newView();
  assert.equal(fresh.parse(bytes, 0, bytes.length), StunParseResult.ok);
  return fresh;
}
