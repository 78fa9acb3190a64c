/** Counts times by their size: 16 classes for each doubling, so that a percentile is right to about 4 %. Memory is fixed. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(CLASSES);
  #count = 0;
  #maximum = 0;

  get count(): number {
    return this.#count;
  }

  /** The longest, in microseconds; 0 of nothing. */
  get maximumMicroseconds(): number {
    return this.#maximum;
  }

  add(microseconds: number): void {
    this.#counts[classOf(microseconds)]!++;
    this.#count++;
    if (microseconds > this.#maximum) this.#maximum = microseconds;
  }

  /** What `percent` of the times do not exceed, in microseconds; 0 of nothing. */
  percentileMicroseconds(percent: number): number {
    const rank = Math.ceil((percent / 100) * this.#count);
    let seen = 0;
    for (let index = 0; index < CLASSES; index++) {
      seen += this.#counts[index]!;
      if (seen >= rank && seen > 0) return Math.min(this.#maximum, 2 ** ((index + 1) / CLASSES_PER_DOUBLING));
    }
    return 0;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#maximum = 0;
  }
}

function classOf(microseconds: number): number {
  return microseconds < 1
    ? 0
    : Math.min(CLASSES - 1, Math.floor(Math.log2(microseconds) * CLASSES_PER_DOUBLING));
}

const CLASSES_PER_DOUBLING = 16;
/** Up to 2^32 microseconds. */
const CLASSES = 32 * CLASSES_PER_DOUBLING;
