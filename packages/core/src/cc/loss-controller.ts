import type { Instant } from '../time/instant.js';

/**
 * The loss-based bound (draft-ietf-rmcat-gcc-02 section 6): above 10 % loss it falls by half the loss, between 2 and 10 %
 * it holds, below it rises by 8 % a second until it no longer binds. There is none before the first heavy loss, so light
 * loss alone never keeps the estimate low; it never falls far below what arrives all the same; and loss that stays as it was when less is sent is of the path's own making and
 * counts no more.
 */
export class LossController {
  /** Bits per second; Infinity while loss is no reason to send less. */
  boundBps = Infinity;
  /** Share of packets lost, 0..1, smoothed over the last intervals. */
  fraction = 0;

  #received = 0;
  #missing = 0;
  #since = -Infinity;
  #decreasedAt = -Infinity;
  /** Rate and loss when the present row of decreases began. */
  #rowStartBps = 0;
  #rowLoss = 0;
  /** Loss that does not depend on what is sent. */
  #ownLoss = 0;

  /** Adds what feedback says: packets received and missing. Negative where a missing one came late. */
  add(received: number, missing: number): void {
    this.#received += received;
    this.#missing += missing;
  }

  /** After each feedback. `estimateBps`: what is allowed now; `acknowledgedBps`: what arrives, 0 while not known. */
  update(now: Instant, estimateBps: number, roundTripMs: number, acknowledgedBps = 0): void {
    if (this.#since === -Infinity) this.#since = now;
    const packets = this.#received + this.#missing;
    if (now - this.#since < INTERVAL_MS || packets < LEAST_PACKETS) return;
    const elapsedMs = Math.min(now - this.#since, 1000);
    const loss = Math.max(this.#missing, 0) / packets;
    this.#since = now;
    this.#received = 0;
    this.#missing = 0;
    this.#apply(now, loss, elapsedMs, estimateBps, roundTripMs, acknowledgedBps);
  }

  /** The loss a receiver report states, 0..1, for peers that send no transport-wide feedback. */
  handleReport(now: Instant, loss: number, estimateBps: number, roundTripMs: number): void {
    const elapsedMs = this.#since === -Infinity ? 0 : Math.min(now - this.#since, 1000);
    this.#since = now;
    this.#apply(now, loss, elapsedMs, estimateBps, roundTripMs, 0);
  }

  /** So much went through without loss: what is below it binds no more. */
  raise(bps: number): void {
    if (bps > this.boundBps) this.boundBps = Infinity;
  }

  reset(): void {
    this.boundBps = Infinity;
    this.fraction = 0;
    this.#received = 0;
    this.#missing = 0;
    this.#since = -Infinity;
    this.#rowStartBps = 0;
    this.#ownLoss = 0;
  }

  #apply(
    now: Instant,
    loss: number,
    elapsedMs: number,
    estimateBps: number,
    roundTripMs: number,
    acknowledgedBps: number,
  ): void {
    this.fraction += (1 - KEPT_PER_INTERVAL ** (elapsedMs / INTERVAL_MS)) * (loss - this.fraction);
    if (this.fraction < this.#ownLoss) this.#ownLoss += OWN_LOSS_SMOOTHING * (this.fraction - this.#ownLoss);
    const excess = this.fraction - this.#ownLoss;
    if (excess > HEAVY_LOSS && loss > HEAVY_LOSS) {
      if (now - this.#decreasedAt < LEAST_BETWEEN_DECREASES_MS + roundTripMs) return;
      this.#decreasedAt = now;
      this.#decrease(estimateBps, acknowledgedBps);
    } else if (excess < LIGHT_LOSS) {
      this.#rowStartBps = 0;
      if (this.boundBps === Infinity) return;
      this.boundBps *= GROWTH_PER_SECOND ** (elapsedMs / 1000);
      if (this.boundBps > RELEASE * estimateBps) this.boundBps = Infinity;
    }
  }

  #decrease(estimateBps: number, acknowledgedBps: number): void {
    if (this.#rowStartBps === 0) {
      this.#rowStartBps = estimateBps;
      this.#rowLoss = this.fraction;
    } else if (estimateBps < ROW_ENOUGH * this.#rowStartBps) {
      if (this.fraction > UNCHANGED_LOSS * this.#rowLoss && this.fraction < MOST_OWN_LOSS) {
        this.#ownLoss = this.fraction;
        return;
      }
      this.#rowStartBps = estimateBps;
      this.#rowLoss = this.fraction;
    }
    const bound = Math.min(this.boundBps, estimateBps);
    // The smoothed loss tells of a time when more was sent: what gets through meanwhile is not too much.
    const least = Math.min(bound, LEAST_OF_ACKNOWLEDGED * acknowledgedBps);
    this.boundBps = Math.max(bound * (1 - this.fraction / 2), least);
  }
}

const INTERVAL_MS = 200;
const LEAST_PACKETS = 20;
/** Share of the smoothed loss that is still in it after an interval. */
const KEPT_PER_INTERVAL = 0.75;
const OWN_LOSS_SMOOTHING = 0.05;
const HEAVY_LOSS = 0.1;
const LIGHT_LOSS = 0.02;
const LEAST_BETWEEN_DECREASES_MS = 300;
const LEAST_OF_ACKNOWLEDGED = 0.85;
const GROWTH_PER_SECOND = 1.08;
/** A bound this much above the estimate binds no more. */
const RELEASE = 1.2;
/** Having gone down to this share, the loss has to have fallen, or it is the path's own. */
const ROW_ENOUGH = 0.7;
const UNCHANGED_LOSS = 0.8;
const MOST_OWN_LOSS = 0.3;
