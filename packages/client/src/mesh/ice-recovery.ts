import type { ConnectionState } from '../api/connection.js';

/** What has to be done now to get a connection (back). */
export type RecoveryAction =
  /** An ICE restart (RFC 8445 section 2.4). */
  | 'restart'
  /** The offer got no answer: send it once more. */
  | 'resend'
  /** Another RTCPeerConnection in place of this one. */
  | 'rebuild';

/** Milliseconds. */
const AFTER_DISCONNECTED = { impolite: 2000, polite: 5000 };
const AFTER_FAILED = { impolite: 0, polite: 300 };
const CONNECTING_LIMIT = 15_000;
const ANSWER_LIMIT = 8000;
const STABLE_AFTER = 5000;
const HOPELESS_AFTER = 30_000;
const LONGEST_BACK_OFF = 15_000;

const RESTARTS_BEFORE_REBUILD = 2;
const RESENDS_BEFORE_REBUILD = 2;

interface Due {
  readonly action: RecoveryAction;
  readonly atMs: number;
}

/**
 * Decides when a connection between two participants is helped, and how. Knows no timer and no RTCPeerConnection: it is
 * told what happened and asked what is due.
 *
 * Most interruptions pass by themselves within a second or two, so `disconnected` is given time; the impolite side acts
 * first so that both rarely restart at once. Restarts that do not help are followed by a connection made anew: a failed
 * DTLS transport cannot be mended by ICE.
 */
export class IceRecovery {
  readonly #polite: boolean;
  readonly #random: () => number;
  #state: RTCPeerConnectionState = 'new';
  #sinceMs: number;
  #troubledSinceMs: number;
  #everConnected = false;
  #signalingUp = true;
  #urgentSinceMs: number | undefined;
  #offeredAtMs: number | undefined;
  #resends = 0;
  #restarts = 0;
  #failures = 0;
  #isFaulty = false;
  /** Restarts and rebuilds since the connection was last stable: the exponent of the back-off. */
  #attempts = 0;
  #notBeforeMs = 0;

  constructor(options: { polite: boolean; nowMs: number; random?: () => number }) {
    this.#polite = options.polite;
    this.#random = options.random ?? Math.random;
    this.#sinceMs = this.#troubledSinceMs = options.nowMs;
  }

