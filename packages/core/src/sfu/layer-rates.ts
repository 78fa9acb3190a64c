import type { Instant } from '../time/instant.js';
import { RateWindow } from './rate-window.js';

/**
 * What the layers of one stream take, each with those it needs. A stream begins with a key frame, several times as large as
 * what follows, and every second differs from the one before: choices are made by the rate that has settled.
 */
export class LayerRates {
  /** By spatial and temporal layer, LAYERS of each. */
  readonly #windows: RateWindow[] = [];
  /** 0: not known. */
  readonly #settledBps: number[] = [];
  #temporalLayers = 1;
  #settledAt = -Infinity;
  /** When packets began to come, after a pause too. */
  #beganAt = -Infinity;
  #lastPacketAt = -Infinity;

  /** Whether packets come now. */
  isFlowing(now: Instant): boolean {
    return now - this.#lastPacketAt < FLOWING_MS;
  }

  /** How many spatial layers have been seen; 0: nothing has. */
  get spatialLayers(): number {
    return Math.ceil(this.#windows.length / LAYERS);
  }

  /** How many temporal layers have been seen, of any spatial layer; at least 1. */
  get temporalLayers(): number {
    return this.#temporalLayers;
  }

  /** Counts the bytes of a packet. */
  count(now: Instant, spatialLayer: number, temporalLayer: number, bytes: number): void {
    if (!this.isFlowing(now)) this.#beganAt = now;
    this.#lastPacketAt = now;
    const temporal = Math.min(temporalLayer, LAYERS - 1);
    const layer = Math.min(spatialLayer, LAYERS - 1) * LAYERS + temporal;
    if (temporal >= this.#temporalLayers) this.#temporalLayers = temporal + 1;
    // Filled up to the last layer of a spatial layer only when the next one begins.
    while (this.#windows.length <= layer) {
      this.#windows.push(new RateWindow());
      this.#settledBps.push(0);
    }
    // Only while packets come: what is paused keeps the rate it had.
    if (now - this.#settledAt >= SETTLE_INTERVAL_MS && now - this.#beganAt >= BEGINNING_MS) this.#settle(now);
    this.#windows[layer]!.add(now, bytes);
  }

  /** Bitrate of a layer with all it needs; after a pause that of before until it has settled; 0: not known. */
  settledBps(spatialLayer: number, temporalLayer: number): number {
    return this.#settledBps[spatialLayer * LAYERS + temporalLayer] ?? 0;
  }

  /** Bitrate of a layer with all it needs over the last second, a key frame included. */
  measuredBps(now: Instant, spatialLayer: number, temporalLayer: number): number {
    let sum = 0;
    for (let spatial = 0; spatial <= spatialLayer; spatial++) {
      for (let temporal = 0; temporal <= temporalLayer; temporal++) {
        sum += this.#windows[spatial * LAYERS + temporal]?.bitrateBps(now) ?? 0;
      }
    }
    return sum;
  }

  #settle(now: Instant): void {
    const elapsedMs = now - this.#settledAt;
    this.#settledAt = now;
    const share = 1 - Math.exp(-elapsedMs / SMOOTHING_MS);
    for (let layer = 0; layer < this.#settledBps.length; layer++) {
      const bps = this.measuredBps(now, Math.floor(layer / LAYERS), layer % LAYERS);
      const before = this.#settledBps[layer]!;
      this.#settledBps[layer] = before === 0 ? bps : before + share * (bps - before);
    }
  }
}

/** Spatial and temporal layers that are told apart. */
export const LAYERS = 4;
const FLOWING_MS = 1500;
/** Until the first key frame is out of what is measured. */
const BEGINNING_MS = 1400;
const SETTLE_INTERVAL_MS = 100;
const SMOOTHING_MS = 1500;
