import type { Instant } from '../time/instant.js';

/** Seconds from 1900-01-01, where NTP counts from, to 1970-01-01 UTC (RFC 5905 section 6). */
const UNIX_EPOCH_SECONDS = 2_208_988_800;

const FRACTIONS_PER_SECOND = 2 ** 32;

/** The middle 32 bits count in 2^-16 s. */
const MIDDLE_UNITS_PER_MS = 65.536;

/**
 * NTP timestamps (RFC 3550 section 4) of instants. The wall clock is read once, when this is made; from then on time
 * runs with the monotonic clock, so that a step of the wall clock cannot be seen in reports.
 */
export class NtpClock {
  /** Seconds since 1900 modulo 2^32, of the last `read`. */
  seconds = 0;
  /** Fraction of the second in units of 2^-32 s, of the last `read`. */
  fraction = 0;

  readonly #unixMsAtZero: number;

  /** `unixMs`: wall-clock milliseconds since 1970-01-01 UTC at the instant `now`. */
  constructor(now: Instant, unixMs: number) {
    this.#unixMsAtZero = unixMs - now;
  }

  /** Sets `seconds` and `fraction` to the time at `now`. Allocates nothing. */
  read(now: Instant): void {
    const seconds = (this.#unixMsAtZero + now) / 1000 + UNIX_EPOCH_SECONDS;
    const whole = Math.floor(seconds);
    this.seconds = whole >>> 0;
    this.fraction = Math.floor((seconds - whole) * FRACTIONS_PER_SECOND);
  }
}

/** The middle 32 bits of an NTP timestamp, unsigned: seconds in units of 2^-16 modulo 2^16 s (RFC 3550 section 4). */
export function middleOfNtp(seconds: number, fraction: number): number {
  return ((seconds << 16) | (fraction >>> 16)) >>> 0;
}

/**
 * Round trip in ms that a reception report tells its addressee (RFC 3550 section 6.4.1): from the middle 32 bits of the
 * time it arrived and the report's two fields. -1 when the reporter had no sender report yet. A round trip shorter
 * than the delay's resolution may come out slightly below 0, a forged report may say anything: bound it before use.
 */
export function roundTripMs(
  arrivalMiddle: number,
  lastSenderReport: number,
  delaySinceLastSenderReport: number,
): number {
  if (lastSenderReport === 0) return -1;
  return ((arrivalMiddle - lastSenderReport - delaySinceLastSenderReport) | 0) / MIDDLE_UNITS_PER_MS;
}
