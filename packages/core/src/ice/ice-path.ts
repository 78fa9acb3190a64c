import { TRANSACTION_ID_LENGTH } from '../stun/message-type.js';
import type { StunMessageView } from '../stun/message-view.js';
import type { PathId } from '../path/path.js';
import type { Instant } from '../time/instant.js';
import { NEVER } from '../time/instant.js';

/** Checks whose answers are still taken: an answer may come after the next check was sent (RFC 7675 section 5.1). */
const TRANSACTIONS_KEPT = 4;

const LONG_AGO = -Infinity as Instant;

/** What an agent knows of one 5-tuple from which a valid check came. */
export class IcePath {
  readonly id: PathId;
  readonly kind: 'datagram' | 'stream';
  /** Which credentials the peer used last (see `IceLiteAgent.restart`). */
  generation: number;
  /** Of the candidate the peer checks from, as it said in PRIORITY. */
  priority = 0;
  /** Of everything taken from this path and sent to it: until our check is answered, at most three times as much. */
  receivedBytes = 0;
  sentBytes = 0;
  /** When the last valid check came, and the last with USE-CANDIDATE. */
  heardAt: Instant;
  nominatedAt = LONG_AGO;
  /** When our check was last answered, and with which credentials. */
  answeredAt = LONG_AGO;
  answeredGeneration = -1;
  /** When our running check is to be sent again or given up; NEVER when none is running. */
  checkDeadline = NEVER;
  checkSends = 0;
  checkRtoMs = 0;
  readonly createdAt: Instant;
  readonly #transactionIds = new Uint8Array(TRANSACTIONS_KEPT * TRANSACTION_ID_LENGTH);
  /** When the transaction in each place was sent first; NEVER when the place is free. */
  readonly #sentAt = new Float64Array(TRANSACTIONS_KEPT).fill(NEVER);
  #newest = 0;

  constructor(id: PathId, kind: 'datagram' | 'stream', generation: number, now: Instant) {
    this.id = id;
    this.kind = kind;
    this.generation = generation;
    this.heardAt = now;
    this.createdAt = now;
  }

  get transactionIds(): Uint8Array {
    return this.#transactionIds;
  }

  /** Where the id of the newest transaction starts in `transactionIds`. */
  get newestTransactionOffset(): number {
    return this.#newest * TRANSACTION_ID_LENGTH;
  }

  /** Begins a transaction in place of the oldest one; `id` is copied. */
  beginTransaction(now: Instant, id: Uint8Array): void {
    this.#newest = (this.#newest + 1) % TRANSACTIONS_KEPT;
    this.#transactionIds.set(id, this.newestTransactionOffset);
    this.#sentAt[this.#newest] = now;
  }

  /** When the transaction this is a response to was begun, and ends it; NEVER when it is none of ours. */
  endTransaction(response: StunMessageView): Instant {
    const place = this.#placeOf(response);
    if (place < 0) return NEVER;
    const sentAt = this.#sentAt[place] as Instant;
    this.#sentAt[place] = NEVER;
    return sentAt;
  }

  /** Whether the message carries the id of a transaction that was begun and not ended. */
  hasTransaction(response: StunMessageView): boolean {
    return this.#placeOf(response) >= 0;
  }

  #placeOf(response: StunMessageView): number {
    for (let i = 0; i < TRANSACTIONS_KEPT; i++) {
      if (this.#sentAt[i] === NEVER) continue;
      if (response.hasTransactionId(this.#transactionIds, i * TRANSACTION_ID_LENGTH)) return i;
    }
    return -1;
  }
}
