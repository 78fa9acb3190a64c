import { readU16 } from '../bytes/big-endian.js';
import type { FrameInfo } from './frame-info.js';
import { ALL_LAYERS } from './frame-info.js';

/**
 * Reads the VP9 payload descriptor (RFC 9628 section 4.2), in flexible and non-flexible mode, with the sizes of its
 * scalability structure. False for a payload that ends within the descriptor or has nothing behind it. Never throws,
 * allocates nothing.
 */
export function parseVp9(bytes: Uint8Array, offset: number, length: number, info: FrameInfo): boolean {
  info.reset();
  if (length < 2) return false;
  const flags = bytes[offset]!;
  const end = offset + length;
  const isInterPicture = (flags & INTER_PICTURE) !== 0;
  info.startsFrame = (flags & START_OF_FRAME) !== 0;
  info.endsFrame = (flags & END_OF_FRAME) !== 0;
  info.isSpatialSwitchUp = !isInterPicture;
  let at = offset + 1;
  if ((flags & HAS_PICTURE_ID) !== 0) at = parsePictureId(bytes, offset, end, info);
  if (at > 0 && (flags & HAS_LAYERS) !== 0) at = parseLayers(bytes, offset, at, end, info);
  if (at > 0 && isInterPicture && (flags & FLEXIBLE) !== 0) at = skipReferences(bytes, at, end);
  if (at > 0 && (flags & HAS_STRUCTURE) !== 0) at = parseStructure(bytes, at, end, info);
  if (at <= 0 || at >= end) return false;
  // Without prediction from another picture the lowest layer needs nothing, the higher ones only those below.
  if (!isInterPicture && info.spatialLayer === 0) {
    info.isKeyFrame = true;
    if (info.startsFrame) info.markKeyFrameStart();
  }
  return true;
}

/** This and the following answer where the next field begins, 0 when the packet ends before. */
function parsePictureId(bytes: Uint8Array, offset: number, end: number, info: FrameInfo): number {
  const high = bytes[offset + 1]!;
  info.pictureIdOffset = 1;
  if ((high & 0x80) === 0) {
    info.pictureId = high;
    info.pictureIdBits = 7;
    return offset + 2;
  }
  if (offset + 3 >= end) return 0;
  info.pictureId = readU16(bytes, offset + 1) & 0x7fff;
  info.pictureIdBits = 15;
  return offset + 3;
}

function parseLayers(bytes: Uint8Array, offset: number, at: number, end: number, info: FrameInfo): number {
  if (at + 1 >= end) return 0;
  const layers = bytes[at++]!;
  info.temporalLayer = layers >> 5;
  info.spatialLayer = (layers >> 1) & 7;
  // Later pictures of higher temporal layers need nothing of these layers from before this picture.
  if ((layers & SWITCHING_UP_POINT) !== 0) info.temporalSwitchUpTo = ALL_LAYERS;
  if ((bytes[offset]! & FLEXIBLE) === 0) {
    info.tl0PicIdxOffset = at - offset;
    info.tl0PicIdx = bytes[at++]!;
  }
  return at;
}

/** Up to three P_DIFF, each saying whether one more follows. */
function skipReferences(bytes: Uint8Array, at: number, end: number): number {
  for (let count = 0; count < 3; count++) {
    if (at >= end) return 0;
    if ((bytes[at++]! & 1) === 0) return at;
  }
  return 0;
}

function parseStructure(bytes: Uint8Array, at: number, end: number, info: FrameInfo): number {
  if (at >= end) return 0;
  const head = bytes[at++]!;
  if ((head & HAS_SIZES) !== 0) {
    const layers = (head >> 5) + 1;
    if (at + 4 * layers > end) return 0;
    for (let layer = 0; layer < layers; layer++) {
      info.addLayerSize(readU16(bytes, at), readU16(bytes, at + 2));
      at += 4;
    }
  }
  if ((head & HAS_PICTURE_GROUP) === 0) return at;
  if (at >= end) return 0;
  let pictures = bytes[at++]!;
  for (; pictures > 0; pictures--) {
    if (at >= end) return 0;
    at += 1 + ((bytes[at]! >> 2) & 3);
  }
  return at;
}

const HAS_PICTURE_ID = 0x80;
const INTER_PICTURE = 0x40;
const HAS_LAYERS = 0x20;
const FLEXIBLE = 0x10;
const START_OF_FRAME = 0x08;
const END_OF_FRAME = 0x04;
const HAS_STRUCTURE = 0x02;
const SWITCHING_UP_POINT = 0x10;
const HAS_SIZES = 0x10;
const HAS_PICTURE_GROUP = 0x08;
