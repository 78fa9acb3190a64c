import type { Instant } from '../time/instant.js';

/** Which packets may be sent again: none twice within a round trip, none more than three times (threat M7). */
export class ResendBudget {
  readonly #sequences = new Int32Array(SLOTS).fill(-1);
  readonly #sentAt = new Float64Array(SLOTS);
  readonly #times = new Uint8Array(SLOTS);

  /** Whether the packet of this (16-bit) number may be sent again now; counts it as sent. */
  take(now: Instant, sequenceNumber: number, roundTripMs: number): boolean {
    const slot = sequenceNumber & (SLOTS - 1);
    if (this.#sequences[slot] !== sequenceNumber || now - this.#sentAt[slot]! > FORGOTTEN_MS) {
      this.#sequences[slot] = sequenceNumber;
      this.#times[slot] = 0;
    } else if (
      this.#times[slot]! >= MAXIMUM_TIMES ||
      now - this.#sentAt[slot]! < Math.max(MINIMUM_INTERVAL_MS, roundTripMs)
    ) {
      return false;
    }
    this.#times[slot]!++;
    this.#sentAt[slot] = now;
    return true;
  }
}

/** Power of two. */
const SLOTS = 1024;
const MAXIMUM_TIMES = 3;
const MINIMUM_INTERVAL_MS = 10;
/** The number is another packet's by then. */
const FORGOTTEN_MS = 5000;
