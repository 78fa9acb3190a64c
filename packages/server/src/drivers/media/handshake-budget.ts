/** How many DTLS handshakes run, and how many may (threat D2). */
export class HandshakeBudget {
  readonly #limit: number;
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get running(): number {
    return this.#running;
  }

  /** Takes a place for one handshake; false when there is none. */
  take(): boolean {
    if (this.#running >= this.#limit) return false;
    this.#running++;
    return true;
  }

  release(): void {
    this.#running--;
  }
}
