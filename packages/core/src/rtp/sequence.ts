/**
 * The number whose low 16 bits are `sequenceNumber` and which lies nearest to the extended number `reference`: at most
 * 32,768 below, at most 32,767 above. It is negative only when `reference` is below 32,768; who cannot use negative
 * numbers starts counting at 65,536 + the first sequence number.
 */
export function extendSequence(reference: number, sequenceNumber: number): number {
  return reference + (((sequenceNumber - reference) << 16) >> 16);
}
