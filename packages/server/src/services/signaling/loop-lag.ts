/**
 * How late this process is: what waits for the event loop waits about so long. Smoothed, so that one long turn (a
 * collection of garbage, a file) is no overload and a second of them is.
 */
export class LoopLag {
  #lagMs = 0;

  /** Looks every 50 ms; the timer keeps no process alive. */
  static watch(): LoopLag {
    const lag = new LoopLag();
    let dueAt = performance.now() + INTERVAL_MS;
    setInterval(() => {
      const now = performance.now();
      lag.note(now - dueAt);
      dueAt = now + INTERVAL_MS;
    }, INTERVAL_MS).unref();
    return lag;
  }

  get lagMs(): number {
    return this.#lagMs;
  }

  /** A timer came so much later than it was due. */
  note(lateMs: number): void {
    this.#lagMs += (Math.max(0, lateMs) - this.#lagMs) / SMOOTHING;
  }
}

const INTERVAL_MS = 50;
const SMOOTHING = 8;
