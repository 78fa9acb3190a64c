import type { Instant } from '../time/instant.js';

/**
 * Asks a publisher for key frames on behalf of many: requests of subscribers are merged, and no more go out than the
 * encoder and the uplink can bear (threat M7).
 */
export class KeyFrameRequests {
  #isWanted = false;
  #askedAt = -Infinity as Instant;
  #tries = 0;

  /** Somebody cannot go on without a key frame. */
  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#tries = 0;
  }

  /** One has come. */
  arrived(): void {
    this.#isWanted = false;
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Whether to ask now; counts it as asked. */
  due(now: Instant): boolean {
    if (!this.#isWanted || now - this.#askedAt < INTERVAL_MS) return false;
    this.#askedAt = now;
    // Nobody answers: whoever still needs one says so again.
    if (++this.#tries >= MAXIMUM_TRIES) this.#isWanted = false;
    return true;
  }
}

/** Two in a second. */
const INTERVAL_MS = 500;
const MAXIMUM_TRIES = 20;
