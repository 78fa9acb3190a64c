import type { Instant } from '../time/instant.js';

/**
 * How a stream's RTP timestamps lie on its sender's wall clock, by its last sender report (RFC 3550 section 6.4.1). All
 * streams of one sender share that clock: it is passed on to receivers, so that lips stay with voices.
 */
export class SenderClock {
  readonly #clockRate: number;
  #ntpMs = -1;
  #rtpTimestamp = 0;
  #at = -Infinity as Instant;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** Whether there was a report. */
  get isKnown(): boolean {
    return this.#ntpMs >= 0;
  }

  /** `ntpMs`: milliseconds since 1900-01-01. */
  report(now: Instant, ntpMs: number, rtpTimestamp: number): void {
    this.#ntpMs = ntpMs;
    this.#rtpTimestamp = rtpTimestamp;
    this.#at = now;
  }

  /** The sender's wall clock now, as far as this clock can tell. */
  ntpMsAt(now: Instant): number {
    return this.#ntpMs + (now - this.#at);
  }

  /** The RTP timestamp the stream has now. */
  rtpTimestampAt(now: Instant): number {
    return (this.#rtpTimestamp + Math.round(((now - this.#at) * this.#clockRate) / 1000)) >>> 0;
  }

  /** When the sender sampled what has this timestamp, on its wall clock. */
  ntpMsOf(rtpTimestamp: number): number {
    const difference = (rtpTimestamp - this.#rtpTimestamp) | 0;
    return this.#ntpMs + (difference * 1000) / this.#clockRate;
  }
}
