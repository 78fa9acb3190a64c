import type { Instant } from '../time/instant.js';

/** Bitrate over the last second, in ten steps. */
export class RateWindow {
  readonly #bytes = new Float64Array(STEPS);
  /** The step written to last, counted from the zero of the clock. */
  #step = -1;
  #startedAt = -1;

  add(now: Instant, bytes: number): void {
    this.#advance(now);
    this.#bytes[this.#step % STEPS]! += bytes;
  }

  bitrateBps(now: Instant): number {
    if (this.#step < 0) return 0;
    this.#advance(now);
    let sum = 0;
    for (let step = 0; step < STEPS; step++) sum += this.#bytes[step]!;
    const seconds = Math.min(STEPS * STEP_MS, Math.max(MINIMUM_MS, now - this.#startedAt)) / 1000;
    return (sum * 8) / seconds;
  }

  #advance(now: Instant): void {
    const step = Math.floor(now / STEP_MS);
    if (this.#step < 0 || step - this.#step >= STEPS) {
      this.#bytes.fill(0);
      this.#startedAt = now;
      this.#step = step;
      return;
    }
    while (this.#step < step) this.#bytes[++this.#step % STEPS] = 0;
  }
}

const STEPS = 10;
const STEP_MS = 100;
/** A rate of less than this says little. */
const MINIMUM_MS = 300;
