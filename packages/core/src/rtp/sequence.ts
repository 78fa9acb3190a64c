/**
 * The number whose low 16 bits are `sequenceNumber` and which lies nearest to the extended number `reference`: at most
 * 32,768 below, at most 32,767 above. It is negative only when `reference` is below 32,768; who cannot use negative
 * numbers starts counting at 65,536 + the first sequence number.
 */
export function extendSequence(reference: number, sequenceNumber: number): number {
  return reference + (((sequenceNumber - reference) << 16) >> 16);
}

/**
 * The number whose low 32 bits are `timestamp` and which lies nearest to the extended number `reference`: at most
 * 2^31 below, less than 2^31 above; negative only when `reference` is below 2^31.
 */
export function extendTimestamp(reference: number, timestamp: number): number {
  return reference + ((timestamp - reference) | 0);
}

/**
 * Whether the 16-bit number `a` was sent after `b`, wrap-around included: it is 1 to 32,767 ahead. Of two numbers
 * exactly half the range apart neither is newer.
 */
export function isNewerSequence(a: number, b: number): boolean {
  return ((a - b) << 16) >> 16 > 0;
}