  /** What an application is told about the connection. */
  connectionState(nowMs: number): ConnectionState {
    if (this.#state === 'closed' || this.#state === 'connected') return this.#state;
    if (nowMs - this.#troubledSinceMs >= HOPELESS_AFTER) return 'failed';
    if (this.#everConnected) return 'reconnecting';
    return this.#state === 'new' && this.#attempts === 0 ? 'new' : 'connecting';
  }

  /** `connectionState` of the RTCPeerConnection is now `state`. */
  observe(state: RTCPeerConnectionState, nowMs: number): void {
    if (state === this.#state) return;
    if (this.#state === 'connected') {
      if (nowMs - this.#sinceMs >= STABLE_AFTER) this.#recovered();
      this.#troubledSinceMs = nowMs;
    }
    if (state === 'failed') this.#failures += 1;
    if (state === 'connected') {
      this.#everConnected = true;
      this.#urgentSinceMs = undefined;
    }
    this.#state = state;
    this.#sinceMs = nowMs;
  }

  /** An offer was sent (again) and waits for its answer. */
  offerSent(nowMs: number): void {
    if (this.#offeredAtMs === undefined) this.#resends = 0;
    this.#offeredAtMs = nowMs;
  }

  /** Offer and answer are exchanged: none waits any more. */
  settled(nowMs: number): void {
    this.#offeredAtMs = undefined;
    // With nothing to try (no candidate at all) the browser stays in `new`.
    if (this.#state === 'new') this.observe('connecting', nowMs);
  }

  /** The network changed, or signaling came back: a restart is due at once. */
  urge(nowMs: number): void {
    if (this.#state === 'new') return;
    this.#urgentSinceMs = nowMs;
    this.#notBeforeMs = nowMs;
  }

  /** A description of the other side could not be used, so this connection cannot go on as it is. */
  fault(): void {
    this.#isFaulty = true;
  }

  /** Without signaling nothing can be mended; what is due waits. */
  signalingLost(): void {
    this.#signalingUp = false;
  }

  signalingRestored(nowMs: number): void {
    this.#signalingUp = true;
    if (this.#offeredAtMs !== undefined) this.#offeredAtMs = nowMs - ANSWER_LIMIT;
    else if (this.#state !== 'connected') this.urge(nowMs);
  }

  /** Another RTCPeerConnection has taken the place of this one. */
  rebuilt(nowMs: number): void {
    this.observe('new', nowMs);
    this.#sinceMs = nowMs;
    this.#offeredAtMs = undefined;
    this.#urgentSinceMs = undefined;
    this.#restarts = this.#failures = this.#resends = 0;
    this.#isFaulty = false;
  }

  /** What is due at `nowMs`, if anything; it counts as done. */
  decide(nowMs: number): RecoveryAction | undefined {
    const due = this.#due();
    if (due === undefined || due.atMs > nowMs) return undefined;
    if (due.action === 'resend') {
      this.#resends += 1;
      this.#offeredAtMs = nowMs;
      return 'resend';
    }
    this.#urgentSinceMs = undefined;
    // A restart of a connection that works (another network) is no sign that restarts do not help.
    if (this.#state === 'connected' && due.action === 'restart') return 'restart';
    this.#restarts += 1;
    const backOff = Math.min(1000 * 2 ** this.#attempts, LONGEST_BACK_OFF);
    this.#notBeforeMs = nowMs + backOff * (1 + this.#random() / 4);
    this.#attempts = Math.min(this.#attempts + 1, 10);
    // The clock of a try begins with it, so that the same silence is not blamed on it at once.
    this.#sinceMs = nowMs;
    return due.action;
  }

  /** When `decide` or `connectionState` may answer something new though nothing happens. */
  nextAtMs(nowMs: number): number | undefined {
    const times = [this.#due()?.atMs];
    const hopelessAt = this.#troubledSinceMs + HOPELESS_AFTER;
    if (this.#state !== 'connected' && this.#state !== 'closed' && hopelessAt > nowMs) times.push(hopelessAt);
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  #recovered(): void {
    this.#attempts = this.#restarts = this.#failures = 0;
    this.#notBeforeMs = 0;
  }

  #due(): Due | undefined {
    if (!this.#signalingUp || this.#state === 'closed') return undefined;
    if (this.#isFaulty) return { action: 'rebuild', atMs: this.#notBeforeMs };
    if (this.#offeredAtMs !== undefined) {
      const action = this.#resends < RESENDS_BEFORE_REBUILD ? 'resend' : 'rebuild';
      return { action, atMs: this.#offeredAtMs + ANSWER_LIMIT };
    }
    const atMs = this.#urgentSinceMs ?? this.#troubleDueAtMs();
    if (atMs === undefined) return undefined;
    const tried = this.#failures >= RESTARTS_BEFORE_REBUILD || this.#restarts > RESTARTS_BEFORE_REBUILD;
    const helpless = tried && this.#state !== 'connected';
    return { action: helpless ? 'rebuild' : 'restart', atMs: Math.max(atMs, this.#notBeforeMs) };
  }

  #troubleDueAtMs(): number | undefined {
    const side = this.#polite ? 'polite' : 'impolite';
    switch (this.#state) {
      case 'failed':
        return this.#sinceMs + AFTER_FAILED[side];
      case 'disconnected':
        return this.#sinceMs + AFTER_DISCONNECTED[side];
      case 'connecting':
        return this.#sinceMs + CONNECTING_LIMIT;
      case 'new':
      case 'connected':
      case 'closed':
        return undefined;
    }
  }
}
