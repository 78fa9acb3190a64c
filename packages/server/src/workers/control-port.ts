import type { AddressFamily } from '@madang/core/path/transport-address';
import type { AllocationQuota, QuotaAnswer, QuotaHolder } from '../drivers/allocation-quota.js';
import type { ClaimedPort, ReservationExchange } from '../drivers/reservation-exchange.js';
import { AllocationLedger } from '../services/turn/allocation-ledger.js';
import type { AllocationLimits } from '../services/turn/allocation-ledger.js';
import type { WorkerCommand, WorkerMessage } from './commands.js';
import { Holdings } from './holdings.js';
import { newReservationToken } from './reservation-tokens.js';

/**
 * What a worker asks its control process, and how it does without one. Alone it grants allocations by a ledger of its
 * own, which knows what this worker holds and no more; a new control process is then told what there is.
 */
export class ControlPort {
  readonly quota: AllocationQuota;
  #send: ((message: WorkerMessage) => void) | undefined;
  #alone: AllocationLedger | undefined;
  #requestNumber = 0;
  #yieldToken: Parameters<ReservationExchange['onYield']>[0] = () => undefined;
  readonly #holdings = new Holdings();
  readonly #quotaRequests = new Map<number, { holder: QuotaHolder; answer: (result: QuotaAnswer) => void }>();
  readonly #claims = new Map<number, (claimed: ClaimedPort | undefined) => void>();
  /** Ports of other workers that were claimed here. */
  readonly #borrowed = new Map<string, ClaimedPort>();
  #givenBackAlone: ClaimedPort[] = [];

  constructor(send: (message: WorkerMessage) => void) {
    this.#send = send;
    this.quota = {
      admit: (holder, answer) => {
        this.#admit(holder, answer);
      },
      release: (holder) => {
        this.#holdings.remove(holder);
        this.#alone?.release(holder);
        this.tell({ kind: 'quotaRelease', holder });
      },
    };
  }

  /** Nobody hears it when there is no control process. */
  tell(message: WorkerMessage): void {
    this.#send?.(message);
  }

  /** The exchange of reserved ports as worker `index` sees it. */
  reservationsOf(index: number): ReservationExchange {
    return {
      newToken: () => newReservationToken(index),
      claim: (token, username, answer) => {
        if (this.#send === undefined) {
          answer(undefined);
          return;
        }
        const id = ++this.#requestNumber;
        this.#claims.set(id, answer);
        this.tell({ kind: 'claim', id, token: token.toString(), username });
      },
      giveBack: (owner, family, port) => {
        this.#giveBack({ owner, family, port });
      },
      onYield: (callback) => {
        this.#yieldToken = callback;
      },
    };
  }

  /** The control process is gone: what waits for its answers is answered here. */
  lose(limits: AllocationLimits): void {
    this.#send = undefined;
    this.#alone = new AllocationLedger(limits);
    for (const { holder, count } of this.#holdings.list()) this.#alone.adopt(holder, count);
    const requests = [...this.#quotaRequests.values()];
    this.#quotaRequests.clear();
    for (const { holder, answer } of requests) this.#admit(holder, answer);
    const claims = [...this.#claims.values()];
    this.#claims.clear();
    for (const answer of claims) answer(undefined);
  }

  /** Another control process is there; it is told what happened without it. */
  gain(send: (message: WorkerMessage) => void): void {
    this.#alone = undefined;
    this.#send = send;
    const borrowed = [...this.#borrowed.values(), ...this.#givenBackAlone];
    this.tell({ kind: 'adopted', holdings: this.#holdings.list(), borrowed });
    for (const port of this.#givenBackAlone) this.tell({ kind: 'giveBack', ...port });
    this.#givenBackAlone = [];
  }

  handleQuotaAnswer(id: number, result: QuotaAnswer): void {
    const request = this.#quotaRequests.get(id);
    this.#quotaRequests.delete(id);
    if (request === undefined) return;
    if (result === 'granted') this.#holdings.add(request.holder);
    request.answer(result);
  }

  handleClaimAnswer(id: number, claimed: ClaimedPort | undefined): void {
    const answer = this.#claims.get(id);
    this.#claims.delete(id);
    if (claimed !== undefined) this.#borrowed.set(keyOf(claimed), claimed);
    answer?.(claimed);
  }

  handleYieldToken({ id, token, username }: Extract<WorkerCommand, { kind: 'yieldToken' }>): void {
    const port: { family: AddressFamily; port: number } | undefined = this.#yieldToken(
      BigInt(token),
      username,
    );
    this.tell({ kind: 'yielded', id, ...(port && { port }) });
  }

  #admit(holder: QuotaHolder, answer: (result: QuotaAnswer) => void): void {
    if (this.#alone !== undefined) {
      this.#alone.admit(holder, (result) => {
        if (result === 'granted') this.#holdings.add(holder);
        answer(result);
      });
      return;
    }
    const id = ++this.#requestNumber;
    this.#quotaRequests.set(id, { holder, answer });
    this.tell({ kind: 'quotaAdmit', id, holder });
  }

  #giveBack(port: ClaimedPort): void {
    this.#borrowed.delete(keyOf(port));
    if (this.#send === undefined) this.#givenBackAlone.push(port);
    else this.tell({ kind: 'giveBack', ...port });
  }
}

function keyOf({ owner, family, port }: ClaimedPort): string {
  return `${owner} ${family} ${port}`;
}
