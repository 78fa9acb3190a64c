/** Counts connections that have not authenticated, in all and by address, and refuses those above the limits. */
export class HalfOpenConnections {
  readonly #perAddress: number;
  readonly #total: number;
  readonly #byAddress = new Map<string, number>();
  #count = 0;
  #refused = 0;

  /** 0 is no limit. */
  constructor(options: { perAddress: number; total: number }) {
    this.#perAddress = options.perAddress;
    this.#total = options.total;
  }

  get count(): number {
    return this.#count;
  }

  get refused(): number {
    return this.#refused;
  }

  /** A place for one connection, given back once by `release` (more calls do nothing), or undefined. */
  admit(address: string): { release(): void } | undefined {
    const here = this.#byAddress.get(address) ?? 0;
    if (
      (this.#total > 0 && this.#count >= this.#total) ||
      (this.#perAddress > 0 && here >= this.#perAddress)
    ) {
      this.#refused++;
      return undefined;
    }
    this.#count++;
    this.#byAddress.set(address, here + 1);
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.#count--;
        const left = (this.#byAddress.get(address) ?? 1) - 1;
        if (left === 0) this.#byAddress.delete(address);
        else this.#byAddress.set(address, left);
      },
    };
  }
}
