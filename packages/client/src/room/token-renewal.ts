/** Asks the application for a newer access token before the one of the session ends, and hands it to the session. */
export class TokenRenewal {
  readonly #renew: () => Promise<string>;
  readonly #use: (token: string) => Promise<void>;
  readonly #onError: (error: Error) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  /**
   * @param token the one the session began with
   * @param ports.renew the application's: answers a newer token of the same room, name, role and permissions
   * @param ports.use tells the server
   * @param ports.onError told each failure; it is tried again until the token has ended
   */
  constructor(
    token: string,
    ports: {
      readonly renew: () => Promise<string>;
      readonly use: (token: string) => Promise<void>;
      readonly onError: (error: Error) => void;
    },
  ) {
    this.#renew = ports.renew;
    this.#use = ports.use;
    this.#onError = ports.onError;
    this.#schedule(token);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(token: string): void {
    const expiresAt = expiryOf(token);
    if (expiresAt === undefined) return;
    const left = expiresAt - Date.now();
    // Early enough for some attempts, and never in a tight loop.
    const wait = Math.max(left > 0 ? Math.min(left * PART_OF_LIFE, left - EARLY_MS) : 0, RETRY_MS);
    this.#timer = setTimeout(() => void this.#attempt(token), Math.min(wait, LONGEST_MS));
  }

  async #attempt(current: string): Promise<void> {
    let next = current;
    try {
      const token = await this.#renew();
      if (this.#isStopped) return;
      await this.#use(token);
      next = token;
    } catch (error) {
      if (this.#isStopped) return;
      this.#onError(error instanceof Error ? error : new Error(String(error)));
    }
    if (!this.#isStopped) this.#schedule(next);
  }
}

/** When an access token ends, in milliseconds since 1970-01-01 UTC: `exp` of RFC 7519, read and not checked. */
export function expiryOf(token: string): number | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const exp = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : undefined;
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

const PART_OF_LIFE = 0.8;
const EARLY_MS = 30_000;
const RETRY_MS = 2_000;
/** Browsers keep the delay of a timer in 31 bits. */
const LONGEST_MS = 24 * 3600 * 1000;
