import type { RequestType } from '@madang/wire/client-messages';

/**
 * Keeps one socket below the rates at which the server answers `rateLimited` (docs/signaling-protocol.md, Limits), so
 * that a burst, say of everything that waited for a resume, is late by a moment and not refused. Starts anew with each
 * socket, as the server's own count does.
 */
export class SendPace {
  readonly #requests = new Bucket(40, 80);
  readonly #negotiation = new Bucket(160, 320);

  /** 0 when a request of this type may be sent now (and is counted), else how long to wait. */
  take(type: RequestType, nowMs: number): number {
    const bucket = NEGOTIATION.has(type) ? this.#negotiation : this.#requests;
    return bucket.take(nowMs);
  }
}

class Bucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs = 0;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  take(nowMs: number): number {
    const gained = ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
    this.#tokens -= 1;
    return 0;
  }
}

const NEGOTIATION: ReadonlySet<RequestType> = new Set(['offer', 'answer', 'candidate']);
