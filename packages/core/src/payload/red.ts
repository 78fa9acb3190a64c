/** Where the primary encoding lies in a RED payload (RFC 2198): the block that is not redundant. Used again. */
export class RedPrimaryBlock {
  payloadType = 0;
  /** Absolute, like the offset given to `parse`. */
  offset = 0;
  length = 0;

  /** False where headers or blocks do not fit into the payload. Never throws, allocates nothing. */
  parse(bytes: Uint8Array, offset: number, length: number): boolean {
    const end = offset + length;
    let at = offset;
    let redundantBytes = 0;
    while (at < end && (bytes[at]! & ANOTHER_FOLLOWS) !== 0) {
      if (at + 4 > end) return false;
      redundantBytes += ((bytes[at + 2]! & 3) << 8) | bytes[at + 3]!;
      at += 4;
    }
    if (at >= end) return false;
    this.payloadType = bytes[at]! & 0x7f;
    this.offset = at + 1 + redundantBytes;
    this.length = end - this.offset;
    return this.length >= 0;
  }
}

const ANOTHER_FOLLOWS = 0x80;
