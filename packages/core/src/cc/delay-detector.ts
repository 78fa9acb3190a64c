/** What the delay of the packets says about the queue on the path. */
export const DelaySignal = { normal: 0, overuse: 1, underuse: 2 } as const;
export type DelaySignal = (typeof DelaySignal)[keyof typeof DelaySignal];

/**
 * Over-use detector (draft-ietf-rmcat-gcc-02 section 5): the slope of a straight line through the queueing delays of the
 * last groups, compared with a threshold that adapts to how much the path varies by itself. All times in milliseconds.
 */
export class DelayDetector {
  signal: DelaySignal = DelaySignal.normal;

  /** The window: when groups arrived, and the smoothed sum of the delay variations until then. */
  readonly #arrivals = new Float64Array(WINDOW_GROUPS);
  readonly #delays = new Float64Array(WINDOW_GROUPS);
  #groups = 0;
  #firstArrivalMs = 0;
  #accumulatedMs = 0;
  #smoothedMs = 0;
  #previousTrend = 0;
  #thresholdMs = THRESHOLD_START_MS;
  #thresholdAt = -1;
  /** How long the trend has been over the threshold; negative: it is not. */
  #overMs = -1;
  #overGroups = 0;

  /** Adds a pair of groups. */
  add(sendDeltaMs: number, arrivalDeltaMs: number, arrivalMs: number): void {
    if (this.#groups === 0) this.#firstArrivalMs = arrivalMs;
    this.#accumulatedMs += arrivalDeltaMs - sendDeltaMs;
    this.#smoothedMs = SMOOTHING * this.#smoothedMs + (1 - SMOOTHING) * this.#accumulatedMs;
    const at = this.#groups++ % WINDOW_GROUPS;
    this.#arrivals[at] = arrivalMs - this.#firstArrivalMs;
    this.#delays[at] = this.#smoothedMs;
    if (this.#groups < WINDOW_GROUPS) return;
    this.#judge(this.#slope(), sendDeltaMs, arrivalMs);
  }

  /** Forgets everything, for a new path. */
  reset(): void {
    this.signal = DelaySignal.normal;
    this.#groups = 0;
    this.#accumulatedMs = 0;
    this.#smoothedMs = 0;
    this.#previousTrend = 0;
    this.#thresholdMs = THRESHOLD_START_MS;
    this.#thresholdAt = -1;
    this.#overMs = -1;
    this.#overGroups = 0;
  }

  /** Least squares: delay gained per millisecond. */
  #slope(): number {
    let sumX = 0;
    let sumY = 0;
    for (let i = 0; i < WINDOW_GROUPS; i++) {
      sumX += this.#arrivals[i]!;
      sumY += this.#delays[i]!;
    }
    const meanX = sumX / WINDOW_GROUPS;
    const meanY = sumY / WINDOW_GROUPS;
    let covariance = 0;
    let variance = 0;
    for (let i = 0; i < WINDOW_GROUPS; i++) {
      const x = this.#arrivals[i]! - meanX;
      covariance += x * (this.#delays[i]! - meanY);
      variance += x * x;
    }
    return variance === 0 ? 0 : covariance / variance;
  }

  #judge(slope: number, sendDeltaMs: number, arrivalMs: number): void {
    const trend = slope * Math.min(this.#groups, GAIN_GROUPS) * GAIN;
    if (trend > this.#thresholdMs) {
      this.#overMs = this.#overMs < 0 ? sendDeltaMs / 2 : this.#overMs + sendDeltaMs;
      this.#overGroups++;
      if (this.#overMs > OVERUSE_AFTER_MS && this.#overGroups > 1 && trend >= this.#previousTrend) {
        this.#overMs = 0;
        this.#overGroups = 0;
        this.signal = DelaySignal.overuse;
      }
    } else {
      this.#overMs = -1;
      this.#overGroups = 0;
      this.signal = trend < -this.#thresholdMs ? DelaySignal.underuse : DelaySignal.normal;
    }
    this.#previousTrend = trend;
    this.#adapt(Math.abs(trend), arrivalMs);
  }

  #adapt(size: number, arrivalMs: number): void {
    const elapsedMs =
      this.#thresholdAt < 0 ? 0 : Math.min(arrivalMs - this.#thresholdAt, LONGEST_ADAPTATION_MS);
    this.#thresholdAt = arrivalMs;
    // A single leap (a route that changed) is not the ordinary variation of the path.
    if (size > this.#thresholdMs + LEAP_MS) return;
    const gain = size < this.#thresholdMs ? GAIN_DOWN : GAIN_UP;
    const threshold = this.#thresholdMs + gain * (size - this.#thresholdMs) * Math.max(elapsedMs, 0);
    this.#thresholdMs = Math.min(Math.max(threshold, THRESHOLD_LEAST_MS), THRESHOLD_MOST_MS);
  }
}

const WINDOW_GROUPS = 20;
const SMOOTHING = 0.9;
/** The slope is scaled by the number of groups (up to this) and a gain, into the unit of the threshold. */
const GAIN_GROUPS = 60;
const GAIN = 4;
const OVERUSE_AFTER_MS = 10;
/** Section 5.4 of the draft: del_var_th, its bounds, and the gains K_u and K_d per millisecond. */
const THRESHOLD_START_MS = 12.5;
const THRESHOLD_LEAST_MS = 6;
const THRESHOLD_MOST_MS = 600;
const GAIN_UP = 0.0087;
const GAIN_DOWN = 0.039;
const LEAP_MS = 15;
const LONGEST_ADAPTATION_MS = 100;
