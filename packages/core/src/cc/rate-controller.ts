import type { Instant } from '../time/instant.js';
import { DelaySignal } from './delay-detector.js';

/**
 * The delay-based estimate: additive increase, multiplicative decrease (draft-ietf-rmcat-gcc-02 section 5.5). Far from
 * the capacity that was seen last it grows by 8 % a second, near it by about one packet per response time; over-use takes
 * it to 85 % of what arrives.
 */
export class RateController {
  #estimateBps: number;
  #state: 'increase' | 'hold' = 'increase';
  #updatedAt = -Infinity;
  #decreasedAt = -Infinity;
  #capacityBps = 0;
  /** Variance of the capacity, divided by it, in kbit/s. */
  #capacityVariance = CAPACITY_VARIANCE_START;

  constructor(startBps: number) {
    this.#estimateBps = startBps;
  }

  get estimateBps(): number {
    return this.#estimateBps;
  }

  /** Takes another estimate, of a probe or a bound, from where it goes on. */
  setEstimate(bps: number): void {
    this.#estimateBps = bps;
    if (bps > this.#capacityBps * CAPACITY_FORGOTTEN) this.#forgetCapacity();
  }

  /** Begins anew at `startBps`, on another path. */
  restart(startBps: number): void {
    this.#estimateBps = startBps;
    this.#state = 'increase';
    this.#updatedAt = -Infinity;
    this.#decreasedAt = -Infinity;
    this.#forgetCapacity();
  }

  /**
   * After each feedback. `acknowledgedBps`: what arrives, 0 when not known. `sentBps`: what is sent: far below the
   * estimate (application-limited), neither growth nor the full decrease is justified.
   */
  update(
    now: Instant,
    signal: DelaySignal,
    acknowledgedBps: number,
    sentBps: number,
    roundTripMs: number,
  ): void {
    const elapsedMs = this.#updatedAt === -Infinity ? 0 : Math.min(now - this.#updatedAt, 1000);
    this.#updatedAt = now;
    if (signal === DelaySignal.overuse) {
      const leastGapMs = Math.min(Math.max(roundTripMs, 10), 200);
      if (now - this.#decreasedAt >= leastGapMs) this.#decrease(now, acknowledgedBps, sentBps);
      this.#state = 'hold';
    } else if (signal === DelaySignal.underuse) {
      // The queues drain: what then arrives is more than the path carries.
      this.#state = 'hold';
    } else if (this.#state === 'hold') {
      this.#state = 'increase';
    } else {
      this.#increase(elapsedMs, acknowledgedBps, roundTripMs);
    }
  }

  #increase(elapsedMs: number, acknowledgedBps: number, roundTripMs: number): void {
    if (this.#capacityBps > 0 && acknowledgedBps > this.#capacityMostBps()) this.#forgetCapacity();
    const seconds = elapsedMs / 1000;
    const current = this.#estimateBps;
    const raised =
      this.#capacityBps > 0
        ? current + additiveBpsPerSecond(current, roundTripMs) * seconds
        : Math.max(current * GROWTH_PER_SECOND ** seconds, current + 1000 * seconds);
    // An estimate that is not used is not confirmed: it must not run away from what arrives.
    const most = Math.max(MOST_OVER_ACKNOWLEDGED * acknowledgedBps + 10_000, ALWAYS_TRIED_BPS);
    // What came through without a queue can be sent.
    const proven = PROVEN * acknowledgedBps;
    if (proven > raised) this.#estimateBps = proven;
    else if (raised < most) this.#estimateBps = raised;
    else if (current < most) this.#estimateBps = most;
  }

  #decrease(now: Instant, acknowledgedBps: number, sentBps: number): void {
    const current = this.#estimateBps;
    let target = DECREASE * (acknowledgedBps > 0 ? acknowledgedBps : current);
    // Little is sent: what arrives does not measure the path.
    if (sentBps < APPLICATION_LIMITED * current)
      target = Math.max(target, DECREASE_APPLICATION_LIMITED * current);
    else if (acknowledgedBps > 0) this.#noteCapacity(acknowledgedBps);
    if (target < current) this.#estimateBps = target;
    this.#decreasedAt = now;
  }

  #noteCapacity(bps: number): void {
    if (this.#capacityBps > 0 && (bps < this.#capacityLeastBps() || bps > this.#capacityMostBps()))
      this.#forgetCapacity();
    if (this.#capacityBps === 0) {
      this.#capacityBps = bps;
      return;
    }
    const error = bps - this.#capacityBps;
    this.#capacityBps += CAPACITY_SMOOTHING * error;
    const relative = ((error / 1000) * (error / 1000)) / Math.max(this.#capacityBps / 1000, 1);
    const variance = this.#capacityVariance + CAPACITY_SMOOTHING * (relative - this.#capacityVariance);
    this.#capacityVariance = Math.min(Math.max(variance, CAPACITY_VARIANCE_START), CAPACITY_VARIANCE_MOST);
  }

  #capacityMostBps(): number {
    return this.#capacityBps + 3 * this.#capacityDeviationBps();
  }

  #capacityLeastBps(): number {
    return this.#capacityBps - 3 * this.#capacityDeviationBps();
  }

  #capacityDeviationBps(): number {
    return 1000 * Math.sqrt((this.#capacityVariance * this.#capacityBps) / 1000);
  }

  #forgetCapacity(): void {
    this.#capacityBps = 0;
    this.#capacityVariance = CAPACITY_VARIANCE_START;
  }
}

/** About one packet per response time, taking video of 30 frames a second. */
function additiveBpsPerSecond(bps: number, roundTripMs: number): number {
  const frameBits = bps / 30;
  const packetBits = frameBits / Math.ceil(frameBits / PACKET_BITS);
  const responseSeconds = (2 * (roundTripMs + 100)) / 1000;
  return Math.max(packetBits / responseSeconds, LEAST_GROWTH_BPS);
}

const GROWTH_PER_SECOND = 1.08;
const LEAST_GROWTH_BPS = 4000;
const MOST_OVER_ACKNOWLEDGED = 1.5;
/** Sound and the least picture: so much is tried even where nothing confirms it, or who gets no picture never would. */
const ALWAYS_TRIED_BPS = 150_000;
const PROVEN = 0.85;
const DECREASE = 0.85;
const DECREASE_APPLICATION_LIMITED = 0.5;
/** Share of the estimate below which the sender, not the path, is the limit. */
const APPLICATION_LIMITED = 0.65;
const PACKET_BITS = 9600;
const CAPACITY_SMOOTHING = 0.05;
const CAPACITY_VARIANCE_START = 0.4;
const CAPACITY_VARIANCE_MOST = 2.5;
const CAPACITY_FORGOTTEN = 1.25;
