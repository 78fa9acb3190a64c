import { writeU16, writeU32 } from '../bytes/big-endian.js';
import { RTP_HEADER_BYTES } from './rtp-packet-view.js';

/**
 * Writes one RTP header (RFC 3550 section 5.1) with header extensions (RFC 8285) after another, where it is told.
 * Version 2, no CSRC list, no padding. Allocates nothing. Every octet up to what `end` answers has been written by
 * this class, save the elements of `reserveExtension`.
 */
export class RtpHeaderWriter {
  #bytes: Uint8Array = EMPTY;
  #offset = 0;
  #at = 0;
  #isTwoByte = false;
  #hasReserved = false;

  /** Starts a header at `offset` of `bytes`. A place without room for 12 octets is a bug of the caller: RangeError. */
  begin(
    bytes: Uint8Array,
    offset: number,
    payloadType: number,
    marker: boolean,
    sequenceNumber: number,
    timestamp: number,
    ssrc: number,
  ): void {
    if (offset < 0 || offset + RTP_HEADER_BYTES > bytes.length)
      throw new RangeError('No room for an RTP header');
    bytes[offset] = VERSION_2;
    bytes[offset + 1] = (marker ? 0x80 : 0) | (payloadType & 0x7f);
    writeU16(bytes, offset + 2, sequenceNumber);
    writeU32(bytes, offset + 4, timestamp);
    writeU32(bytes, offset + 8, ssrc);
    this.#bytes = bytes;
    this.#offset = offset;
    this.#at = offset + RTP_HEADER_BYTES + BLOCK_HEAD_BYTES;
    this.#isTwoByte = false;
    this.#hasReserved = false;
  }

  /**
   * All elements of this header take the two-byte form; to be called after `begin` and before the first element, when
   * one of them is empty, longer than 16 octets, or has an id above 14, and another one is reserved before it.
   */
  useTwoByteForm(): void {
    if (!this.#isTwoByte) this.#becomeTwoByte();
  }

  /**
   * Adds an element with `length` octets from `sourceOffset` of `source`, which may be the same buffer, but not where
   * this header is written. False, and nothing is added, when there is no such element or no room (see
   * `reserveExtension`).
   */
  addExtension(id: number, source: Uint8Array, sourceOffset: number, length: number): boolean {
    if (sourceOffset < 0 || sourceOffset + length > source.length) return false;
    const at = this.#open(id, length);
    if (at < 0) return false;
    for (let i = 0; i < length; i++) this.#bytes[at + i] = source[sourceOffset + i]!;
    return true;
  }

  /**
   * Adds an element of `length` octets that the caller fills, and answers the absolute offset of its data. -1, and
   * nothing is added, when there is no room, when id or length are impossible (id 1 to 255, at most 255 octets), or when
   * the element needs the two-byte form while one reserved before it stands in the one-byte form and may not move.
   */
  reserveExtension(id: number, length: number): number {
    const at = this.#open(id, length);
    if (at >= 0) this.#hasReserved = true;
    return at;
  }

  /** Ends the header: pads the elements to whole words, and answers the octets of it all. */
  end(): number {
    const bytes = this.#bytes;
    const blockAt = this.#offset + RTP_HEADER_BYTES;
    const dataAt = blockAt + BLOCK_HEAD_BYTES;
    if (this.#at === dataAt) return RTP_HEADER_BYTES;
    while (((this.#at - dataAt) & 3) !== 0) bytes[this.#at++] = 0;
    bytes[this.#offset]! |= HAS_EXTENSION;
    writeU16(bytes, blockAt, this.#isTwoByte ? 0x1000 : 0xbede);
    writeU16(bytes, blockAt + 2, (this.#at - dataAt) >> 2);
    return this.#at - this.#offset;
  }

  /** Writes the head of an element; answers where its data goes, -1 when it cannot be added. */
  #open(id: number, length: number): number {
    if (id < 1 || id > 255 || length < 0 || length > 255) return -1;
    if (!this.#isTwoByte && (id > 14 || length === 0 || length > 16)) {
      if (this.#hasReserved || !this.#becomeTwoByte()) return -1;
    }
    const at = this.#at;
    const dataAt = at + (this.#isTwoByte ? 2 : 1);
    if (!this.#hasRoom(dataAt + length)) return -1;
    if (this.#isTwoByte) {
      this.#bytes[at] = id;
      this.#bytes[at + 1] = length;
    } else {
      this.#bytes[at] = (id << 4) | (length - 1);
    }
    this.#at = dataAt + length;
    return dataAt;
  }

  /** Gives the elements written so far a head of two octets each; false when there is no room for that. */
  #becomeTwoByte(): boolean {
    const bytes = this.#bytes;
    const start = this.#offset + RTP_HEADER_BYTES + BLOCK_HEAD_BYTES;
    let count = 0;
    for (let at = start; at < this.#at; at += 2 + (bytes[at]! & 0x0f)) count++;
    if (!this.#hasRoom(this.#at + count)) return false;
    // Moving the whole list up by what it grows leaves room to write the new one from the front.
    bytes.copyWithin(start + count, start, this.#at);
    let from = start + count;
    let to = start;
    for (let i = 0; i < count; i++) {
      const head = bytes[from++]!;
      const length = (head & 0x0f) + 1;
      bytes[to++] = head >>> 4;
      bytes[to++] = length;
      for (let octet = 0; octet < length; octet++) bytes[to++] = bytes[from++]!;
    }
    this.#at = to;
    this.#isTwoByte = true;
    return true;
  }

  /** Whether elements may reach up to `end` and still be padded to a whole word. */
  #hasRoom(end: number): boolean {
    const padding = -(end - this.#offset) & 3;
    return end + padding <= this.#bytes.length;
  }
}

const VERSION_2 = 0x80;
const HAS_EXTENSION = 0x10;

/** Profile and length in front of the elements. */
const BLOCK_HEAD_BYTES = 4;

const EMPTY = new Uint8Array(0);
