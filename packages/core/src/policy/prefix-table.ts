import type { AddressFamily } from '../path/transport-address.js';
import type { Cidr } from './cidr.js';

export interface PrefixTableEntry {
  readonly cidr: Cidr;
  /** What `match` answers for addresses in the range: 0..255. */
  readonly value: number;
}

/** Answer of `PrefixTable.match` when no range holds the address. */
export const NO_MATCH = -1;

/** A fixed list of address ranges laid out in two flat arrays of words, so that a look-up is a scan without objects. */
export class PrefixTable {
  /** Stride 2: word, mask. */
  readonly #ipv4: Uint32Array;
  readonly #ipv4Values: Uint8Array;
  /** Stride 8: four words, four masks. */
  readonly #ipv6: Uint32Array;
  readonly #ipv6Values: Uint8Array;

  /** Ranges may overlap: the first that holds an address decides. */
  constructor(entries: readonly PrefixTableEntry[]) {
    const ipv4 = entries.filter((entry) => entry.cidr.family === 4);
    const ipv6 = entries.filter((entry) => entry.cidr.family === 6);
    this.#ipv4 = Uint32Array.from(ipv4.flatMap(({ cidr }) => [cidr.words[0]!, cidr.masks[0]!]));
    this.#ipv4Values = Uint8Array.from(ipv4, (entry) => entry.value);
    this.#ipv6 = Uint32Array.from(ipv6.flatMap(({ cidr }) => [...cidr.words, ...cidr.masks]));
    this.#ipv6Values = Uint8Array.from(ipv6, (entry) => entry.value);
  }

  /** The value of the first range that holds the address, or NO_MATCH. Family 4 looks at `w0` only. */
  match(family: AddressFamily, w0: number, w1: number, w2: number, w3: number): number {
    return family === 4 ? this.#matchIpv4(w0) : this.#matchIpv6(w0, w1, w2, w3);
  }

  #matchIpv4(w0: number): number {
    const table = this.#ipv4;
    for (let i = 0; i < table.length; i += 2) {
      if (((w0 ^ table[i]!) & table[i + 1]!) === 0) return this.#ipv4Values[i >> 1]!;
    }
    return NO_MATCH;
  }

  #matchIpv6(w0: number, w1: number, w2: number, w3: number): number {
    const table = this.#ipv6;
    for (let i = 0; i < table.length; i += 8) {
      if (
        ((w0 ^ table[i]!) & table[i + 4]!) === 0 &&
        ((w1 ^ table[i + 1]!) & table[i + 5]!) === 0 &&
        ((w2 ^ table[i + 2]!) & table[i + 6]!) === 0 &&
        ((w3 ^ table[i + 3]!) & table[i + 7]!) === 0
      ) {
        return this.#ipv6Values[i >> 3]!;
      }
    }
    return NO_MATCH;
  }
}
