import type { ConnectionState } from '../api/connection.js';
import { IceRecovery } from './ice-recovery.js';
import type { RecoveryAction } from './ice-recovery.js';

const SHORTEST_TIMER_MS = 20;

/** What is done when `IceRecovery` says so. */
export interface RecoveryPort {
  help(action: RecoveryAction): void;
  onState(state: ConnectionState): void;
}

/** Gives `IceRecovery` its clock and timers: has done what is due, and tells when the state is another one. */
export class RecoveryDriver {
  readonly #recovery: IceRecovery;
  readonly #port: RecoveryPort;
  #state: ConnectionState = 'new';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(port: RecoveryPort, options: { readonly polite: boolean }) {
    this.#port = port;
    this.#recovery = new IceRecovery({ ...options, nowMs: performance.now() });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Tells the recovery what happened, and does what follows. */
  tell(happened: (recovery: IceRecovery, nowMs: number) => void): void {
    happened(this.#recovery, performance.now());
    this.advance();
  }

  /** Does what is due, tells the state, and sets the timer for what comes next. */
  advance(): void {
    if (this.#isStopped) return;
    const action = this.#recovery.decide(performance.now());
    if (action !== undefined) this.#port.help(action);
    const nowMs = performance.now();
    this.#setState(this.#recovery.connectionState(nowMs));
    const nextAtMs = this.#recovery.nextAtMs(nowMs);
    // Helping may have come back to here.
    clearTimeout(this.#timer);
    if (nextAtMs === undefined) return;
    this.#timer = setTimeout(() => this.advance(), Math.max(nextAtMs - nowMs, SHORTEST_TIMER_MS));
  }

  /** The connection is closed for good. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#setState('closed');
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#port.onState(state);
  }
}
