/** The middle 32 bits count in 2^-16 s. */
const MIDDLE_UNITS_PER_MS = 65.536;

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
