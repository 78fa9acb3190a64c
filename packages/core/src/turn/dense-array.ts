/**
 * Sets an element of an array indexed by small integers without ever leaving a hole: V8 turns arrays that are
 * written far behind their end into hash tables, which look-ups per packet cannot afford.
 */
export function setDense<T>(array: (T | undefined)[], index: number, value: T): void {
  while (array.length < index) array.push(undefined);
  if (array.length === index) array.push(value);
  else array[index] = value;
}
