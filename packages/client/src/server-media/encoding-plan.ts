import type { VideoCodec } from '../api/room.js';
import type { TrackKind, TrackSource } from '../api/track.js';

/** What is known of a track that is sent to the media server, as far as it matters for how. */
export interface EncodedTrack {
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly contentHint?: 'detail' | 'motion';
  /** Of the captured picture in pixels; 720p is assumed where the browser does not say. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** The RIDs (RFC 8851) of simulcast encodings, smallest picture first. */
const RIDS = ['q', 'h', 'f'] as const;
/** Shorter edges in pixels from which two and three sizes are sent: a third of less is of no use to anybody. */
const TWO_SIZES_FROM = 270;
const THREE_SIZES_FROM = 540;

const PIXELS_OF_720P = 1280 * 720;
const BITRATE_OF_720P_BPS = 1_700_000;
const HIGHEST_BITRATE_BPS = 3_500_000;
const LOWEST_BITRATE_BPS = 80_000;
const SCREEN_BITRATE_BPS = 2_500_000;
const SPEECH_BITRATE_BPS = 40_000;
const MUSIC_BITRATE_BPS = 96_000;
/** What is asked of VP9 and AV1 beside VP8 and H.264 for the same picture. */
const NEWER_CODEC_SHARE = 0.8;

/**
 * The encodings a track is offered with. A camera goes in up to three sizes, of which the server gives each receiver the
 * one that fits: as simulcast, or in the layers of one encoding with the codecs that have them.
 * @param layers how many sizes there are already, when a track takes the place of another one
 */
export function planEncodings(
  track: EncodedTrack,
  codec: VideoCodec,
  layers?: number,
): RTCRtpEncodingParameters[] {
  if (track.kind === 'audio') {
    const maxBitrate = track.source === 'screenAudio' ? MUSIC_BITRATE_BPS : SPEECH_BITRATE_BPS;
    return [{ maxBitrate, priority: 'high' }];
  }
  const share = hasLayers(codec) ? NEWER_CODEC_SHARE : 1;
  if (track.source === 'screen') return [screenEncoding(track, share)];
  const { width = 1280, height = 720 } = track;
  if (hasLayers(codec)) {
    const scalabilityMode = `L${sizesOf(width, height)}T3${sizesOf(width, height) > 1 ? '_KEY' : ''}`;
    // Its layers are sent beside each other, which costs a third more than the largest alone.
    const maxBitrate = Math.round(bitrateBps(width, height, 1) * share * 1.33);
    return [{ maxBitrate, scalabilityMode, priority: 'low' } as RTCRtpEncodingParameters];
  }
  const count = layers ?? sizesOf(width, height);
  if (count === 1) return [{ maxBitrate: bitrateBps(width, height, 1), priority: 'low' }];
  return RIDS.slice(0, count).map((rid, index) => {
    const scaleResolutionDownBy = 2 ** (count - 1 - index);
    const maxBitrate = bitrateBps(width, height, scaleResolutionDownBy);
    return { rid, scaleResolutionDownBy, maxBitrate, priority: 'low' };
  });
}

/** Text must stay readable: what has to be given up are frames; pixels only of films. */
export function planDegradation(track: EncodedTrack): RTCDegradationPreference | undefined {
  if (track.kind === 'audio') return undefined;
  if (track.source !== 'screen') return 'balanced';
  return track.contentHint === 'motion' ? 'maintain-framerate' : 'maintain-resolution';
}

/** Which encodings are sent when these RIDs are wanted: those, or the smallest when it is none that is sent. */
export function activeEncodings(
  sent: readonly (string | undefined)[],
  wanted: readonly string[] | undefined,
): boolean[] {
  if (wanted === undefined) return sent.map(() => true);
  const active = sent.map((rid) => wanted.includes(rid ?? ''));
  if (wanted.length > 0 && !active.includes(true) && active.length > 0) active[0] = true;
  return active;
}

function hasLayers(codec: VideoCodec): boolean {
  return codec === 'VP9' || codec === 'AV1';
}

function screenEncoding(track: EncodedTrack, share: number): RTCRtpEncodingParameters {
  const maxFramerate = track.contentHint === 'motion' ? 30 : 20;
  return { maxBitrate: SCREEN_BITRATE_BPS * share, maxFramerate, priority: 'medium' };
}

function sizesOf(width: number, height: number): number {
  const shortEdge = Math.min(width, height);
  if (shortEdge >= THREE_SIZES_FROM) return 3;
  return shortEdge >= TWO_SIZES_FROM ? 2 : 1;
}

/** A picture of half the width and height needs rather more than a quarter of the bits. */
function bitrateBps(width: number, height: number, scaledDownBy: number): number {
  const pixels = (width * height) / scaledDownBy ** 2;
  const planned = BITRATE_OF_720P_BPS * (pixels / PIXELS_OF_720P) ** 0.875;
  return Math.round(Math.min(Math.max(planned, LOWEST_BITRATE_BPS), HIGHEST_BITRATE_BPS));
}
