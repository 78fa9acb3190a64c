import type { Instant } from '../../time/instant.js';
import type { LayerOffer } from './layer-offer.js';

/** A better step is taken when the budget is this many times its bitrate ... */
export const ROOM_TO_RISE = 1.15;
/** ... and has been for so long. */
export const HOLD_BEFORE_RISE_MS = 2000;

/**
 * Which encoding and layers of one track one subscriber is to get: as little as fills what it shows, never more than
 * its budget. Down at once, up only with room to spare and after a while, so that an estimate that swings around a
 * step does not make the picture swing too. The result is in fields.
 */
export class LayerChoice {
  /** -1: nothing. */
  encoding = -1;
  spatialLayer = 0;
  temporalLayer = 0;
  /** Of what is chosen; 0 for nothing. */
  bitrateBps = 0;
  /** Of the next better step that would be of use; 0 when there is none. It takes `ROOM_TO_RISE` times as much to get it. */
  nextBitrateBps = 0;
  /** Of the best step that would be of use. */
  usefulBitrateBps = 0;

  #width = 0;
  #height = 0;
  #isPaused = false;
  /** Pixels of the screen have changed: what follows from that need not wait. */
  #isImpatient = true;
  /** Since when there has been room for something better; Infinity: there is none. */
  #roomSince = Infinity;

  /** What the subscriber shows: pixels of the screen, 0 x 0 while not known. */
  show(width: number, height: number): void {
    if (width === this.#width && height === this.#height) return;
    this.#width = width;
    this.#height = height;
    this.#isImpatient = true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (this.#isPaused) this.#isImpatient = true;
    this.#isPaused = false;
  }

  /** Chooses anew. To be called whenever offer or budget have changed, and about once a second. */
  choose(now: Instant, offer: LayerOffer, budgetBps: number): void {
    const last = this.#isPaused ? -1 : offer.lastUseful(this.#width, this.#height);
    const step = this.#step(now, offer, budgetBps, last);
    this.encoding = step < 0 ? -1 : offer.encoding(step);
    this.spatialLayer = step < 0 ? 0 : offer.spatialLayer(step);
    this.temporalLayer = step < 0 ? 0 : offer.temporalLayer(step);
    this.bitrateBps = step < 0 ? 0 : offer.bitrateBps(step);
    this.nextBitrateBps = offer.nextBitrateBps(step, last);
    this.usefulBitrateBps = last < 0 ? 0 : offer.bitrateBps(last);
  }

  #step(now: Instant, offer: LayerOffer, budgetBps: number, last: number): number {
    const affordable = offer.bestWithin(budgetBps, last);
    const risen = offer.bestWithin(budgetBps / ROOM_TO_RISE, last);
    const current = this.encoding < 0 ? -1 : offer.find(this.encoding, this.spatialLayer, this.temporalLayer);
    // What follows from the screen, or from an encoding that began or ended, need not wait.
    const isFree = this.#isImpatient || (this.encoding >= 0 && current < 0);
    this.#isImpatient = last < 0;
    if (isFree && current < 0) return risen >= 0 ? risen : affordable;
    if (affordable <= current || risen <= current) {
      this.#roomSince = Infinity;
      return Math.min(affordable, current);
    }
    if (now < this.#roomSince) this.#roomSince = now;
    if (!isFree && now - this.#roomSince < HOLD_BEFORE_RISE_MS) return current;
    this.#roomSince = Infinity;
    return risen;
  }
}
