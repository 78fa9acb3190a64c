import type { Instant } from '../time/instant.js';
import { instant, NEVER } from '../time/instant.js';

/** What leaves first when not everything may leave at once. */
export const PacerPriority = { audio: 0, retransmission: 1, video: 2, padding: 3 } as const;
export type PacerPriority = (typeof PacerPriority)[keyof typeof PacerPriority];

export interface PacerOptions {
  /** How many packets wait at most, per priority: a power of two. */
  readonly packets: number;
  /** How many bytes wait at most in all. */
  readonly bytes: number;
  /** How long a packet waits at most. */
  readonly ageMs: number;
}

/**
 * Spreads what one transport sends: packets leave at once while the budget allows, and wait by priority when not. It holds
 * no packets, only numbers by which the caller finds them. Audio is never held back, but what it takes is taken from the
 * others. All memory is taken once.
 */
export class Pacer {
  /** Packets that were dropped because they waited too long or too many did. */
  droppedPackets = 0;
  /** Bytes waiting. */
  queuedBytes = 0;
  /** Size of what `dequeue` gave last. */
  dequeuedBytes = 0;

  /** Whether what `dequeue` gave last waited too long, and has to be dropped (video then needs a key frame). */
  isLate = false;

  readonly #packets: number;
  readonly #mostBytes: number;
  readonly #ageMs: number;
  /** Three rings (retransmission, video, padding) side by side. */
  readonly #handles: Int32Array;
  readonly #sizes: Uint16Array;
  readonly #queuedAt: Float64Array;
  readonly #heads = new Uint32Array(RINGS);
  readonly #counts = new Uint32Array(RINGS);
  /** Bytes per millisecond. */
  #rate = 0;
  /** Bytes that may leave now; negative: a debt. */
  #budget = 0;
  #filledAt = -Infinity;

  constructor(options: PacerOptions) {
    this.#packets = options.packets;
    if (options.packets < 1 || (options.packets & (options.packets - 1)) !== 0)
      throw new Error(`not a power of two: ${options.packets}`);
    this.#mostBytes = options.bytes;
    this.#ageMs = options.ageMs;
    this.#handles = new Int32Array(RINGS * options.packets);
    this.#sizes = new Uint16Array(RINGS * options.packets);
    this.#queuedAt = new Float64Array(RINGS * options.packets);
  }

  /** Sets the rate from the estimate; packets leave at more than that, so that a key frame does not take seconds: at 2.5 times
   * of it, on a thin path at no more than it, since there the key frame would stand before the sound in the queue of the path.
   */
  setEstimate(now: Instant, estimateBps: number): void {
    this.#fill(now);
    const isFirst = this.#rate === 0;
    const share = (estimateBps - THIN_BPS) / (WIDE_BPS - THIN_BPS);
    const factor = BURST_FACTOR_THIN + (BURST_FACTOR - BURST_FACTOR_THIN) * Math.min(Math.max(share, 0), 1);
    this.#rate = (factor * estimateBps) / 8000;
    if (isFirst) this.#budget = this.#rate * WINDOW_MS;
  }

  /**
   * Whether a packet leaves at once, waits (the pacer keeps `handle`, an integer from 0), or is dropped. A stream whose video
   * is dropped needs a key frame.
   */
  enqueue(
    now: Instant,
    priority: PacerPriority,
    bytes: number,
    handle: number,
  ): 'send' | 'queued' | 'dropped' {
    this.#fill(now);
    if (priority === PacerPriority.audio) {
      this.#budget -= bytes;
      return 'send';
    }
    if (this.#budget > 0 && (this.queuedBytes === 0 || !this.#anyBefore(priority))) {
      this.#budget -= bytes;
      return 'send';
    }
    const ring = priority - 1;
    if (this.#counts[ring] === this.#packets || this.queuedBytes + bytes > this.#mostBytes) {
      this.droppedPackets++;
      return 'dropped';
    }
    const at = ring * this.#packets + ((this.#heads[ring]! + this.#counts[ring]!) & (this.#packets - 1));
    this.#handles[at] = handle;
    this.#sizes[at] = bytes;
    this.#queuedAt[at] = now;
    this.#counts[ring]!++;
    this.queuedBytes += bytes;
    return 'queued';
  }

  /**
   * Whether more has left than may within the next milliseconds: then nothing further should go out past the pacer, or what
   * waits would wait for long, and the queue of the path would be full.
   */
  isInDebt(now: Instant): boolean {
    this.#fill(now);
    return this.#budget < -MOST_DEBT_MS * this.#rate;
  }

  /** Takes what was sent past the pacer (probes) from the budget. */
  charge(now: Instant, bytes: number): void {
    this.#fill(now);
    this.#budget -= bytes;
  }

  /**
   * The handle of the next packet that may leave now, or -1. To be called until it gives -1. Ask `isLate` about it: what
   * waited too long is given out to be dropped, not sent, at no cost to the budget.
   */
  dequeue(now: Instant): number {
    this.#fill(now);
    for (let ring = 0; ring < RINGS; ring++) {
      if (this.#counts[ring] === 0) continue;
      const at = ring * this.#packets + this.#heads[ring]!;
      this.isLate = now - this.#queuedAt[at]! > this.#ageMs;
      if (!this.isLate && this.#budget <= 0) continue;
      this.#heads[ring] = (this.#heads[ring]! + 1) & (this.#packets - 1);
      this.#counts[ring]!--;
      this.dequeuedBytes = this.#sizes[at]!;
      this.queuedBytes -= this.dequeuedBytes;
      if (this.isLate) this.droppedPackets++;
      else this.#budget -= this.dequeuedBytes;
      return this.#handles[at]!;
    }
    return -1;
  }

  /** When `dequeue` may give something; NEVER while nothing waits. */
  nextDeadline(): Instant {
    if (this.queuedBytes === 0) return NEVER;
    if (this.#budget > 0) return instant(this.#filledAt);
    if (this.#rate === 0) return instant(this.#filledAt + this.#ageMs);
    return instant(this.#filledAt + Math.max(-this.#budget / this.#rate, LEAST_WAIT_MS));
  }

  #anyBefore(priority: PacerPriority): boolean {
    for (let ring = 0; ring < priority; ring++) if (this.#counts[ring]! > 0) return true;
    return false;
  }

  #fill(now: Instant): void {
    const elapsedMs = now - this.#filledAt;
    if (elapsedMs <= 0) return;
    this.#filledAt = now;
    const most = this.#rate * WINDOW_MS;
    if (elapsedMs !== Infinity) this.#budget = Math.min(this.#budget + elapsedMs * this.#rate, most);
  }
}

/** Audio has no ring: it never waits. */
const RINGS = 3;
const BURST_FACTOR = 2.5;
const BURST_FACTOR_THIN = 1;
const THIN_BPS = 200_000;
const WIDE_BPS = 600_000;
/** What was not used of this much time may leave in one burst. */
const WINDOW_MS = 10;
const MOST_DEBT_MS = 20;
const LEAST_WAIT_MS = 1;
