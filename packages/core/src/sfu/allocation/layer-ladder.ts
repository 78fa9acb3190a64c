import type { Instant } from '../../time/instant.js';
import type { PublishedTrack } from '../published-track.js';
import type { ReceivedStream } from '../received-stream.js';
import { LAYERS } from '../layer-rates.js';

/** Most steps a ladder has. */
export const MAXIMUM_STEPS = 16;

/**
 * What a publisher offers of a video track, from the least to the most: encodings of simulcast, layers of SVC. Bitrates of
 * what does not flow now are those of when it last did, or a guess. Reused: `read` overwrites everything.
 */
export class LayerLadder {
  count = 0;
  readonly encodings = new Int8Array(MAXIMUM_STEPS);
  readonly spatialLayers = new Int8Array(MAXIMUM_STEPS);
  readonly temporalLayers = new Int8Array(MAXIMUM_STEPS);
  readonly bitratesBps = new Float64Array(MAXIMUM_STEPS);
  /** Pixels; 0: not known. */
  readonly widths = new Int32Array(MAXIMUM_STEPS);
  readonly heights = new Int32Array(MAXIMUM_STEPS);
  /** 1 where packets arrive now. */
  readonly flowing = new Uint8Array(MAXIMUM_STEPS);

  read(now: Instant, track: PublishedTrack): void {
    this.count = 0;
    const encodings = track.media?.encodings.length ?? 0;
    const top = largest(track);
    for (let encoding = 0; encoding < encodings; encoding++) {
      const stream = track.streams[encoding];
      const shrink = encodings - 1 - encoding;
      if (stream === undefined || stream.rates.spatialLayers === 0) {
        const width = stream?.width || (top?.width ?? 0) >> shrink;
        const height = stream?.height || (top?.height ?? 0) >> shrink;
        this.#add(encoding, LAYERS - 1, LAYERS - 1, guessBps(encoding, encodings), width, height, 0);
      } else this.#addLayers(now, stream, encoding, encodings);
    }
  }

  /** The lowest step that fills this many pixels; the highest where none does or the size is not known. */
  stepFor(width: number, height: number): number {
    if (width <= 0 || height <= 0) return this.count - 1;
    for (let step = 0; step < this.count; step++) {
      // A little too small does not show.
      if (this.heights[step]! >= height * ENOUGH || this.widths[step]! >= width * ENOUGH) {
        return this.#fullRateOf(step);
      }
    }
    return this.count - 1;
  }

  /** The highest step up to `step` that packets arrive of, else the lowest above it, else `step`. */
  flowingNear(step: number): number {
    for (let below = step; below >= 0; below--) if (this.flowing[below] === 1) return below;
    for (let above = step + 1; above < this.count; above++) if (this.flowing[above] === 1) return above;
    return step;
  }

  /** The step of the same picture size with all frames. */
  #fullRateOf(step: number): number {
    let full = step;
    while (
      full + 1 < this.count &&
      this.encodings[full + 1] === this.encodings[step] &&
      this.spatialLayers[full + 1] === this.spatialLayers[step]
    ) {
      full++;
    }
    return full;
  }

  #addLayers(now: Instant, stream: ReceivedStream, encoding: number, encodings: number): void {
    const { rates } = stream;
    const { spatialLayers, temporalLayers } = rates;
    const isFlowing = rates.isFlowing(now) ? 1 : 0;
    for (let spatial = 0; spatial < spatialLayers; spatial++) {
      // A larger picture with half the frames is a step between; with a quarter of them it is none any more.
      const least = encoding === 0 && spatial === 0 ? 0 : Math.max(0, temporalLayers - 2);
      for (let temporal = least; temporal < temporalLayers; temporal++) {
        const settled = rates.settledBps(spatial, temporal);
        const guess = guessBps(encoding + spatial, encodings + spatialLayers - 1);
        let bitrate = settled > 0 ? settled : guess * 2 ** ((temporal - temporalLayers + 1) / 2);
        // The least there is is not kept back for a guess.
        if (settled === 0 && this.count === 0)
          bitrate = Math.min(bitrate, rates.measuredBps(now, spatial, temporal));
        const shrink = spatialLayers - 1 - spatial;
        this.#add(
          encoding,
          spatial,
          temporal,
          bitrate,
          stream.width >> shrink,
          stream.height >> shrink,
          isFlowing,
        );
      }
    }
  }

  #add(
    encoding: number,
    spatialLayer: number,
    temporalLayer: number,
    bitrateBps: number,
    width: number,
    height: number,
    isFlowing: number,
  ): void {
    if (this.count === MAXIMUM_STEPS) return;
    const step = this.count++;
    this.encodings[step] = encoding;
    this.spatialLayers[step] = spatialLayer;
    this.temporalLayers[step] = temporalLayer;
    // A better picture is never taken for less than a worse one.
    const least = step === 0 ? 0 : this.bitratesBps[step - 1]! + 1;
    this.bitratesBps[step] = Math.max(least, bitrateBps);
    this.widths[step] = width;
    this.heights[step] = height;
    this.flowing[step] = isFlowing;
  }
}

function largest(track: PublishedTrack): ReceivedStream | undefined {
  let best: ReceivedStream | undefined;
  for (const stream of track.streams)
    if (stream !== undefined && stream.width >= (best?.width ?? 1)) best = stream;
  return best;
}

/** Of an encoding that has not been seen: what browsers send at most in the usual places. */
function guessBps(encoding: number, encodings: number): number {
  const fromTop = encodings - 1 - encoding;
  return GUESSES_BPS[Math.min(fromTop, GUESSES_BPS.length - 1)]!;
}

const GUESSES_BPS = [1_500_000, 500_000, 150_000, 100_000];
const ENOUGH = 0.85;
