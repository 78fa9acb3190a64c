import type { CodecName } from '../sfu/media-parameters.js';
import type { FrameInfo } from './frame-info.js';
import { ALL_LAYERS } from './frame-info.js';
import { parseVp8 } from './vp8.js';

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
  info.startsFrame = true;
  info.endsFrame = true;
  info.isKeyFrame = true;
  info.startsKeyFrame = true;
  info.isSpatialSwitchUp = true;
  info.temporalSwitchUpTo = ALL_LAYERS;
  return true;
}

const PARSERS: Readonly<Record<CodecName, PayloadParser>> = {
  opus: parsePlain,
  red: parsePlain,
  VP8: parseVp8,
  VP9: parsePlain,
  H264: parsePlain,
  AV1: parsePlain,
};
