import type { AddressFamily } from '@madang/core/path/transport-address';

/**
 * Which relay ports are taken, by family. Workers share the range without talking to each other: of every pair of
 * ports (even, odd) each worker owns the pairs whose number falls to it, so EVEN-PORT pairs stay whole.
 */
export class RelayPorts {
  readonly #lowest: number;
  /** `lowest` rounded down to an even port. */
  readonly #first: number;
  readonly #pairs: number;
  readonly #last: number;
  readonly #shard: { index: number; count: number };
  readonly #random: (below: number) => number;
  readonly #taken = { 4: new Uint8Array(65_536), 6: new Uint8Array(65_536) };
  readonly #count = { 4: 0, 6: 0 };

  constructor(options: {
    first: number;
    last: number;
    shard: { index: number; count: number };
    /** A uniformly random integer in [0, below): ports must not be guessable (RFC 8656 section 7.2). */
    random: (below: number) => number;
  }) {
    this.#first = options.first & ~1;
    this.#last = options.last;
    this.#shard = options.shard;
    const all = ((options.last | 1) - this.#first + 1) / 2;
    this.#pairs = Math.floor((all - options.shard.index + options.shard.count - 1) / options.shard.count);
    this.#random = options.random;
    this.#lowest = options.first;
  }

  /** Ports taken now. */
  takenPorts(family: AddressFamily): number {
    return this.#count[family];
  }

  /** Takes a free port, starting the search at a random place; undefined when there is none. */
  take(family: AddressFamily, kind: 'any' | 'even' | 'evenAndNext'): number | undefined {
    const start = this.#random(this.#pairs);
    const side = this.#random(2);
    for (let step = 0; step < this.#pairs; step++) {
      const even = this.#evenPort((start + step) % this.#pairs);
      if (kind === 'any') {
        if (this.#takeIfFree(family, even + side)) return even + side;
        if (this.#takeIfFree(family, even + 1 - side)) return even + 1 - side;
      } else if (kind === 'even') {
        if (this.#takeIfFree(family, even)) return even;
      } else if (this.#isFree(family, even) && this.#isFree(family, even + 1)) {
        this.#takeIfFree(family, even);
        this.#takeIfFree(family, even + 1);
        return even;
      }
    }
    return undefined;
  }

  /** Gives a port back. */
  free(family: AddressFamily, port: number): void {
    if (this.#taken[family][port] === 0) throw new Error(`Relay port ${port} is freed twice`);
    this.#taken[family][port] = 0;
    this.#count[family]--;
  }

  #evenPort(pair: number): number {
    return this.#first + 2 * (pair * this.#shard.count + this.#shard.index);
  }

  #isFree(family: AddressFamily, port: number): boolean {
    return port >= this.#lowest && port <= this.#last && this.#taken[family][port] === 0;
  }

  #takeIfFree(family: AddressFamily, port: number): boolean {
    if (!this.#isFree(family, port)) return false;
    this.#taken[family][port] = 1;
    this.#count[family]++;
    return true;
  }
}
