import assert from 'node:assert/strict';
import { AddressSlot } from '@madang/core/stun/address-slot';
import { NAT_DISCOVERY_ATTRIBUTES, STUN_ATTRIBUTES, TURN_ATTRIBUTES } from '@madang/core/stun/attributes';
import { KnownAttributes } from '@madang/core/stun/known-attributes';
import { MAX_ATTRIBUTES, MAX_UNKNOWN_LISTED, StunMessageView } from '@madang/core/stun/message-view';
import { StunMessageWriter } from '@madang/core/stun/message-writer';
import { dropReasonOf, StunParseResult } from '@madang/core/stun/parse-result';
import { readPasswordAlgorithms } from '@madang/core/stun/password-algorithms';
import { readNonceCookie } from '@madang/core/stun/nonce-cookie';

const known = new KnownAttributes([...STUN_ATTRIBUTES, ...NAT_DISCOVERY_ATTRIBUTES, ...TURN_ATTRIBUTES]);
const view = new StunMessageView(known);
const again = new StunMessageView(known);
const writer = new StunMessageWriter({ buffer: new Uint8Array(70_000) });
const slot = new AddressSlot();

/**
 * One input of the STUN parser: it never throws, never changes its input, stays inside it, and what it understood
 * survives being written and parsed again.
 */
export default function stunMessage(bytes: Uint8Array): void {
  const before = bytes.slice();
  const result = view.parse(bytes, 0, bytes.length);
  if (result !== StunParseResult.ok) {
    assert.equal(typeof dropReasonOf(result), 'number');
    return;
  }
  assert.ok(view.attributeCount <= MAX_ATTRIBUTES);
  assert.ok(view.unknownRequiredCount <= MAX_UNKNOWN_LISTED);
  for (let i = -1; i <= view.attributeCount; i++) readEverything(view, i);
  assert.deepEqual(bytes, before);
  rewrite();
}

function readEverything(from: StunMessageView, index: number): void {
  if (index >= 0 && index < from.attributeCount) {
    assert.ok(from.valueOffset(index) + from.valueLength(index) <= from.off + from.len);
    assert.ok(from.find(from.attributeType(index)) <= index);
  }
  from.readU8(index);
  from.readU8WithReserved(index);
  from.readU16(index);
  from.readU16WithReserved(index);
  from.readU32(index);
  from.readU64(index);
  from.readBytes(index);
  readNonceCookie(from.readText(index, 763) ?? '');
  assert.equal(from.readXorAddressInto(index, slot), from.readXorAddress(index) !== undefined);
  assert.equal(from.readAddressInto(index, slot), from.readAddress(index) !== undefined);
  from.readErrorCode(index);
  from.readErrorReason(index);
  from.readUnknownAttributes(index);
  readPasswordAlgorithms(from, index);
}

/** Writes what `view` shows (FINGERPRINT made anew), parses that, and writes it again: nothing may change. */
function rewrite(): void {
  write(view);
  const first = writer.buffer.slice(0, writer.length);
  assert.equal(again.parse(first, 0, first.length), StunParseResult.ok);
  assert.equal(again.type, view.type);
  assert.equal(again.attributeCount, view.attributeCount);
  assert.equal(again.unknownRequiredCount, view.unknownRequiredCount);
  assert.equal(again.hasFingerprint, view.hasFingerprint);
  for (let i = 0; i < view.attributeCount; i++) assert.equal(again.attributeType(i), view.attributeType(i));
  write(again);
  assert.deepEqual(writer.buffer.slice(0, writer.length), first);
}

function write(from: StunMessageView): void {
  writer.begin(from.type, from.buf, from.transactionIdOffset);
  const count = from.attributeCount - (from.hasFingerprint ? 1 : 0);
  for (let i = 0; i < count; i++) {
    writer.bytes(from.attributeType(i), from.buf, from.valueOffset(i), from.valueLength(i));
  }
  if (from.hasFingerprint) writer.fingerprint();
}
