/** Asks for fresh TURN credentials when most of their life is over, so that an ICE restart always has good ones. */
export class IceServerRefresh {
  readonly #ask: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(ask: () => Promise<void>) {
    this.#ask = ask;
  }

  /** `expireAt` in milliseconds since 1970-01-01 UTC. */
  schedule(expireAt: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const life = expireAt - Date.now();
    const wait = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, life * PART_OF_LIFE));
    this.#timer = setTimeout(() => {
      // What is refused (too many requests) is tried again; the answer to a granted one schedules the next.
      this.#ask().catch(() => {
        this.schedule(expireAt);
      });
    }, wait);
  }

  /** For good: an answer that comes later schedules nothing. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }
}

const PART_OF_LIFE = 0.8;
/** A clock that is wrong must not make requests without end. */
const SHORTEST_MS = 30_000;
/** Browsers keep the delay of a timer in 31 bits. */
const LONGEST_MS = 24 * 3600 * 1000;
