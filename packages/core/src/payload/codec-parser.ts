import type { CodecName } from '../sfu/media-parameters.js';
import type { FrameInfo } from './frame-info.js';
import { parseAv1 } from './av1.js';
import { parseH264 } from './h264.js';
import { parseVp8 } from './vp8.js';
import { parseVp9 } from './vp9.js';

/**
 * Reads what is known of a payload of `length` bytes at `offset` into `info`. False when it breaks the payload format:
 * such a packet is of no use to any receiver. Never throws, allocates nothing.
 */
export type PayloadParser = (bytes: Uint8Array, offset: number, length: number, info: FrameInfo) => boolean;

/** The parser of a codec's payload. */
export function payloadParserOf(codec: CodecName): PayloadParser {
  return PARSERS[codec];
}

/** Audio: every packet stands for itself. */
function parsePlain(_bytes: Uint8Array, _offset: number, length: number, info: FrameInfo): boolean {
  info.reset();
  if (length === 0) return false;
  info.endsFrame = true;
  info.markKeyFrameStart();
  return true;
}

const PARSERS: Readonly<Record<CodecName, PayloadParser>> = {
  opus: parsePlain,
  red: parsePlain,
  VP8: parseVp8,
  VP9: parseVp9,
  H264: parseH264,
  AV1: parseAv1,
};
