/** What the delay of the packets says about the queue on the path. */
export const DelaySignal = { normal: 0, overuse: 1, underuse: 2 } as const;
export type DelaySignal = (typeof DelaySignal)[keyof typeof DelaySignal];

/**
 * Over-use detector (draft-ietf-rmcat-gcc-02 section 5): the slope of a straight line through the queueing delays of the
 * last groups, compared with a threshold that adapts to how much the path varies by itself. All times in milliseconds.
 */
export class DelayDetector {
  signal: DelaySignal = DelaySignal.normal;
  /** Standard deviation of the delays from a straight line, in ms: how restless the path is. */
  scatterMs = 0;

  /** The window: when groups arrived, and the sum of the delay variations until then, smoothed and as it is. */
  readonly #arrivals = new Float64Array(WINDOW_GROUPS);
  readonly #smoothed = new Float64Array(WINDOW_GROUPS);
  readonly #delays = new Float64Array(WINDOW_GROUPS);
  #groups = 0;
  #firstArrivalMs = 0;
  #accumulatedMs = 0;
  #smoothedMs = 0;
  /** Delay gained per millisecond, smoothed. */
  #slope = 0;
  /** Whether delays really rise: by more than their scatter explains. */
  #isSure = false;
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
    this.#smoothed[at] = this.#smoothedMs;
    this.#delays[at] = this.#accumulatedMs;
    if (this.#groups < WINDOW_GROUPS) return;
    this.#fit();
    this.#judge(sendDeltaMs, arrivalMs);
  }

  /** Forgets everything, for a new path. */
  reset(): void {
    this.signal = DelaySignal.normal;
    this.scatterMs = 0;
    this.#groups = 0;
    this.#accumulatedMs = 0;
    this.#smoothedMs = 0;
    this.#previousTrend = 0;
    this.#thresholdMs = THRESHOLD_START_MS;
    this.#thresholdAt = -1;
    this.#overMs = -1;
    this.#overGroups = 0;
  }

  /** Least squares, of the smoothed delays and of the delays as they are. */
  #fit(): void {
    let sumX = 0;
    let sumSmoothed = 0;
    let sumDelay = 0;
    for (let i = 0; i < WINDOW_GROUPS; i++) {
      sumX += this.#arrivals[i]!;
      sumSmoothed += this.#smoothed[i]!;
      sumDelay += this.#delays[i]!;
    }
    let xx = 0;
    let xSmoothed = 0;
    let xDelay = 0;
    let delayDelay = 0;
    for (let i = 0; i < WINDOW_GROUPS; i++) {
      const x = this.#arrivals[i]! - sumX / WINDOW_GROUPS;
      const delay = this.#delays[i]! - sumDelay / WINDOW_GROUPS;
      xx += x * x;
      xSmoothed += x * (this.#smoothed[i]! - sumSmoothed / WINDOW_GROUPS);
      xDelay += x * delay;
      delayDelay += delay * delay;
    }
    this.#slope = xx === 0 ? 0 : xSmoothed / xx;
    const explained = xx === 0 ? 0 : (xDelay * xDelay) / xx;
    this.scatterMs = Math.sqrt(Math.max(delayDelay - explained, 0) / (WINDOW_GROUPS - 2));
    this.#isSure = xDelay > 0 && explained * (WINDOW_GROUPS - 2) > SURE * SURE * (delayDelay - explained);
  }

  #judge(sendDeltaMs: number, arrivalMs: number): void {
    const trend = this.#slope * Math.min(this.#groups, GAIN_GROUPS) * GAIN;
    if (trend > this.#thresholdMs && this.#isSure) {
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
/** Standard errors by which the slope has to exceed 0, or it may be the jitter of the path. */
const SURE = 3;
const OVERUSE_AFTER_MS = 10;
/** Section 5.4 of the draft: del_var_th, its bounds, and the gains K_u and K_d per millisecond. */
const THRESHOLD_START_MS = 12.5;
const THRESHOLD_LEAST_MS = 6;
const THRESHOLD_MOST_MS = 600;
const GAIN_UP = 0.0087;
const GAIN_DOWN = 0.039;
const LEAP_MS = 15;
const LONGEST_ADAPTATION_MS = 100;
