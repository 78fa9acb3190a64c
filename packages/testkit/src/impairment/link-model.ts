import { SeededRandom } from './seeded-random.js';

/** What one direction of a link does to packets. Nothing is impaired that is not given. */
export interface Impairment {
  /** Share of packets that vanish, 0 to 1, each independently of the others. */
  readonly lossFraction?: number;
  /** Loss that comes in bursts, beside the above. */
  readonly burstLoss?: BurstLoss;
  readonly delayMs?: number;
  /** The delay of each packet lies anywhere in `delayMs` ± `jitterMs` (never below 0). Order is kept. */
  readonly jitterMs?: number;
  /** Share of packets, 0 to 1, that are held back by `reorderMs` more while those behind them go on. */
  readonly reorderFraction?: number;
  /** Default: 20. */
  readonly reorderMs?: number;
  /** Bits per second, counted over whole Ethernet frames. */
  readonly rateBps?: number;
  /** With a rate: what would wait longer than this for its turn is dropped. Default: 200. */
  readonly queueMs?: number;
}

/** A link that is good or bad (Gilbert and Elliott); in the mean it is bad for 1 / `endFraction` packets. */
export interface BurstLoss {
  /** Chance of each packet, 0 to 1, that a good link is bad from it on. */
  readonly beginFraction: number;
  /** Chance of each packet, 0 to 1, that a bad link is good from it on. */
  readonly endFraction: number;
  /** Share of packets that vanish while it is bad. Default: 1. */
  readonly lossFraction?: number;
}

/** What becomes of a packet. Times are those of the clock of `accept`. */
export type PacketFate =
  | { readonly kind: 'delivered'; readonly atMs: number }
  | { readonly kind: 'dropped'; readonly reason: 'loss' | 'queue' };

/** What has become of the packets so far. `delivered` counts those the model lets through, arrived or not yet. */
export interface LinkCounts {
  readonly packets: number;
  readonly bytes: number;
  readonly lost: number;
  readonly queueDropped: number;
  readonly heldBack: number;
  readonly delivered: number;
}

/**
 * One direction of a link, without clock or sockets: a queue before a rate, then loss, then delay. The same seed, packets
 * and times give the same fates.
 */
export class LinkModel {
  readonly #random: SeededRandom;
  /** Of its own, so that the fates of packets on a link without bursts are as they always were. */
  readonly #burstRandom: SeededRandom;
  #isBad = false;
  #impairment: Impairment;
  /** When the last bit of everything accepted so far has left the queue. */
  #idleAtMs = -Infinity;
  /** When the latest packet that keeps its place arrives: none that keeps its place may be earlier. */
  #latestArrivalMs = -Infinity;
  #packets = 0;
  #bytes = 0;
  #lost = 0;
  #queueDropped = 0;
  #heldBack = 0;

  constructor(impairment: Impairment, seed: number) {
    this.#random = new SeededRandom(seed);
    this.#burstRandom = new SeededRandom(seed ^ BURST_SEED);
    this.#impairment = impairment;
  }

  /** From now on the link is like this. Packets under way arrive as they would have. */
  change(impairment: Impairment): void {
    this.#impairment = impairment;
  }

  /** A packet enters at `nowMs`, which never goes back. */
  accept(nowMs: number, bytes: number): PacketFate {
    const {
      lossFraction = 0,
      delayMs = 0,
      jitterMs = 0,
      reorderFraction = 0,
      reorderMs = 20,
    } = this.#impairment;
    // Always three draws: the fate of a packet does not hang on what became of those before it.
    const [lossDraw, jitterDraw, reorderDraw] = [this.#draw(), this.#draw(), this.#draw()];
    const isLostInBurst = this.#passBurst();
    this.#packets++;
    this.#bytes += bytes;
    const departureMs = this.#passQueue(nowMs, bytes);
    if (departureMs === undefined) {
      this.#queueDropped++;
      return { kind: 'dropped', reason: 'queue' };
    }
    if (lossDraw < lossFraction || isLostInBurst) {
      this.#lost++;
      return { kind: 'dropped', reason: 'loss' };
    }
    const arrivalMs = departureMs + Math.max(0, delayMs + (2 * jitterDraw - 1) * jitterMs);
    if (reorderDraw < reorderFraction) {
      this.#heldBack++;
      return { kind: 'delivered', atMs: Math.max(arrivalMs, this.#latestArrivalMs) + reorderMs };
    }
    this.#latestArrivalMs = Math.max(arrivalMs, this.#latestArrivalMs);
    return { kind: 'delivered', atMs: this.#latestArrivalMs };
  }

  counts(): LinkCounts {
    const [packets, lost, queueDropped] = [this.#packets, this.#lost, this.#queueDropped];
    return {
      ...{ packets, bytes: this.#bytes, lost, queueDropped },
      heldBack: this.#heldBack,
      delivered: packets - lost - queueDropped,
    };
  }

  /** Whether the packet vanishes because the link is bad. */
  #passBurst(): boolean {
    const { burstLoss } = this.#impairment;
    if (burstLoss === undefined) {
      this.#isBad = false;
      return false;
    }
    const { beginFraction, endFraction, lossFraction = 1 } = burstLoss;
    const [changeDraw, lossDraw] = [this.#burstRandom.fraction(), this.#burstRandom.fraction()];
    if (changeDraw < (this.#isBad ? endFraction : beginFraction)) this.#isBad = !this.#isBad;
    return this.#isBad && lossDraw < lossFraction;
  }

  /** When the packet has left the queue; undefined when the queue is too long for it. */
  #passQueue(nowMs: number, bytes: number): number | undefined {
    const { rateBps, queueMs = 200 } = this.#impairment;
    if (rateBps === undefined) return nowMs;
    const startMs = Math.max(nowMs, this.#idleAtMs);
    if (startMs - nowMs > queueMs) return undefined;
    this.#idleAtMs = startMs + (bytes * 8000) / rateBps;
    return this.#idleAtMs;
  }

  #draw(): number {
    return this.#random.fraction();
  }
}

const BURST_SEED = 0x5eed;
