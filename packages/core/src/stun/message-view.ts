import { readU16, readU32 } from '../bytes/big-endian.js';
import { decodeUtf8 } from '../bytes/utf8.js';
import type { TransportAddress } from '../path/transport-address.js';
import { AddressSlot } from './address-slot.js';
import { Attribute } from './attributes.js';
import { fingerprintOf } from './fingerprint.js';
import type { KnownAttributes } from './known-attributes.js';
import { classOf, HEADER_LENGTH, MAGIC_COOKIE, MessageClass, methodOf } from './message-type.js';
import { StunParseResult } from './parse-result.js';

/** Attributes kept per message; a message with more is dropped as malformed. */
export const MAX_ATTRIBUTES = 128;

/** Unknown comprehension-required types remembered for UNKNOWN-ATTRIBUTES. */
export const MAX_UNKNOWN_LISTED = 16;

/**
 * A parsed STUN message over bytes it does not own. Reusable: `parse` overwrites everything and allocates nothing;
 * what it shows is valid until the next `parse` or until the bytes change. Readers take an attribute index (as
 * `find` returns it, -1 included) and answer undefined when the attribute is absent or malformed.
 */
export class StunMessageView {
  buf: Uint8Array = EMPTY;
  off = 0;
  /** Length of the whole message, header included. */
  len = 0;
  /** The 14-bit message type. */
  type = 0;
  method = 0;
  messageClass: MessageClass = MessageClass.request;
  /** Attributes that count: duplicates included, those ignored after MESSAGE-INTEGRITY not. */
  attributeCount = 0;
  /** Index of MESSAGE-INTEGRITY, or -1. */
  integrityIndex = -1;
  /** Index of MESSAGE-INTEGRITY-SHA256, or -1. */
  integritySha256Index = -1;
  hasFingerprint = false;
  /** Unknown comprehension-required types, each once; the first `unknownRequiredCount` entries count. */
  readonly unknownRequired = new Uint16Array(MAX_UNKNOWN_LISTED);
  unknownRequiredCount = 0;

  readonly #known: KnownAttributes;
  readonly #types = new Uint16Array(MAX_ATTRIBUTES);
  readonly #offsets = new Int32Array(MAX_ATTRIBUTES);
  readonly #lengths = new Uint16Array(MAX_ATTRIBUTES);

  /** `known`: the comprehension-required attributes that do not belong into `unknownRequired`. */
  constructor(known: KnownAttributes) {
    this.#known = known;
  }

  /**
   * Reads the message that fills exactly `len` bytes at `off` (RFC 8489 section 6.3). FINGERPRINT is verified when
   * present and must be last. Attributes after MESSAGE-INTEGRITY are skipped, save MESSAGE-INTEGRITY-SHA256 and
   * FINGERPRINT (sections 14.5, 14.6). After any result but `ok` the view's fields mean nothing.
   */
  parse(buf: Uint8Array, off: number, len: number): StunParseResult {
    if (len < HEADER_LENGTH || off < 0 || off + len > buf.length) return StunParseResult.truncated;
    const type = readU16(buf, off);
    if (type > 0x3fff) return StunParseResult.notStun;
    if (readU32(buf, off + 4) !== MAGIC_COOKIE) return StunParseResult.badCookie;
    const bodyLength = readU16(buf, off + 2);
    if ((bodyLength & 3) !== 0) return StunParseResult.badLength;
    if (HEADER_LENGTH + bodyLength > len) return StunParseResult.truncated;
    if (HEADER_LENGTH + bodyLength < len) return StunParseResult.badLength;
    this.buf = buf;
    this.off = off;
    this.len = len;
    this.type = type;
    this.method = methodOf(type);
    this.messageClass = classOf(type);
    this.attributeCount = 0;
    this.integrityIndex = -1;
    this.integritySha256Index = -1;
    this.hasFingerprint = false;
    this.unknownRequiredCount = 0;
    return this.#parseAttributes();
  }

  /** Where the 12 bytes of the transaction id start in `buf`. */
  get transactionIdOffset(): number {
    return this.off + 8;
  }

  /** Whether the transaction id equals the 12 bytes at `offset` of `bytes`. */
  hasTransactionId(bytes: Uint8Array, offset: number): boolean {
    for (let i = 0; i < 12; i++) if (this.buf[this.off + 8 + i] !== bytes[offset + i]) return false;
    return true;
  }

