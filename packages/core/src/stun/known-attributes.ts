/** The comprehension-required attribute types a receiver understands; everything else below 0x8000 earns a 420. */
export class KnownAttributes {
  readonly #bits = new Uint32Array(0x8000 / 32);

  /** `types` outside 0x0000..0x7fff are comprehension-optional and need not be listed. */
  constructor(types: Iterable<number>) {
    for (const type of types) {
      if (type < 0x8000) this.#bits[type >> 5]! |= 1 << (type & 31);
    }
  }

  /** True when `type` is comprehension-required and not in the set. */
  isUnknownRequired(type: number): boolean {
    return type < 0x8000 && (this.#bits[type >> 5]! & (1 << (type & 31))) === 0;
  }
}
