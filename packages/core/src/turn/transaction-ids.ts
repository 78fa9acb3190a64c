import type { Random } from '../env/random.js';
import { TRANSACTION_ID_LENGTH } from '../stun/message-type.js';

/** Random transaction ids for indications, drawn in bulk: one per relayed packet must cost almost nothing. */
export class TransactionIds {
  readonly #random: Random;
  readonly #pool = new Uint8Array(POOL_LENGTH);
  #at = POOL_LENGTH;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Bytes the offsets of `next` point into. */
  get pool(): Uint8Array {
    return this.#pool;
  }

  /** Offset of an id nobody has seen yet. */
  next(): number {
    if (this.#at + TRANSACTION_ID_LENGTH > POOL_LENGTH) {
      this.#random.fillPublic(this.#pool);
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += TRANSACTION_ID_LENGTH;
    return at;
  }
}

const POOL_LENGTH = 4096;
