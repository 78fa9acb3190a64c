import type { FrameInfo } from './frame-info.js';

/**
 * Reads the VP8 payload descriptor (RFC 7741 section 4.2) and of the first packet of a key frame its size (RFC 6386
 * section 9.1). False for a payload that ends within the descriptor or has nothing behind it. Never throws, allocates
 * nothing.
 */
export function parseVp8(bytes: Uint8Array, offset: number, length: number, info: FrameInfo): boolean {
  info.reset();
  if (length < 2) return false;
  const first = bytes[offset]!;
  const end = offset + length;
  let at = offset + 1;
  if ((first & EXTENDED) !== 0) {
    at = parseExtension(bytes, offset, end, info);
    if (at < 0) return false;
  }
  if (at >= end) return false;
  info.startsFrame = (first & START_AND_PARTITION) === START_OF_FRAME;
  if (info.startsFrame && (bytes[at]! & INTER_FRAME) === 0) {
    info.markKeyFrameStart();
    parseSize(bytes, at, end, info);
  }
  return true;
}

/** The octets behind the first one; answers where the payload begins, -1 when the packet ends before. */
function parseExtension(bytes: Uint8Array, offset: number, end: number, info: FrameInfo): number {
  const flags = bytes[offset + 1]!;
  let at = offset + 2;
  if ((flags & HAS_PICTURE_ID) !== 0) {
    // One octet more is needed behind each field in any case, so reading one ahead of the check is within the packet.
    if (at + 1 >= end) return -1;
    info.pictureIdOffset = at - offset;
    const high = bytes[at]!;
    if ((high & 0x80) === 0) {
      info.pictureId = high;
      info.pictureIdBits = 7;
      at++;
    } else {
      info.pictureId = ((high & 0x7f) << 8) | bytes[at + 1]!;
      info.pictureIdBits = 15;
      at += 2;
    }
  }
  if ((flags & HAS_TL0PICIDX) !== 0) {
    if (at >= end) return -1;
    info.tl0PicIdxOffset = at - offset;
    info.tl0PicIdx = bytes[at++]!;
  }
  if ((flags & HAS_TID_OR_KEYIDX) !== 0) {
    if (at >= end) return -1;
    const octet = bytes[at]!;
    if ((flags & HAS_TID) !== 0) {
      info.temporalLayer = octet >> 6;
      if ((octet & LAYER_SYNC) !== 0) info.temporalSwitchUpTo = info.temporalLayer;
    }
    if ((flags & HAS_KEYIDX) !== 0) {
      info.keyIdx = octet & 0x1f;
      info.keyIdxOffset = at - offset;
    }
    at++;
  }
  return at;
}

function parseSize(bytes: Uint8Array, at: number, end: number, info: FrameInfo): void {
  if (at + 10 > end || bytes[at + 3] !== 0x9d || bytes[at + 4] !== 0x01 || bytes[at + 5] !== 0x2a) return;
  // The upper two bits are a hint for scaling.
  info.width = ((bytes[at + 7]! & 0x3f) << 8) | bytes[at + 6]!;
  info.height = ((bytes[at + 9]! & 0x3f) << 8) | bytes[at + 8]!;
}

const EXTENDED = 0x80;
const START_AND_PARTITION = 0x17;
const START_OF_FRAME = 0x10;
const HAS_PICTURE_ID = 0x80;
const HAS_TL0PICIDX = 0x40;
const HAS_TID = 0x20;
const HAS_KEYIDX = 0x10;
const HAS_TID_OR_KEYIDX = HAS_TID | HAS_KEYIDX;
const LAYER_SYNC = 0x20;
/** P of the frame header: 0 in key frames. */
const INTER_FRAME = 0x01;
