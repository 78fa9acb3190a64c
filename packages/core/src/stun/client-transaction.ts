import { after, type Instant, NEVER } from '../time/instant.js';
import { HEADER_LENGTH, MessageClass, methodOf } from './message-type.js';
import type { StunMessageView } from './message-view.js';
import { readU16 } from '../bytes/big-endian.js';

export interface ClientTransactionOptions {
  /** The whole request; kept, and sent again unchanged. */
  readonly request: Uint8Array;
  /** `unreliable` (UDP, DTLS) retransmits; `reliable` (TCP, TLS) sends once and waits. */
  readonly transport: 'unreliable' | 'reliable';
  /** RTO before the first retransmission; it doubles after each. RFC 8489 section 6.2.1: 500 ms. */
  readonly initialRtoMs?: number;
  /** Rc: how often the request is sent. */
  readonly maximumSends?: number;
  /** Rm: how many initial RTOs are waited after the last send. */
  readonly finalWaitFactor?: number;
  /** Ti: how long an answer is awaited on a reliable transport. */
  readonly reliableTimeoutMs?: number;
}

/**
 * pending: waiting. answered: a response was accepted. timedOut: nobody answered in time.
 * integrityViolated: answers came, all with wrong integrity (RFC 8489 sections 9.1.4, 9.2.5).
 */
export type TransactionOutcome = 'pending' | 'answered' | 'timedOut' | 'integrityViolated';

/** Where a transaction's bytes go. */
export interface TransactionOutput {
  send(bytes: Uint8Array, offset: number, length: number): void;
}

/** One STUN request with its retransmissions (RFC 8489 section 6.2). Told the time, never reads it. */
export class ClientTransaction {
  readonly #request: Uint8Array;
  readonly #transport: 'unreliable' | 'reliable';
  readonly #initialRtoMs: number;
  readonly #maximumSends: number;
  readonly #finalWaitFactor: number;
  readonly #reliableTimeoutMs: number;
  #rtoMs: number;
  #sends = 0;
  #deadline: Instant = NEVER;
  #outcome: TransactionOutcome = 'pending';
  #sawWrongIntegrity = false;

  constructor(options: ClientTransactionOptions) {
    if (options.request.length < HEADER_LENGTH) throw new RangeError('not a STUN request');
    this.#request = options.request;
    this.#transport = options.transport;
    this.#initialRtoMs = options.initialRtoMs ?? 500;
    this.#maximumSends = options.maximumSends ?? 7;
    this.#finalWaitFactor = options.finalWaitFactor ?? 16;
    this.#reliableTimeoutMs = options.reliableTimeoutMs ?? 39_500;
    this.#rtoMs = this.#initialRtoMs;
  }

  get outcome(): TransactionOutcome {
    return this.#outcome;
  }

  /** Sends the request for the first time. */
  start(now: Instant, output: TransactionOutput): void {
    if (this.#sends === 0) this.#send(now, output);
  }

  /** When `handleTimeout` wants to be called; NEVER before the start and after the end. */
  nextDeadline(): Instant {
    return this.#deadline;
  }

  /** Retransmits or gives up when the deadline has come; does nothing before. */
  handleTimeout(now: Instant, output: TransactionOutput): void {
    if (now < this.#deadline) return;
    if (this.#transport === 'unreliable' && this.#sends < this.#maximumSends) this.#send(now, output);
    else this.#end(this.#sawWrongIntegrity ? 'integrityViolated' : 'timedOut');
  }

  /** Whether a parsed message is a response to this request: same transaction id, same method. */
  isAnsweredBy(view: StunMessageView): boolean {
    if (this.#outcome !== 'pending' || this.#sends === 0) return false;
    if (view.messageClass < MessageClass.successResponse) return false;
    return view.method === methodOf(readU16(this.#request, 0)) && view.hasTransactionId(this.#request, 8);
  }

  /** Ends the transaction: the response has been accepted. */
  accept(): void {
    this.#end('answered');
  }

  /**
   * Discards a response with wrong integrity. Over an unreliable transport waiting and retransmission go on, so
   * that a forger cannot end the transaction; over a reliable one it ends here.
   */
  discard(): void {
    this.#sawWrongIntegrity = true;
    if (this.#transport === 'reliable') this.#end('integrityViolated');
  }

  #send(now: Instant, output: TransactionOutput): void {
    this.#sends++;
    if (this.#transport === 'reliable') this.#deadline = after(now, this.#reliableTimeoutMs);
    else if (this.#sends < this.#maximumSends) this.#deadline = after(now, this.#rtoMs);
    else this.#deadline = after(now, this.#finalWaitFactor * this.#initialRtoMs);
    this.#rtoMs *= 2;
    output.send(this.#request, 0, this.#request.length);
  }

  #end(outcome: TransactionOutcome): void {
    this.#outcome = outcome;
    this.#deadline = NEVER;
  }
}
