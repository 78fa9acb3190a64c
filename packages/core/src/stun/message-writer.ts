import { writeU16, writeU32 } from '../bytes/big-endian.js';
import { utf8Length, writeUtf8 } from '../bytes/utf8.js';
import type { Crypto } from '../env/crypto.js';
import type { Arrival } from '../path/path.js';
import type { TransportAddress } from '../path/transport-address.js';
import { Attribute } from './attributes.js';
import { fingerprintOf } from './fingerprint.js';
import type { StunMessageView } from './message-view.js';
import type { MessageClass } from './message-type.js';
import { HEADER_LENGTH, MAGIC_COOKIE, messageType, TRANSACTION_ID_LENGTH } from './message-type.js';

/**
 * Writes one STUN message after another into a buffer it is given. The header's length is right after every call,
 * every byte up to `length` has been written by this class (padding is zeros), and nothing is allocated. Writing
 * past the end or without `begin` is a bug of the caller and throws a RangeError.
 */
export class StunMessageWriter {
  #buf: Uint8Array;
  #off: number;
  #end: number;
  #at = -1;

  /** The message will start at `offset` of `buffer` and never pass `end` (default: the buffer's end). */
  constructor(options: { buffer: Uint8Array; offset?: number; end?: number }) {
    this.#buf = options.buffer;
    this.#off = options.offset ?? 0;
    this.#end = options.end ?? options.buffer.length;
  }

  /** Points the writer at another place; `begin` comes next. */
  retarget(buffer: Uint8Array, offset: number, end: number): void {
    this.#buf = buffer;
    this.#off = offset;
    this.#end = end;
    this.#at = -1;
  }

  get buffer(): Uint8Array {
    return this.#buf;
  }

  /** Where the message starts in `buffer`. */
  get offset(): number {
    return this.#off;
  }

  /** Bytes written so far, header included: the length of the message. */
  get length(): number {
    return this.#at < 0 ? 0 : this.#at - this.#off;
  }

