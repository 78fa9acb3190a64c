import { WireLimit } from '@madang/wire/limits';
import type { ReceivePreference } from '@madang/wire/media-server';
import type { WantedMedia } from '../api/track.js';

/** So many messages a second at most: what changes in between goes into one. */
const INTERVAL_MS = 250;

/** What of the others' tracks the server has to be told is wanted. Knows no timer and no clock. */
export class ReceivePlan {
  readonly #told = new Map<string, ReceivePreference>();
  readonly #untold = new Map<string, ReceivePreference>();
  #lastN: number | undefined;
  #isLastNTold = true;
  #toldAtMs = -Infinity;

  set(participantId: string, trackId: string, wanted: WantedMedia): void {
    const key = keyOf(participantId, trackId);
    const preference = preferenceOf(participantId, trackId, wanted);
    if (isSame(this.#told.get(key), preference)) this.#untold.delete(key);
    else this.#untold.set(key, preference);
  }

  /** Most videos of cameras; `undefined`: as many as the server sends. */
  setLastN(lastN: number | undefined): void {
    if (lastN === this.#lastN) return;
    this.#lastN = lastN;
    this.#isLastNTold = false;
  }

  /** A track has begun to come: what was said of it may have come before the server knew of it. */
  repeat(participantId: string, trackId: string): void {
    const key = keyOf(participantId, trackId);
    const told = this.#told.get(key);
    this.#told.delete(key);
    if (told !== undefined && !this.#untold.has(key)) this.#untold.set(key, told);
  }

  /** Somebody has left: nothing of theirs can be wanted. */
  forget(participantId: string): void {
    for (const known of [this.#told, this.#untold])
      for (const key of known.keys()) if (key.startsWith(keyOf(participantId, ''))) known.delete(key);
  }

  /** The server knows nothing of what it was told. */
  restart(): void {
    for (const [key, preference] of this.#told) if (!this.#untold.has(key)) this.#untold.set(key, preference);
    this.#told.clear();
    this.#isLastNTold = this.#lastN === undefined;
  }

  /** What to say now, which counts as said; or when to ask again. */
  take(nowMs: number): {
    readonly tracks: readonly ReceivePreference[];
    readonly lastN?: number;
    readonly againAtMs?: number;
  } {
    if (this.#untold.size === 0 && this.#isLastNTold) return { tracks: [] };
    const nextAtMs = this.#toldAtMs + INTERVAL_MS;
    if (nowMs < nextAtMs) return { tracks: [], againAtMs: nextAtMs };
    this.#toldAtMs = nowMs;
    const most = this.#isLastNTold ? {} : { lastN: this.#lastN ?? WireLimit.participants };
    this.#isLastNTold = true;
    const due = [...this.#untold].slice(0, WireLimit.receivePreferences);
    for (const [key, preference] of due) {
      this.#untold.delete(key);
      this.#told.set(key, preference);
    }
    const tracks = due.map(([, preference]) => preference);
    return { tracks, ...most, ...(this.#untold.size > 0 && { againAtMs: nowMs + INTERVAL_MS }) };
  }
}

function keyOf(participantId: string, trackId: string): string {
  return `${participantId} ${trackId}`;
}

function isSame(one: ReceivePreference | undefined, other: ReceivePreference): boolean {
  return (
    one?.paused === other.paused &&
    one?.width === other.width &&
    one?.height === other.height &&
    one?.pinned === other.pinned
  );
}

function preferenceOf(participantId: string, trackId: string, wanted: WantedMedia): ReceivePreference {
  const { paused = false, width, height, pinned = false } = wanted;
  return {
    participantId,
    trackId,
    paused,
    ...(width !== undefined && height !== undefined && { width: pixels(width), height: pixels(height) }),
    ...(pinned && { pinned }),
  };
}

function pixels(length: number): number {
  return Math.min(Math.max(Math.round(length), 1), WireLimit.pixels);
}
