import type { Arrival } from '@madang/core/path/path';
import type { Instant } from '@madang/core/time/instant';
import type { DtlsLimits } from './dtls-limits.js';

/** One source address: what it has open. Removed when it has nothing. */
export interface DtlsSource {
  readonly key: string;
  handshakes: number;
  sessions: number;
}

/** Counts handshakes and sessions, in all, per source and per second, against the limits. */
export class DtlsAdmission {
  readonly #limits: DtlsLimits;
  readonly #sources = new Map<string, DtlsSource>();
  #handshakes = 0;
  #sessions = 0;
  #windowStart = -Infinity;
  #startedInWindow = 0;

  constructor(limits: DtlsLimits) {
    this.#limits = limits;
  }

  get handshakes(): number {
    return this.#handshakes;
  }

  get sessions(): number {
    return this.#sessions;
  }

  /** Lets a handshake of this source begin and counts it, as a session too; undefined when a limit is reached. */
  admit(now: Instant, arrival: Arrival): DtlsSource | undefined {
    const key = sourceKey(arrival);
    const source = this.#sources.get(key) ?? { key, handshakes: 0, sessions: 0 };
    const limits = this.#limits;
    if (this.#handshakes >= limits.handshakesTotal || source.handshakes >= limits.handshakesPerSource)
      return undefined;
    if (this.#sessions >= limits.sessionsTotal || source.sessions >= limits.sessionsPerSource)
      return undefined;
    if (!this.#takeBudget(now)) return undefined;
    this.#sources.set(key, source);
    this.#handshakes++;
    source.handshakes++;
    this.#sessions++;
    source.sessions++;
    return source;
  }

  /** The handshake is over, well or not; its session still counts until `releaseSession`. */
  releaseHandshake(source: DtlsSource): void {
    this.#handshakes--;
    source.handshakes--;
  }

  releaseSession(source: DtlsSource): void {
    this.#sessions--;
    source.sessions--;
    if (source.sessions === 0) this.#sources.delete(source.key);
  }

  #takeBudget(now: Instant): boolean {
    if (now - this.#windowStart >= WINDOW_MILLISECONDS) {
      this.#windowStart = now;
      this.#startedInWindow = 0;
    }
    const budget = Math.max(1, (this.#limits.handshakesPerSecond * WINDOW_MILLISECONDS) / 1000);
    return ++this.#startedInWindow <= budget;
  }
}

const WINDOW_MILLISECONDS = 100;

/** An IPv4 address, or the /64 an IPv6 host usually owns. */
function sourceKey({ family, words }: Arrival): string {
  return family === 4 ? String(words[0]) : `${words[0]}:${words[1]}`;
}