  /** Starts a message of `type` (see `messageType`) with the 12-byte transaction id at `idOffset` of `idSource`. */
  begin(type: number, idSource: Uint8Array, idOffset: number): this {
    if (this.#off + HEADER_LENGTH > this.#end || idOffset + TRANSACTION_ID_LENGTH > idSource.length)
      throw tooLong();
    const buf = this.#buf;
    writeU16(buf, this.#off, type & 0x3fff);
    writeU16(buf, this.#off + 2, 0);
    writeU32(buf, this.#off + 4, MAGIC_COOKIE);
    for (let i = 0; i < TRANSACTION_ID_LENGTH; i++) buf[this.#off + 8 + i] = idSource[idOffset + i]!;
    this.#at = this.#off + HEADER_LENGTH;
    return this;
  }

  /** Starts the answer of `messageClass` to `request`: same method, same transaction id. */
  beginAnswer(request: StunMessageView, messageClass: MessageClass): this {
    return this.begin(messageType(request.method, messageClass), request.buf, request.transactionIdOffset);
  }

  /** An attribute without value (DONT-FRAGMENT, USE-CANDIDATE). */
  flag(type: number): this {
    this.#open(type, 0);
    return this;
  }

  /** `length` bytes of `source` from `offset`. */
  bytes(type: number, source: Uint8Array, offset = 0, length = source.length - offset): this {
    if (length < 0 || offset < 0 || offset + length > source.length) throw tooLong();
    const at = this.#open(type, length);
    for (let i = 0; i < length; i++) this.#buf[at + i] = source[offset + i]!;
    return this;
  }

  /** `length` zero bytes (PADDING). */
  zeros(type: number, length: number): this {
    const at = this.#open(type, length);
    this.#buf.fill(0, at, at + length);
    return this;
  }

  /** A one-byte value (EVEN-PORT). */
  u8(type: number, value: number): this {
    this.#buf[this.#open(type, 1)] = value;
    return this;
  }

  /** A byte and three reserved zero bytes (REQUESTED-TRANSPORT, REQUESTED-ADDRESS-FAMILY). */
  u8WithReserved(type: number, value: number): this {
    return this.u32(type, value << 24);
  }

  /** A two-byte value. */
  u16(type: number, value: number): this {
    writeU16(this.#buf, this.#open(type, 2), value);
    return this;
  }

  /** Two bytes and two reserved zero bytes (CHANNEL-NUMBER, RESPONSE-PORT). */
  u16WithReserved(type: number, value: number): this {
    return this.u32(type, value << 16);
  }

  /** A four-byte value. */
  u32(type: number, value: number): this {
    writeU32(this.#buf, this.#open(type, 4), value);
    return this;
  }

  /** An eight-byte value. */
  u64(type: number, value: bigint): this {
    const at = this.#open(type, 8);
    writeU32(this.#buf, at, Number((value >> 32n) & 0xffffffffn));
    writeU32(this.#buf, at + 4, Number(value & 0xffffffffn));
    return this;
  }

  /** Text as UTF-8. */
  text(type: number, text: string): this {
    writeUtf8(text, this.#buf, this.#open(type, utf8Length(text)));
    return this;
  }

  /** An address as MAPPED-ADDRESS carries it (RFC 8489 section 14.1). */
  address(type: number, address: TransportAddress): this {
    this.#openAddress(type, address.family, address.port);
    const length = address.family === 4 ? 4 : 16;
    for (let i = 0; i < length; i++) this.#buf[this.#at - length + i] = address.bytes[i]!;
    return this;
  }

  /** An address as XOR-MAPPED-ADDRESS carries it (RFC 8489 section 14.2). */
  xorAddress(type: number, address: TransportAddress): this {
    return this.xorAddressBytes(type, address.family, address.bytes, 0, address.port);
  }

  /** As `xorAddress`, the address being 4 or 16 bytes in network order at `offset` of `source`. */
  xorAddressBytes(type: number, family: 4 | 6, source: Uint8Array, offset: number, port: number): this {
    this.#openAddress(type, family, port);
    const length = family === 4 ? 4 : 16;
    for (let i = 0; i < length; i++) this.#buf[this.#at - length + i] = source[offset + i]!;
    this.#maskAddress(length);
    return this;
  }

  /** The remote address of an arrival, plain. */
  addressFromArrival(type: number, arrival: Arrival): this {
    this.#openAddress(type, arrival.family, arrival.port);
    const count = arrival.family === 4 ? 1 : 4;
    for (let i = 0; i < count; i++) writeU32(this.#buf, this.#at - 4 * (count - i), arrival.words[i]!);
    return this;
  }

  /** The remote address of an arrival, XORed. */
  xorAddressFromArrival(type: number, arrival: Arrival): this {
    this.addressFromArrival(type, arrival);
    this.#maskAddress(arrival.family === 4 ? 4 : 16);
    return this;
  }

  /** ERROR-CODE. No reason phrase unless given: it only makes answers to strangers longer. */
  errorCode(code: number, reason = ''): this {
    const at = this.#open(Attribute.errorCode, 4 + utf8Length(reason));
    writeU32(this.#buf, at, (Math.trunc(code / 100) << 8) | (code % 100));
    if (reason !== '') writeUtf8(reason, this.#buf, at + 4);
    return this;
  }

  /** UNKNOWN-ATTRIBUTES with the first `count` of `types`. */
  unknownAttributes(types: ArrayLike<number>, count = types.length): this {
    const at = this.#open(Attribute.unknownAttributes, 2 * count);
    for (let i = 0; i < count; i++) writeU16(this.#buf, at + 2 * i, types[i]!);
    return this;
  }

  /** MESSAGE-INTEGRITY over everything written so far (RFC 8489 section 14.5). */
  messageIntegrity(crypto: Crypto, key: Uint8Array): this {
    const covered = this.length;
    const at = this.#open(Attribute.messageIntegrity, 20);
    crypto.hmacSha1(key, this.#buf, this.#off, covered, this.#buf, at);
    return this;
  }

  /** MESSAGE-INTEGRITY-SHA256, 16..32 bytes in steps of 4 (RFC 8489 section 14.6). */
  messageIntegritySha256(crypto: Crypto, key: Uint8Array, truncatedLength = 32): this {
    if (truncatedLength < 16 || truncatedLength > 32 || truncatedLength % 4 !== 0) {
      throw new RangeError(`MESSAGE-INTEGRITY-SHA256 cannot have ${truncatedLength} bytes`);
    }
    const covered = this.length;
    const at = this.#open(Attribute.messageIntegritySha256, truncatedLength);
    crypto.hmacSha256(key, this.#buf, this.#off, covered, digest, 0);
    for (let i = 0; i < truncatedLength; i++) this.#buf[at + i] = digest[i]!;
    return this;
  }

  /** FINGERPRINT; must come last (RFC 8489 section 14.7). */
  fingerprint(): this {
    const covered = this.length;
    const at = this.#open(Attribute.fingerprint, 4);
    writeU32(this.#buf, at, fingerprintOf(this.#buf, this.#off, covered));
    return this;
  }

  /** Writes attribute header and zero padding, updates the message length, returns where the value goes. */
  #open(type: number, length: number): number {
    const at = this.#at;
    const padded = (length + 3) & ~3;
    const next = at + 4 + padded;
    if (at < 0 || length < 0 || length > 0xffff || next > this.#end || next - this.#off > MAX_MESSAGE)
      throw tooLong();
    const buf = this.#buf;
    writeU16(buf, at, type);
    writeU16(buf, at + 2, length);
    for (let i = at + 4 + length; i < next; i++) buf[i] = 0;
    this.#at = next;
    writeU16(buf, this.#off + 2, next - this.#off - HEADER_LENGTH);
    return at + 4;
  }

  #openAddress(type: number, family: 4 | 6, port: number): void {
    const at = this.#open(type, family === 4 ? 8 : 20);
    writeU16(this.#buf, at, family === 4 ? 1 : 2);
    writeU16(this.#buf, at + 2, port);
  }

  /** XORs the address just written: port with the cookie's high half, bytes with cookie and transaction id. */
  #maskAddress(length: number): void {
    const buf = this.#buf;
    const start = this.#at - length;
    buf[start - 2]! ^= MAGIC_COOKIE >>> 24;
    buf[start - 1]! ^= (MAGIC_COOKIE >>> 16) & 0xff;
    for (let i = 0; i < length; i++) buf[start + i]! ^= buf[this.#off + 4 + i]!;
  }
}

/** Header plus the largest body a 16-bit length that is a multiple of 4 can tell. */
const MAX_MESSAGE = HEADER_LENGTH + 0xfffc;

/** Scratch for full-length digests. In a slab of its own: small typed arrays move, and native code may write here. */
const digest = new Uint8Array(4096);

function tooLong(): RangeError {
  return new RangeError('STUN message does not fit its buffer');
}
