import type { FrameInfo } from './frame-info.js';

/**
 * Reads the aggregation header and the head of the first OBU of an AV1 payload (RTP payload format for AV1, sections 4.4
 * and 4.5): whether a frame or a coded video sequence starts. Layers are known only with the dependency descriptor, since
 * a packet that continues an OBU does not tell them. False for a payload without an OBU. Never throws, allocates nothing.
 */
export function parseAv1(bytes: Uint8Array, offset: number, length: number, info: FrameInfo): boolean {
  info.reset();
  if (length < 2) return false;
  const header = bytes[offset]!;
  const isContinuation = (header & FIRST_IS_CONTINUATION) !== 0;
  const startsSequence = (header & STARTS_SEQUENCE) !== 0;
  // A packet cannot continue what came before and begin a sequence.
  if (isContinuation) return !startsSequence;
  const type = firstObuType(bytes, offset + 1, offset + length, (header >> 4) & 3);
  if (type < 0) return false;
  if (startsSequence) info.markKeyFrameStart();
  else if (type !== TILE_GROUP && type !== TILE_LIST && type !== PADDING) info.startsFrame = true;
  return true;
}

/** Every OBU but the last of `count` (0: not told, all of them) has its length before it. -1: it does not fit. */
function firstObuType(bytes: Uint8Array, at: number, end: number, count: number): number {
  if (count !== 1) {
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= end || shift > 21) return -1;
      const octet = bytes[at++]!;
      size |= (octet & 0x7f) << shift;
      if ((octet & 0x80) === 0) break;
    }
    if (size === 0 || at + size > end) return -1;
  }
  return at < end ? (bytes[at]! >> 3) & 15 : -1;
}

const FIRST_IS_CONTINUATION = 0x80;
const STARTS_SEQUENCE = 0x08;
/** OBU types of the AV1 specification, section 6.2.2. */
const TILE_GROUP = 4;
const TILE_LIST = 8;
const PADDING = 15;
