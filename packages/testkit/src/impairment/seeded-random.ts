/**
 * Repeatable random numbers for tests: the same seed, the same sequence (sfc32 by Chris Doty-Humphrey, PractRand).
 * Nothing that has to be secret may come from here.
 */
export class SeededRandom {
  #a = 0;
  #b = 0;
  #c: number;
  #counter = 1;

  /** `seed`: an integer; its lower 32 bits count. */
  constructor(seed: number) {
    this.#c = seed | 0;
    // The first outputs of neighbouring seeds are alike.
    for (let round = 0; round < 15; round++) this.fraction();
  }

  /** 0 (included) to 1 (not included). */
  fraction(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }
}
