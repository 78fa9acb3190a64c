import { RESUME_SECONDS } from '@madang/wire/limits';

/** What to do next about a lost session. */
export type ReconnectAction = 'resume' | 'join' | 'giveUp';

/**
 * When to try what after a socket was lost: `resume` for as long as the server keeps the session, then `join` anew for
 * a minute, then nothing more. The first attempt is made at once, later ones after growing waits with randomness, so
 * that the clients of a server that was restarted do not come back in one moment. Told the time, keeps no timer.
 */
export class ReconnectPlan {
  readonly #random: () => number;
  #phase: 'resume' | 'join' = 'resume';
  #attempts = 0;
  #deadlineMs = 0;
  #enteredAtMs = Number.NEGATIVE_INFINITY;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** The socket of a session is gone. */
  lost(nowMs: number): void {
    this.#phase = 'resume';
    this.#deadlineMs = nowMs + RESUME_SECONDS * 1000;
    // A session that is cut again and again right after it was resumed shall not be resumed in a tight loop.
    if (nowMs - this.#enteredAtMs >= STABLE_MS) this.#attempts = 0;
  }

  /** The session cannot be resumed. */
  joinAnew(nowMs: number): void {
    if (this.#phase === 'join') return;
    this.#phase = 'join';
    this.#attempts = 0;
    this.#deadlineMs = nowMs + JOIN_MS;
  }

  /** An attempt brought the client back. */
  entered(nowMs: number): void {
    this.#enteredAtMs = nowMs;
  }

  /** How long to wait before the next attempt. */
  nextDelayMs(nowMs: number): number {
    const attempt = this.#attempts++;
    if (attempt === 0) return 0;
    const longest = this.#phase === 'resume' ? LONGEST_RESUME_DELAY_MS : LONGEST_JOIN_DELAY_MS;
    const delay = Math.min(longest, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10));
    const jittered = delay * (0.5 + this.#random() / 2);
    return Math.max(0, Math.min(jittered, this.#deadlineMs - nowMs));
  }

  /** What the attempt is, now that its time has come. */
  action(nowMs: number): ReconnectAction {
    if (nowMs < this.#deadlineMs) return this.#phase;
    if (this.#phase === 'join') return 'giveUp';
    this.joinAnew(nowMs);
    // The clocks of the waits go on: it is the same server that did not answer.
    this.#attempts = 1;
    return 'join';
  }
}

const FIRST_DELAY_MS = 400;

/** Short enough that everybody is back within 5 s of a restart of the server. */
const LONGEST_RESUME_DELAY_MS = 3000;
const LONGEST_JOIN_DELAY_MS = 8000;

const JOIN_MS = 60_000;

/** A connection that lasted that long was a good one. */
const STABLE_MS = 5000;
