import { readU16 } from '../bytes/big-endian.js';

/**
 * A payload of redundant audio data (RFC 2198 section 3): the primary block, and older ones sent again. Reused: `parse`
 * overwrites everything, allocates nothing, and what it shows is valid until the next one. Offsets are absolute.
 */
export class RedPayload {
  /** Of the primary block. */
  payloadType = 0;
  offset = 0;
  length = 0;
  /** Redundant blocks, in the order of the payload: in practice oldest first. */
  count = 0;
  readonly payloadTypes = new Uint8Array(MOST_BLOCKS);
  readonly offsets = new Int32Array(MOST_BLOCKS);
  readonly lengths = new Uint16Array(MOST_BLOCKS);
  /** How much earlier than the packet a block is, in units of the clock rate; 14 bits. */
  readonly timestampOffsets = new Uint16Array(MOST_BLOCKS);

  /**
   * Reads a payload of `length` bytes. False when it ends within its headers or blocks, has no primary block, or more than
   * 16 redundant ones; the fields mean nothing then.
   */
  parse(bytes: Uint8Array, offset: number, length: number): boolean {
    const end = offset + length;
    let at = offset;
    let count = 0;
    for (; at < end && bytes[at]! >= MORE_FOLLOWS; at += HEADER_BYTES) {
      if (count === MOST_BLOCKS || at + HEADER_BYTES > end) return false;
      this.payloadTypes[count] = bytes[at]! & 0x7f;
      this.timestampOffsets[count] = readU16(bytes, at + 1) >>> 2;
      this.lengths[count++] = readU16(bytes, at + 2) & 0x3ff;
    }
    if (at >= end) return false;
    this.payloadType = bytes[at++]!;
    for (let block = 0; block < count; block++) {
      this.offsets[block] = at;
      at += this.lengths[block]!;
    }
    if (at >= end) return false;
    this.count = count;
    this.offset = at;
    this.length = end - at;
    return true;
  }
}

const MOST_BLOCKS = 16;
const MORE_FOLLOWS = 0x80;
/** Of a redundant block; that of the primary one is a single octet. */
const HEADER_BYTES = 4;
