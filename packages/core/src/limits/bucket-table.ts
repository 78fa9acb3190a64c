import type { AddressFamily } from '../path/transport-address.js';
import type { Instant } from '../time/instant.js';
import { assertRate } from './token-bucket.js';

export interface BucketTableOptions {
  /** Tokens per second and key. Above 0. */
  readonly ratePerSecond: number;
  readonly burst: number;
  /** How many keys are remembered: a power of two, at least WAYS. Memory is taken once, about 33 bytes each. */
  readonly entries: number;
  /** Secret seed of the hash, two words. */
  readonly seed: Uint32Array;
}

/**
 * Token buckets for the sources seen last, in a fixed amount of memory: a set-associative cache in typed arrays.
 *
 * A key that is not there takes the place of the fullest bucket of its set and goes on with the tokens that bucket
 * has. A full bucket is as good as none, so nothing is lost; and an emptied bucket can neither be flushed out by
 * sources that come once (theirs are fuller) nor be started afresh: the sources of a set together never get more
 * than its buckets hold. Which set a source falls into depends on a secret seed.
 */
export class BucketTable {
  /** Tokens per second, which is thousandths of a token per millisecond: whole numbers stay exact. */
  readonly #rate: number;
  readonly #burstThousandths: number;
  readonly #setMask: number;
  readonly #seed0: number;
  readonly #seed1: number;
  /** Four words per entry. */
  readonly #keys: Uint32Array;
  /** 0 where the entry was never used. */
  readonly #families: Uint8Array;
  readonly #thousandths: Float64Array;
  readonly #filledAt: Float64Array;

  /** Throws on figures that make no sense: configuration has to refuse them before. */
  constructor(options: BucketTableOptions) {
    const { entries } = options;
    assertRate(options.ratePerSecond);
    assertRate(options.burst);
    if (entries < WAYS || (entries & (entries - 1)) !== 0) throw new Error(`not a power of two: ${entries}`);
    this.#rate = options.ratePerSecond;
    this.#burstThousandths = 1000 * options.burst;
    this.#setMask = entries / WAYS - 1;
    this.#seed0 = options.seed[0]! | 0;
    this.#seed1 = options.seed[1]! | 0;
    this.#keys = new Uint32Array(4 * entries);
    this.#families = new Uint8Array(entries);
    this.#thousandths = new Float64Array(entries).fill(1000 * options.burst);
    this.#filledAt = new Float64Array(entries).fill(-Infinity);
  }

  /**
   * The index of the bucket of a key (family 4: `w0` only, the others 0), filled up to `now`. Valid until the next
   * call. Allocates nothing.
   */
  find(now: Instant, family: AddressFamily, w0: number, w1: number, w2: number, w3: number): number {
    const first = (this.#hash(family, w0, w1, w2, w3) & this.#setMask) * WAYS;
    const keys = this.#keys;
    let fullest = first;
    let most = -1;
    for (let entry = first; entry < first + WAYS; entry++) {
      const thousandths = this.#fill(entry, now);
      const at = 4 * entry;
      if (
        keys[at] === w0 &&
        keys[at + 1] === w1 &&
        keys[at + 2] === w2 &&
        keys[at + 3] === w3 &&
        this.#families[entry] === family
      ) {
        return entry;
      }
      if (thousandths > most) {
        most = thousandths;
        fullest = entry;
      }
    }
    keys[4 * fullest] = w0;
    keys[4 * fullest + 1] = w1;
    keys[4 * fullest + 2] = w2;
    keys[4 * fullest + 3] = w3;
    this.#families[fullest] = family;
    return fullest;
  }

  /** Whether the bucket has a token. */
  hasToken(entry: number): boolean {
    return this.#thousandths[entry]! >= 1000;
  }

  /** Takes a token the bucket has. */
  takeToken(entry: number): void {
    this.#thousandths[entry]! -= 1000;
  }

  #fill(entry: number, now: Instant): number {
    const elapsed = now - this.#filledAt[entry]!;
    if (elapsed > 0) {
      const filled = this.#thousandths[entry]! + elapsed * this.#rate;
      this.#thousandths[entry] = filled < this.#burstThousandths ? filled : this.#burstThousandths;
      this.#filledAt[entry] = now;
    }
    return this.#thousandths[entry]!;
  }

  /** HalfSipHash-1-3 over five words: who does not know the seed cannot choose sources that share a set. */
  #hash(family: number, w0: number, w1: number, w2: number, w3: number): number {
    let v0 = this.#seed0;
    let v1 = this.#seed1;
    let v2 = 0x6c796765 ^ this.#seed0;
    let v3 = 0x74656462 ^ this.#seed1;
    for (let round = 0; round < 9; round++) {
      const word =
        round === 0 ? w0 : round === 1 ? w1 : round === 2 ? w2 : round === 3 ? w3 : round === 4 ? family : 0;
      // The length block is constant and the last three rounds only stir.
      if (round === 6) v2 ^= 0xff;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    return (v1 ^ v3) >>> 0;
  }
}

/** Buckets in a set: a look-up reads this many entries that lie side by side. */
export const WAYS = 8;
