import type { DisconnectReason, PathKind } from '../sdk.js';
import type { CallSummary } from './call-summary.js';

/** Most names that are remembered of a call. */
const NAMES = 500;

/** Remembers of a call what is told after it. */
export class CallRecord {
  readonly #roomName: string;
  readonly #joinedAtMs: number;
  readonly #names = new Map<string, string>();
  readonly #seconds = new Map<PathKind, number>();

  constructor(roomName: string, joinedAtMs: number) {
    this.#roomName = roomName;
    this.#joinedAtMs = joinedAtMs;
  }

  /** Somebody else is there. Whoever comes back under the same id counts once. */
  saw(name: string, participantId: string): void {
    if (this.#names.size < NAMES || this.#names.has(participantId)) this.#names.set(participantId, name);
  }

  /** A connection was seen to go this way for a second. */
  wentBy(path: PathKind): void {
    if (path !== 'none') this.#seconds.set(path, (this.#seconds.get(path) ?? 0) + 1);
  }

  summary(reason: DisconnectReason, nowMs: number): CallSummary {
    const [most] = [...this.#seconds].sort(([, a], [, b]) => b - a);
    return {
      roomName: this.#roomName,
      durationSeconds: Math.max(0, Math.round((nowMs - this.#joinedAtMs) / 1000)),
      people: [...new Set(this.#names.values())],
      path: most?.[0] ?? 'none',
      reason,
    };
  }
}
