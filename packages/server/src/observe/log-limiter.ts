import type { Log, LogFields } from './log.js';
import type { LogLevel } from './redact.js';

/**
 * Lets one line per kind through in each interval, so that a flood of events is not a flood of lines. What was held
 * back is counted and said with the next line of the kind, or by `report` when none comes.
 */
export class LogLimiter {
  readonly #log: Log;
  readonly #intervalMs: number;
  readonly #kinds = new Map<string, Kind>();

  constructor(options: { log: Log; intervalMs?: number }) {
    this.#log = options.log;
    this.#intervalMs = options.intervalMs ?? 1000;
  }

  /** Writes the line, or counts it. `kind` names the event, never its data. `nowMs` is a monotonic clock. */
  log(nowMs: number, kind: string, level: LogLevel, message: string, fields?: LogFields): void {
    const state = this.#stateOf(kind);
    if (nowMs < state.nextAt) {
      state.suppressed++;
      state.level = level;
      state.message = message;
      return;
    }
    const suppressed = state.suppressed === 0 ? {} : { suppressed: state.suppressed };
    state.suppressed = 0;
    state.nextAt = nowMs + this.#intervalMs;
    this.#log(level, message, { ...fields, ...suppressed });
  }

  /** Says what was held back of kinds whose interval is over. Called about once a second. */
  report(nowMs: number): void {
    for (const state of this.#kinds.values()) {
      if (state.suppressed === 0 || nowMs < state.nextAt) continue;
      this.#log(state.level, state.message, { suppressed: state.suppressed });
      state.suppressed = 0;
      state.nextAt = nowMs + this.#intervalMs;
    }
  }

  #stateOf(kind: string): Kind {
    let state = this.#kinds.get(kind);
    if (state === undefined) {
      // Kinds are written in the source, so there are few; if one is ever built from data, memory stays bounded.
      if (this.#kinds.size >= MOST_KINDS && kind !== OTHER) return this.#stateOf(OTHER);
      state = { nextAt: -Infinity, suppressed: 0, level: 'info', message: '' };
      this.#kinds.set(kind, state);
    }
    return state;
  }
}

interface Kind {
  nextAt: number;
  suppressed: number;
  /** Of the line held back last. */
  level: LogLevel;
  message: string;
}

const MOST_KINDS = 256;
const OTHER = 'other';
