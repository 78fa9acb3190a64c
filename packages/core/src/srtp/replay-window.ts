/**
 * The replay list of one stream as a sliding window (RFC 3711 section 3.3.2): remembers which of the last `size`
 * indices have been received. The caller keeps the highest index; indices are given by their low bits and by their
 * distance from it.
 */
export class ReplayWindow {
  readonly #size: number;
  /** Bit `index mod size`. */
  readonly #received: Uint32Array;

  /** `size` is a power of two, at least 32. */
  constructor(size: number) {
    this.#size = size;
    this.#received = new Uint32Array(size / 32);
  }

  /** Whether an index `distance` behind the highest one (negative or 0) has left the window. */
  isTooOld(distance: number): boolean {
    return distance <= -this.#size;
  }

  /** Whether an index that stands in the window has been received. */
  has(index: number): boolean {
    const bit = index & (this.#size - 1);
    return (this.#received[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }

  /** Notes an authentic index `distance` ahead of the highest one (then it is the highest) or behind it. */
  add(index: number, distance: number): void {
    if (distance >= this.#size) this.#received.fill(0);
    else for (let skipped = 1; skipped < distance; skipped++) this.#clear(index - skipped);
    const bit = index & (this.#size - 1);
    this.#received[bit >>> 5]! |= 1 << (bit & 31);
  }

  #clear(index: number): void {
    const bit = index & (this.#size - 1);
    this.#received[bit >>> 5]! &= ~(1 << (bit & 31));
  }
}
