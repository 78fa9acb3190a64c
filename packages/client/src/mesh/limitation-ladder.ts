import { MOST_LIMITED_STEPS } from './send-plan.js';

/** `qualityLimitationReason` of RTCOutboundRtpStreamStats. */
export type LimitationReason = 'none' | 'cpu' | 'bandwidth' | 'other';

const DOWN_AFTER_MS = 3000;
const UP_AFTER_MS = 20_000;
const LONGEST_UP_AFTER_MS = 320_000;

/**
 * How far sending has to be lowered because this machine cannot encode so much. Goes down after three seconds of being
 * limited, up after twenty without, and waits twice as long for the next way up whenever one was a mistake, so that it
 * does not swing for ever.
 */
export class LimitationLadder {
  readonly #limited = new Set<string>();
  #steps = 0;
  #upAfterMs = UP_AFTER_MS;
  #wentUp = false;
  #isLimited = false;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** 0 to `MOST_LIMITED_STEPS`. */
  get steps(): number {
    return this.#steps;
  }

  /** What the connection to a participant is limited by; told about once a second. Answers whether `steps` changed. */
  report(participantId: string, reason: LimitationReason, nowMs: number): boolean {
    if (reason === 'cpu') this.#limited.add(participantId);
    else this.#limited.delete(participantId);
    return this.#advance(nowMs);
  }

  forget(participantId: string): void {
    this.#limited.delete(participantId);
  }

  #advance(nowMs: number): boolean {
    const isLimited = this.#limited.size > 0;
    if (isLimited !== this.#isLimited) {
      this.#isLimited = isLimited;
      this.#sinceMs = nowMs;
      return false;
    }
    const elapsedMs = nowMs - this.#sinceMs;
    if (isLimited) return elapsedMs >= DOWN_AFTER_MS && this.#stepDown(nowMs);
    return elapsedMs >= this.#upAfterMs && this.#stepUp(nowMs);
  }

  #stepDown(nowMs: number): boolean {
    this.#sinceMs = nowMs;
    if (this.#wentUp) this.#upAfterMs = Math.min(this.#upAfterMs * 2, LONGEST_UP_AFTER_MS);
    this.#wentUp = false;
    if (this.#steps === MOST_LIMITED_STEPS) return false;
    this.#steps += 1;
    return true;
  }

  #stepUp(nowMs: number): boolean {
    this.#sinceMs = nowMs;
    if (this.#steps === 0) return false;
    this.#steps -= 1;
    this.#wentUp = true;
    return true;
  }
}
