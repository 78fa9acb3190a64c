import type { ClaimedPort } from '../drivers/reservation-exchange.js';

/**
 * Relay ports of one worker's share that another worker has bound (a RESERVATION-TOKEN was shown to that one). Each
 * goes back to its owner once: when it is given back, or when the borrower dies. A dead owner's ports go nowhere: its
 * successor begins with a free share, and would be given a port it never lent.
 */
export class LentPorts {
  readonly #lent = new Map<string, { readonly port: ClaimedPort; readonly borrower: number }>();

  get count(): number {
    return this.#lent.size;
  }

  lend(port: ClaimedPort, borrower: number): void {
    this.#lent.set(keyOf(port), { port, borrower });
  }

  /** Whether the owner is to be told: it is the process that lent the port, and has not got it back. */
  giveBack(port: ClaimedPort): boolean {
    return this.#lent.delete(keyOf(port));
  }

  /** Worker `index` is dead. Gives the ports it had borrowed, whose owners are to be told. */
  forgetWorker(index: number): ClaimedPort[] {
    const returned: ClaimedPort[] = [];
    for (const [key, { port, borrower }] of this.#lent) {
      if (port.owner !== index && borrower !== index) continue;
      this.#lent.delete(key);
      if (port.owner !== index) returned.push(port);
    }
    return returned;
  }
}

function keyOf({ owner, family, port }: ClaimedPort): string {
  return `${owner} ${family} ${port}`;
}
