import type { TrackKind, TrackSource } from '../api/track.js';

/** What is known of a track that is sent, as far as it matters for how. */
export interface PlannedTrack {
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly contentHint?: 'detail' | 'motion';
  /** Shorter edge of the captured picture in pixels, where known. */
  readonly shortEdge?: number;
}

/** How one RTCRtpSender sends. */
export interface SendSettings {
  readonly maxBitrateBps: number;
  /** Video only: 1 is the captured size. */
  readonly scaleResolutionDownBy?: number;
  /** Video only: frames a second. */
  readonly maxFramerate?: number;
  readonly priority: 'high' | 'medium' | 'low';
  readonly degradationPreference?: 'maintain-resolution' | 'maintain-framerate' | 'balanced';
}

/** How often `limitedSteps` can lower what is sent; more makes no difference. */
export const MOST_LIMITED_STEPS = 4;

interface Rung {
  readonly maxBitrateBps: number;
  readonly shortEdge: number;
  readonly maxFramerate: number;
}

// In a mesh each receiver costs an encoder and its share of the uplink, so a bigger room gets a smaller picture of each.
const CAMERA: readonly Rung[] = [
  { maxBitrateBps: 2_500_000, shortEdge: 720, maxFramerate: 30 },
  { maxBitrateBps: 1_200_000, shortEdge: 720, maxFramerate: 30 },
  { maxBitrateBps: 600_000, shortEdge: 360, maxFramerate: 25 },
  { maxBitrateBps: 350_000, shortEdge: 360, maxFramerate: 20 },
  { maxBitrateBps: 200_000, shortEdge: 270, maxFramerate: 15 },
  { maxBitrateBps: 150_000, shortEdge: 180, maxFramerate: 12 },
  { maxBitrateBps: 100_000, shortEdge: 180, maxFramerate: 8 },
];

/** Frames a second of a shared screen, by steps. */
const SCREEN_FRAMERATES = [30, 20, 15, 10, 5];
const SCREEN_BITRATE_BPS = 2_500_000;

/**
 * What a sender is set to, so that a room of this size fits an ordinary uplink and processor.
 *
 * @param receivers how many participants get the track, each over its own connection
 * @param limitedSteps 0 to `MOST_LIMITED_STEPS`: how far the processor has been found too slow
 */
export function planSending(track: PlannedTrack, receivers: number, limitedSteps: number): SendSettings {
  if (track.kind === 'audio') return planAudio(track, receivers);
  return track.source === 'screen'
    ? planScreen(track, receivers, limitedSteps)
    : planCamera(track, receivers, limitedSteps);
}

function planAudio(track: PlannedTrack, receivers: number): SendSettings {
  const speech = receivers <= 4 ? 40_000 : 32_000;
  return { maxBitrateBps: track.source === 'screenAudio' ? speech * 2 : speech, priority: 'high' };
}

function planCamera(track: PlannedTrack, receivers: number, limitedSteps: number): SendSettings {
  const rung = CAMERA[Math.min(cameraRung(receivers) + limitedSteps, CAMERA.length - 1)]!;
  return {
    maxBitrateBps: rung.maxBitrateBps,
    maxFramerate: rung.maxFramerate,
    scaleResolutionDownBy: scaleTo(rung.shortEdge, track.shortEdge),
    priority: 'low',
    degradationPreference: 'balanced',
  };
}

function cameraRung(receivers: number): number {
  if (receivers <= 1) return 0;
  if (receivers === 2) return 1;
  if (receivers <= 4) return 2;
  return receivers <= 7 ? 3 : 4;
}

/** Text must stay readable: frames are given up, pixels only for films. */
function planScreen(track: PlannedTrack, receivers: number, limitedSteps: number): SendSettings {
  const isMotion = track.contentHint === 'motion';
  const crowd = receivers <= 2 ? 0 : receivers <= 4 ? 1 : 2;
  const step = Math.min(crowd + limitedSteps, SCREEN_FRAMERATES.length - 1);
  const share = SCREEN_BITRATE_BPS / Math.max(1, receivers / 2);
  return {
    maxBitrateBps: Math.round(Math.max(share, 500_000)),
    maxFramerate: isMotion ? Math.max(SCREEN_FRAMERATES[step]!, 15) : SCREEN_FRAMERATES[step]!,
    scaleResolutionDownBy: isMotion && limitedSteps > 0 ? scaleTo(720, track.shortEdge) : 1,
    priority: 'medium',
    degradationPreference: isMotion ? 'maintain-framerate' : 'maintain-resolution',
  };
}

function scaleTo(shortEdge: number, captured = 720): number {
  return Math.max(1, captured / shortEdge);
}
