/**
 * A moment on a monotonic clock, in milliseconds (fractions allowed). The zero point is arbitrary: instants are
 * only compared and subtracted. Cores are told the time with every input and never read a clock.
 */
export type Instant = number & { readonly __unit: 'monotonic-ms' };

/** The deadline of something that has none. */
export const NEVER = Infinity as Instant;

/** Gives a number that a clock produced its unit. Called by drivers and test clocks only. */
export function instant(milliseconds: number): Instant {
  return milliseconds as Instant;
}

/** The instant `milliseconds` after `from`. */
export function after(from: Instant, milliseconds: number): Instant {
  return (from + milliseconds) as Instant;
}

/** Seconds since 1970-01-01 UTC; only where a protocol field carries wall-clock time (credential expiry). */
export type WallClockSeconds = number & { readonly __unit: 'unix-s' };
