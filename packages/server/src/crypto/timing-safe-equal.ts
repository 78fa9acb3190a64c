/**
 * Whether `length` bytes of `a` from `aOffset` equal those of `b` from `bOffset`, in a time that depends on `length`
 * only: no early exit, no branch on content. Without an allocation, unlike node:crypto's, which wants whole views.
 * Throws RangeError where either buffer is too short.
 */
export function timingSafeEqual(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
  length: number,
): boolean {
  if (aOffset < 0 || bOffset < 0 || aOffset + length > a.length || bOffset + length > b.length) {
    throw new RangeError('comparison outside a buffer');
  }
  let difference = 0;
  for (let i = 0; i < length; i++) difference |= a[aOffset + i]! ^ b[bOffset + i]!;
  return difference === 0;
}
