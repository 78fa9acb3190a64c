import type { Instant } from '../time/instant.js';

export interface TokenBucketOptions {
  /** Tokens that flow in per second; 0 means no limit. */
  readonly ratePerSecond: number;
  /** The most tokens the bucket holds; one second's worth when not given. */
  readonly burst?: number;
}

/** A token bucket driven by the instants it is told. It starts full; time that goes back adds nothing. */
export class TokenBucket {
  /** Tokens per second, which is thousandths of a token per millisecond: whole numbers stay exact. */
  readonly #rate: number;
  readonly #burstThousandths: number;
  #thousandths: number;
  #filledAt = -Infinity;

  /** Throws on negative or non-finite figures: configuration has to refuse them before. */
  constructor(options: TokenBucketOptions) {
    const burst = options.burst ?? options.ratePerSecond;
    assertRate(options.ratePerSecond);
    assertRate(burst);
    this.#rate = options.ratePerSecond;
    this.#burstThousandths = 1000 * burst;
    this.#thousandths = 1000 * burst;
  }

  /** Whether `amount` tokens are there; takes nothing. */
  has(now: Instant, amount = 1): boolean {
    if (this.#rate === 0) return true;
    this.#fill(now);
    return this.#thousandths >= 1000 * amount;
  }

  /** Takes `amount` tokens if they are there and says so; takes nothing otherwise. */
  take(now: Instant, amount = 1): boolean {
    if (!this.has(now, amount)) return false;
    this.#thousandths -= 1000 * amount;
    return true;
  }

  #fill(now: Instant): void {
    if (now <= this.#filledAt) return;
    if (this.#filledAt !== -Infinity) {
      const filled = this.#thousandths + (now - this.#filledAt) * this.#rate;
      this.#thousandths = filled < this.#burstThousandths ? filled : this.#burstThousandths;
    }
    this.#filledAt = now;
  }
}

/** Throws unless `rate` is a finite number >= 0: a limit that is not a number would let everything through. */
export function assertRate(rate: number): void {
  if (!Number.isFinite(rate) || rate < 0) throw new Error(`not a rate: ${rate}`);
}
