import { readU16 } from '../bytes/big-endian.js';
import { BitReader } from './bit-reader.js';
import type { FrameInfo } from './frame-info.js';

/**
 * Reads which NAL units a payload starts or continues (RFC 6184 section 5: single NAL unit, STAP-A, FU-A) and the size of a
 * picture from a sequence parameter set. A key frame starts with its parameter sets or the first slice of an IDR
 * picture. H.264 in RTP tells nothing of temporal layers. False for packet types WebRTC does not use and for lengths
 * that do not fit. Never throws, allocates nothing.
 */
export function parseH264(bytes: Uint8Array, offset: number, length: number, info: FrameInfo): boolean {
  info.reset();
  if (length < 2) return false;
  const type = bytes[offset]! & 0x1f;
  if (type === STAP_A) return parseAggregation(bytes, offset + 1, offset + length, info);
  if (type === FU_A) return parseFragment(bytes, offset, length, info);
  if (type === 0 || type > LAST_SINGLE_NAL_UNIT) return false;
  noteNalUnit(type, bytes, offset + 1, length - 1, info);
  return true;
}

function parseAggregation(bytes: Uint8Array, at: number, end: number, info: FrameInfo): boolean {
  while (at + 2 < end) {
    const length = readU16(bytes, at);
    at += 2;
    if (length === 0 || at + length > end) return false;
    noteNalUnit(bytes[at]! & 0x1f, bytes, at + 1, length - 1, info);
    at += length;
  }
  return at === end;
}

function parseFragment(bytes: Uint8Array, offset: number, length: number, info: FrameInfo): boolean {
  if (length < 3) return false;
  const head = bytes[offset + 1]!;
  const type = head & 0x1f;
  if ((head & FRAGMENT_START) !== 0) noteNalUnit(type, bytes, offset + 2, length - 2, info);
  else if (type === IDR_SLICE) info.isKeyFrame = true;
  return true;
}

/** `offset` and `length` are of what follows the header of the NAL unit, as far as it is in the packet. */
function noteNalUnit(type: number, bytes: Uint8Array, offset: number, length: number, info: FrameInfo): void {
  if (type === SEQUENCE_PARAMETER_SET) {
    info.markKeyFrameStart();
    parseSize(bytes, offset, length, info);
  } else if (type === IDR_SLICE) {
    if (isFirstSlice(bytes, offset, length)) info.markKeyFrameStart();
    info.isKeyFrame = true;
  } else if (type === SLICE || type === SLICE_PARTITION_A) {
    if (isFirstSlice(bytes, offset, length)) info.startsFrame = true;
  } else if (type >= SUPPLEMENTAL_INFORMATION && type <= ACCESS_UNIT_DELIMITER) {
    info.startsFrame = true;
  }
}

/** first_mb_in_slice is 0, which as an Exp-Golomb code is the bit 1. */
function isFirstSlice(bytes: Uint8Array, offset: number, length: number): boolean {
  return length > 0 && (bytes[offset]! & 0x80) !== 0;
}

/** seq_parameter_set_data() of H.264 section 7.3.2.1.1 up to the cropping. */
function parseSize(bytes: Uint8Array, offset: number, length: number, info: FrameInfo): void {
  if (length < 4) return;
  const profile = bytes[offset]!;
  reader.beginNalUnit(bytes, offset + 3, length - 3);
  reader.readExpGolomb();
  let chroma = 1;
  if (HIGH_PROFILES.includes(profile)) {
    chroma = reader.readExpGolomb();
    if (chroma < 0 || chroma > 3 || !skipHighProfile(chroma)) return;
  }
  reader.readExpGolomb();
  if (!skipPictureOrderCount()) return;
  reader.readExpGolomb();
  reader.readBit();
  const widthInBlocks = reader.readExpGolomb() + 1;
  const heightInUnits = reader.readExpGolomb() + 1;
  const isFrameOnly = reader.readBit();
  if (isFrameOnly === 0) reader.readBit();
  reader.readBit();
  let width = 16 * widthInBlocks;
  let height = 16 * (2 - isFrameOnly) * heightInUnits;
  if (reader.readBit() === 1) {
    const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
    const unitY = (chroma === 1 ? 2 : 1) * (2 - isFrameOnly);
    width -= unitX * (reader.readExpGolomb() + reader.readExpGolomb());
    height -= unitY * (reader.readExpGolomb() + reader.readExpGolomb());
  }
  if (reader.isBeyondEnd || width <= 0 || height <= 0 || width > LARGEST_SIDE || height > LARGEST_SIDE)
    return;
  info.width = width;
  info.height = height;
}

/** What the high profiles have more, up to the scaling lists; false where it cannot be read. */
function skipHighProfile(chroma: number): boolean {
  if (chroma === 3) reader.readBit();
  reader.readExpGolomb();
  reader.readExpGolomb();
  reader.readBit();
  if (reader.readBit() === 0) return true;
  const lists = chroma === 3 ? 12 : 8;
  for (let list = 0; list < lists; list++) {
    if (reader.readBit() === 1) skipScalingList(list < 6 ? 16 : 64);
  }
  return !reader.isBeyondEnd;
}

function skipScalingList(size: number): void {
  let last = 8;
  for (let i = 0; i < size && !reader.isBeyondEnd; i++) {
    const code = reader.readExpGolomb();
    // se(v): 0, 1, -1, 2, -2, ...
    const delta = (code & 1) === 1 ? (code + 1) >> 1 : -(code >> 1);
    last = (last + delta) & 0xff;
    if (last === 0) return;
  }
}

function skipPictureOrderCount(): boolean {
  const type = reader.readExpGolomb();
  if (type === 0) reader.readExpGolomb();
  else if (type === 1) {
    reader.readBit();
    reader.readExpGolomb();
    reader.readExpGolomb();
    const cycle = reader.readExpGolomb();
    for (let i = 0; i < cycle && !reader.isBeyondEnd; i++) reader.readExpGolomb();
  }
  return type >= 0 && type <= 2 && !reader.isBeyondEnd;
}

/** One for all: nothing is kept in it between calls. */
const reader = new BitReader();

/** profile_idc of the profiles whose parameter sets tell of chroma. */
const HIGH_PROFILES: readonly number[] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
const LARGEST_SIDE = 16_384;

const SLICE = 1;
const SLICE_PARTITION_A = 2;
const IDR_SLICE = 5;
/** These four lie before the first slice of a picture: SEI, SPS, PPS, access unit delimiter. */
const SUPPLEMENTAL_INFORMATION = 6;
const SEQUENCE_PARAMETER_SET = 7;
const ACCESS_UNIT_DELIMITER = 9;
const LAST_SINGLE_NAL_UNIT = 23;
const STAP_A = 24;
const FU_A = 28;
const FRAGMENT_START = 0x80;
