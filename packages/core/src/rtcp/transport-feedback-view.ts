import { readU16, readU32 } from '../bytes/big-endian.js';
import {
  FEEDBACK_HEADER_BYTES,
  RTCP_HEADER_BYTES,
  RtcpType,
  TransportFeedbackFormat,
} from './packet-types.js';
import { withoutPadding } from './rtcp-reader.js';

/**
 * One transport-wide feedback packet (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1) over bytes it does
 * not own. Reusable: `parse` checks all of it and goes before the first packet status, `next` walks over them.
 * Allocates nothing; what it shows is valid until the next `parse` or until the bytes change.
 */
export class TransportFeedbackView {
  senderSsrc = 0;
  mediaSsrc = 0;
  /** Transport-wide sequence number of the first status, 16 bits. */
  baseSequence = 0;
  /** Packet statuses, 1 to 65,535. */
  statusCount = 0;
  /** Signed; a multiple of 64 ms within +-2^29 ms on the receiver's clock, whose zero is its own. */
  referenceTimeMs = 0;
  /** Counts the feedback packets of one receiver modulo 256. */
  feedbackCount = 0;

  /** Of the status `next` went to: its transport-wide sequence number, 16 bits. */
  sequenceNumber = 0;
  /** Of the status `next` went to: whether the packet arrived. */
  isReceived = false;
  /** Arrival of the last packet that was received, up to here: ms with quarters, on the clock of `referenceTimeMs`. */
  arrivalMs = 0;

  #bytes: Uint8Array = EMPTY;
  #chunkAt = 0;
  #deltaAt = 0;
  /** Statuses left in the packet, and in the current chunk. */
  #left = 0;
  #leftInChunk = 0;
  #chunk = 0;

  /**
   * Reads the RTCP packet at `offset`; `length` is all of it, header and padding included. False when it is something
   * else, without statuses, or malformed: cut off, with the reserved symbol, or with fewer arrival times than received
   * packets.
   */
  parse(bytes: Uint8Array, offset: number, length: number): boolean {
    this.#left = 0;
    if (length < MIN_BYTES || offset < 0 || offset + length > bytes.length) return false;
    if ((bytes[offset]! & 0xdf) !== HEAD || bytes[offset + 1] !== RtcpType.transportFeedback) return false;
    if (RTCP_HEADER_BYTES + (readU16(bytes, offset + 2) << 2) !== length) return false;
    const end = withoutPadding(bytes, offset, offset + length);
    const chunksAt = offset + FEEDBACK_HEADER_BYTES + 8;
    const statusCount = readU16(bytes, offset + FEEDBACK_HEADER_BYTES + 2);
    if (end < chunksAt || statusCount === 0) return false;
    const deltasAt = this.#checkChunks(bytes, chunksAt, end, statusCount);
    if (deltasAt < 0) return false;
    this.senderSsrc = readU32(bytes, offset + 4);
    this.mediaSsrc = readU32(bytes, offset + 8);
    this.baseSequence = readU16(bytes, offset + FEEDBACK_HEADER_BYTES);
    this.statusCount = statusCount;
    const time = readU32(bytes, offset + FEEDBACK_HEADER_BYTES + 4);
    this.referenceTimeMs = (time >> 8) * REFERENCE_UNIT_MS;
    this.feedbackCount = time & 0xff;
    this.sequenceNumber = (this.baseSequence - 1) & 0xffff;
    this.isReceived = false;
    this.arrivalMs = this.referenceTimeMs;
    this.#bytes = bytes;
    this.#chunkAt = chunksAt;
    this.#deltaAt = deltasAt;
    this.#left = statusCount;
    this.#leftInChunk = 0;
    return true;
  }

  /** Goes to the next status; false when there is none. */
  next(): boolean {
    if (this.#left === 0) return false;
    if (this.#leftInChunk === 0) {
      this.#chunk = readU16(this.#bytes, this.#chunkAt);
      this.#chunkAt += 2;
      this.#leftInChunk = capacityOf(this.#chunk);
    }
    const symbol = symbolOf(this.#chunk, this.#leftInChunk);
    this.#left--;
    this.#leftInChunk--;
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
    this.isReceived = symbol !== 0;
    if (symbol === 1) {
      this.arrivalMs += this.#bytes[this.#deltaAt++]! * DELTA_UNIT_MS;
    } else if (symbol === 2) {
      this.arrivalMs += ((readU16(this.#bytes, this.#deltaAt) << 16) >> 16) * DELTA_UNIT_MS;
      this.#deltaAt += 2;
    }
    return true;
  }

  /** Where the arrival times start; -1 when chunks or times do not fit before `end`, or a symbol is reserved. */
  #checkChunks(bytes: Uint8Array, chunksAt: number, end: number, statusCount: number): number {
    let at = chunksAt;
    let left = statusCount;
    let deltaBytes = 0;
    while (left > 0) {
      if (at + 2 > end) return -1;
      const chunk = readU16(bytes, at);
      at += 2;
      const capacity = capacityOf(chunk);
      if (capacity === 0) return -1;
      const count = Math.min(capacity, left);
      if (chunk < VECTOR) {
        const symbol = chunk >> 13;
        if (symbol === RESERVED) return -1;
        deltaBytes += symbol * count;
      } else {
        for (let i = 0; i < count; i++) {
          const symbol = symbolOf(chunk, capacity - i);
          if (symbol === RESERVED) return -1;
          deltaBytes += symbol;
        }
      }
      left -= count;
    }
    return at + deltaBytes > end ? -1 : at;
  }
}

/** Version 2 and the format; the padding bit is masked out. */
const HEAD = 0x80 | TransportFeedbackFormat.transportWideCc;

/** Header, base, count, time and one chunk, filled up to a word. */
const MIN_BYTES = FEEDBACK_HEADER_BYTES + 12;

const REFERENCE_UNIT_MS = 64;
const DELTA_UNIT_MS = 0.25;

/** A chunk from here on is a status vector, below it is a run; from TWO_BIT_VECTOR on its symbols have two bits. */
const VECTOR = 0x8000;
const TWO_BIT_VECTOR = 0xc000;

/** Symbol 0: not received, 1: one octet of arrival time, 2: two octets. 3 is reserved. */
const RESERVED = 3;

/** Statuses of a chunk. */
function capacityOf(chunk: number): number {
  if (chunk < VECTOR) return chunk & 0x1fff;
  return chunk < TWO_BIT_VECTOR ? 14 : 7;
}

/** The symbol of a chunk with `left` statuses to go, this one included. */
function symbolOf(chunk: number, left: number): number {
  if (chunk < VECTOR) return chunk >> 13;
  return chunk < TWO_BIT_VECTOR ? (chunk >> (left - 1)) & 1 : (chunk >> ((left - 1) << 1)) & 3;
}

const EMPTY = new Uint8Array(0);
