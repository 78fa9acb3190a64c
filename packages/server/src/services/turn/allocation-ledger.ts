import type { AllocationQuota, QuotaAnswer, QuotaHolder } from '../../drivers/allocation-quota.js';

export interface AllocationLimits {
  /** 0 is no limit, for each. */
  readonly perUser: number;
  readonly perAddress: number;
  readonly total: number;
}

/**
 * Counts allocations per user, per client address and in all (threat T5). One ledger serves all workers, so the
 * limits hold whatever way a client's flows are spread.
 */
export class AllocationLedger implements AllocationQuota {
  readonly #limits: AllocationLimits;
  readonly #isEnded: (identity: string) => boolean;
  readonly #byUser = new Map<string, number>();
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  /** `isEnded`: whether an identity may allocate no more, whatever it holds (its participant has left). */
  constructor(limits: AllocationLimits, isEnded: (identity: string) => boolean = () => false) {
    this.#limits = limits;
    this.#isEnded = isEnded;
  }

  get total(): number {
    return this.#total;
  }

  /** Users and addresses with an allocation: what the ledger remembers. */
  get entries(): number {
    return this.#byUser.size + this.#byAddress.size;
  }

  admit(holder: QuotaHolder, answer: (result: QuotaAnswer) => void): void {
    answer(this.#decide(holder));
  }

  /** Counts allocations that are there already, whatever the limits say. */
  adopt(holder: QuotaHolder, count: number): void {
    add(this.#byUser, userOf(holder.username), count);
    add(this.#byAddress, holder.address, count);
    this.#total += count;
  }

  release(holder: QuotaHolder): void {
    subtract(this.#byUser, userOf(holder.username));
    subtract(this.#byAddress, holder.address);
    this.#total--;
  }

  #decide(holder: QuotaHolder): QuotaAnswer {
    const user = userOf(holder.username);
    const { perUser, perAddress, total } = this.#limits;
    if (this.#isEnded(user)) return 'userQuota';
    if (isReached(this.#total, total)) return 'capacity';
    if (isReached(this.#byUser.get(user) ?? 0, perUser)) return 'userQuota';
    if (isReached(this.#byAddress.get(holder.address) ?? 0, perAddress)) return 'addressQuota';
    this.adopt(holder, 1);
    return 'granted';
  }
}

/** Time-limited usernames are `expiry:identity`: the quota is the identity's, whichever credential it holds. */
export function userOf(username: string): string {
  const match = /^\d{1,12}:(.+)$/s.exec(username);
  return match?.[1] ?? username;
}

function isReached(count: number, limit: number): boolean {
  return limit > 0 && count >= limit;
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function subtract(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 0) - 1;
  if (left < 0) throw new Error(`The allocation ledger has nothing to release for ${key}`);
  if (left === 0) counts.delete(key);
  else counts.set(key, left);
}
