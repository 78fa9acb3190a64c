import type { Instant } from '../time/instant.js';

/**
 * Puts packets into groups that were sent in one burst, and says how the spacing of two neighbouring groups changed on
 * the way (draft-ietf-rmcat-gcc-02 section 5.2, pre-filtering included). All times in milliseconds.
 */
export class ArrivalGroups {
  /** Between the last packets of the two groups last completed: when sent, and when they arrived. */
  sendDeltaMs = 0;
  arrivalDeltaMs = 0;

  #firstSentAt = -1;
  #lastSentAt = 0;
  #firstArrivalMs = 0;
  #lastArrivalMs = 0;
  #hasPrevious = false;
  #previousSentAt = 0;
  #previousArrivalMs = 0;
  #disorders = 0;

  /** Adds a received packet; true when this completed a pair of groups and both deltas are set. */
  add(sentAt: Instant, arrivalMs: number): boolean {
    if (this.#firstSentAt < 0) {
      this.#begin(sentAt, arrivalMs);
      return false;
    }
    // Overtaken on the way: it belongs to a group that was counted.
    if (sentAt < this.#firstSentAt) return false;
    if (this.#belongs(sentAt, arrivalMs)) {
      if (sentAt > this.#lastSentAt) this.#lastSentAt = sentAt;
      if (arrivalMs > this.#lastArrivalMs) this.#lastArrivalMs = arrivalMs;
      return false;
    }
    const isPair = this.#hasPrevious && this.#compare();
    if (!this.#hasPrevious || isPair || this.#disorders >= DISORDERS_BEFORE_RESET) {
      this.#hasPrevious = true;
      this.#previousSentAt = this.#lastSentAt;
      this.#previousArrivalMs = this.#lastArrivalMs;
      this.#disorders = 0;
    }
    this.#begin(sentAt, arrivalMs);
    return isPair;
  }

  /** Forgets everything, for a new path. */
  reset(): void {
    this.#firstSentAt = -1;
    this.#hasPrevious = false;
    this.#disorders = 0;
  }

  #begin(sentAt: number, arrivalMs: number): void {
    this.#firstSentAt = sentAt;
    this.#lastSentAt = sentAt;
    this.#firstArrivalMs = arrivalMs;
    this.#lastArrivalMs = arrivalMs;
  }

  #belongs(sentAt: number, arrivalMs: number): boolean {
    if (sentAt - this.#firstSentAt <= BURST_MS) return true;
    // What piled up behind something on the way and then came in one go says nothing about the queue in between.
    const gapMs = arrivalMs - this.#lastArrivalMs;
    return (
      gapMs <= BURST_MS &&
      gapMs < sentAt - this.#lastSentAt &&
      arrivalMs - this.#firstArrivalMs < LONGEST_GROUP_MS
    );
  }

  #compare(): boolean {
    this.sendDeltaMs = this.#lastSentAt - this.#previousSentAt;
    this.arrivalDeltaMs = this.#lastArrivalMs - this.#previousArrivalMs;
    if (this.arrivalDeltaMs < 0 || this.arrivalDeltaMs > LARGEST_GAP_MS) {
      this.#disorders++;
      return false;
    }
    return true;
  }
}

const BURST_MS = 5;
const LONGEST_GROUP_MS = 100;
/** A clock that jumped, or a pause: nothing to compare. */
const LARGEST_GAP_MS = 3000;
const DISORDERS_BEFORE_RESET = 3;
