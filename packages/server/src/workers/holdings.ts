import type { QuotaHolder } from '../drivers/allocation-quota.js';

/** Allocations counted by who holds them. */
export interface Holding {
  readonly holder: QuotaHolder;
  readonly count: number;
}

/** What the ledger has counted for the allocations of one worker. */
export class Holdings {
  readonly #holdings = new Map<string, { readonly holder: QuotaHolder; count: number }>();

  add(holder: QuotaHolder, count = 1): void {
    const key = keyOf(holder);
    const known = this.#holdings.get(key);
    if (known) known.count += count;
    else this.#holdings.set(key, { holder, count });
  }

  /** Whether there was one to take away. */
  remove(holder: QuotaHolder): boolean {
    const key = keyOf(holder);
    const known = this.#holdings.get(key);
    if (known === undefined) return false;
    if (--known.count === 0) this.#holdings.delete(key);
    return true;
  }

  list(): Holding[] {
    return [...this.#holdings.values()];
  }

  clear(): void {
    this.#holdings.clear();
  }
}

function keyOf(holder: QuotaHolder): string {
  return `${holder.address} ${holder.username}`;
}