  /** Index of the first attribute of `type`, or -1. Later duplicates never win (RFC 8489 section 14). */
  find(type: number): number {
    for (let i = 0; i < this.attributeCount; i++) if (this.#types[i] === type) return i;
    return -1;
  }

  has(type: number): boolean {
    return this.find(type) >= 0;
  }

  attributeType(index: number): number {
    return this.#types[index]!;
  }

  /** Offset of the attribute's value in `buf`. */
  valueOffset(index: number): number {
    return this.#offsets[index]!;
  }

  /** Length of the attribute's value without padding. */
  valueLength(index: number): number {
    return this.#lengths[index]!;
  }

  /** A one-byte value (EVEN-PORT). */
  readU8(index: number): number | undefined {
    return this.#hasLength(index, 1) ? this.buf[this.#offsets[index]!] : undefined;
  }

  /** The first byte of a four-byte value whose rest is reserved (REQUESTED-TRANSPORT, address families). */
  readU8WithReserved(index: number): number | undefined {
    return this.#hasLength(index, 4) ? this.buf[this.#offsets[index]!] : undefined;
  }

  /** A two-byte value. */
  readU16(index: number): number | undefined {
    return this.#hasLength(index, 2) ? readU16(this.buf, this.#offsets[index]!) : undefined;
  }

  /** The first two bytes of a four-byte value whose rest is reserved (CHANNEL-NUMBER, RESPONSE-PORT). */
  readU16WithReserved(index: number): number | undefined {
    return this.#hasLength(index, 4) ? readU16(this.buf, this.#offsets[index]!) : undefined;
  }

  /** A four-byte value, unsigned. */
  readU32(index: number): number | undefined {
    return this.#hasLength(index, 4) ? readU32(this.buf, this.#offsets[index]!) : undefined;
  }

  /** An eight-byte value, unsigned (RESERVATION-TOKEN, ICE-CONTROLLING). Allocates. */
  readU64(index: number): bigint | undefined {
    if (!this.#hasLength(index, 8)) return undefined;
    const at = this.#offsets[index]!;
    return (BigInt(readU32(this.buf, at)) << 32n) | BigInt(readU32(this.buf, at + 4));
  }

  /** A copy of the value. Allocates. */
  readBytes(index: number): Uint8Array | undefined {
    if (!this.#exists(index)) return undefined;
    const at = this.#offsets[index]!;
    // Not slice: a Buffer's slice is no copy.
    return new Uint8Array(this.buf.subarray(at, at + this.#lengths[index]!));
  }

  /** The value as text; undefined when it is not UTF-8 or longer than `maxBytes`. Allocates. */
  readText(index: number, maxBytes: number): string | undefined {
    if (!this.#exists(index)) return undefined;
    return decodeUtf8(this.buf, this.#offsets[index]!, this.#lengths[index]!, maxBytes);
  }

  /** An XOR-MAPPED-ADDRESS shaped value (RFC 8489 section 14.2). Allocates. */
  readXorAddress(index: number): TransportAddress | undefined {
    return this.readXorAddressInto(index, slot) ? copyOf(slot) : undefined;
  }

  /** As `readXorAddress`, into `into`; false and `into.family` 0 when absent or malformed. Allocates nothing. */
  readXorAddressInto(index: number, into: AddressSlot): boolean {
    if (!this.readAddressInto(index, into)) return false;
    into.port ^= MAGIC_COOKIE >>> 16;
    // The mask is the cookie followed by the transaction id: bytes 4..19 of the header.
    const length = into.family === 4 ? 4 : 16;
    for (let i = 0; i < length; i++) {
      into.bytes[i]! ^= this.buf[this.off + 4 + i]!;
    }
    return true;
  }

  /** A MAPPED-ADDRESS shaped value (RFC 8489 section 14.1). Allocates. */
  readAddress(index: number): TransportAddress | undefined {
    return this.readAddressInto(index, slot) ? copyOf(slot) : undefined;
  }

  /** As `readAddress`, into `into`; false and `into.family` 0 when absent or malformed. Allocates nothing. */
  readAddressInto(index: number, into: AddressSlot): boolean {
    into.family = 0;
    if (!this.#exists(index)) return false;
    const at = this.#offsets[index]!;
    const length = this.#lengths[index]!;
    const family =
      length === 8 && this.buf[at + 1] === 1 ? 4 : length === 20 && this.buf[at + 1] === 2 ? 6 : 0;
    if (family === 0) return false;
    into.family = family;
    into.port = readU16(this.buf, at + 2);
    for (let i = 0; i < length - 4; i++) into.bytes[i] = this.buf[at + 4 + i]!;
    return true;
  }

  /** The number in ERROR-CODE, 300..699 (RFC 8489 section 14.8). */
  readErrorCode(index: number): number | undefined {
    if (!this.#exists(index) || this.#lengths[index]! < 4) return undefined;
    const at = this.#offsets[index]!;
    const hundreds = this.buf[at + 2]! & 7;
    const rest = this.buf[at + 3]!;
    return hundreds >= 3 && hundreds <= 6 && rest <= 99 ? hundreds * 100 + rest : undefined;
  }

  /** The reason phrase in ERROR-CODE; empty when there is none. Allocates. */
  readErrorReason(index: number): string | undefined {
    if (!this.#exists(index) || this.#lengths[index]! < 4) return undefined;
    return decodeUtf8(this.buf, this.#offsets[index]! + 4, this.#lengths[index]! - 4, MAX_REASON_BYTES);
  }

  /** The types in UNKNOWN-ATTRIBUTES (RFC 8489 section 14.13). Allocates. */
  readUnknownAttributes(index: number): number[] | undefined {
    if (!this.#exists(index) || (this.#lengths[index]! & 1) !== 0) return undefined;
    const types: number[] = [];
    const end = this.#offsets[index]! + this.#lengths[index]!;
    for (let at = this.#offsets[index]!; at < end; at += 2) types.push(readU16(this.buf, at));
    return types;
  }

  #parseAttributes(): StunParseResult {
    const buf = this.buf;
    const end = this.off + this.len;
    let at = this.off + HEADER_LENGTH;
    while (at < end) {
      const type = readU16(buf, at);
      const length = readU16(buf, at + 2);
      const next = at + 4 + ((length + 3) & ~3);
      if (next > end) return StunParseResult.badAttribute;
      if (type === Attribute.fingerprint && !this.#checkFingerprint(at, length, next === end)) {
        return StunParseResult.badFingerprint;
      }
      if (!this.#isAfterIntegrity(type)) {
        if (this.attributeCount === MAX_ATTRIBUTES) return StunParseResult.badAttribute;
        this.#keep(type, at + 4, length);
      }
      at = next;
    }
    return StunParseResult.ok;
  }

  #isAfterIntegrity(type: number): boolean {
    if (type === Attribute.fingerprint) return false;
    if (this.integritySha256Index >= 0) return true;
    return this.integrityIndex >= 0 && type !== Attribute.messageIntegritySha256;
  }

  #keep(type: number, valueOffset: number, length: number): void {
    const index = this.attributeCount++;
    this.#types[index] = type;
    this.#offsets[index] = valueOffset;
    this.#lengths[index] = length;
    if (type === Attribute.messageIntegrity) this.integrityIndex = index;
    else if (type === Attribute.messageIntegritySha256) this.integritySha256Index = index;
    else if (this.#known.isUnknownRequired(type)) this.#listUnknown(type);
  }

  #checkFingerprint(at: number, length: number, isLast: boolean): boolean {
    if (length !== 4 || !isLast) return false;
    this.hasFingerprint = true;
    return readU32(this.buf, at + 4) === fingerprintOf(this.buf, this.off, at - this.off);
  }

  #listUnknown(type: number): void {
    if (this.unknownRequiredCount === MAX_UNKNOWN_LISTED) return;
    for (let i = 0; i < this.unknownRequiredCount; i++) if (this.unknownRequired[i] === type) return;
    this.unknownRequired[this.unknownRequiredCount++] = type;
  }

  #exists(index: number): boolean {
    return index >= 0 && index < this.attributeCount;
  }

  #hasLength(index: number, length: number): boolean {
    return this.#exists(index) && this.#lengths[index] === length;
  }
}

/** A reason phrase has fewer than 128 characters, at most 763 bytes in old implementations (RFC 8489 section 14.8). */
const MAX_REASON_BYTES = 763;

const EMPTY = new Uint8Array(0);
const slot = new AddressSlot();

function copyOf(address: AddressSlot): TransportAddress {
  const family = address.family === 6 ? 6 : 4;
  return { family, bytes: address.bytes.slice(0, family === 4 ? 4 : 16), port: address.port };
}
