import type { Instant } from './instant.js';
import { NEVER } from './instant.js';

/**
 * What a timer wheel keeps: the object itself carries the links, so scheduling allocates nothing. The four fields
 * belong to the wheel; initialise them with `...UNSCHEDULED` or the same values, and never write them.
 */
export interface Timed {
  /** When the object is due. Read it freely; change it through `TimerWheel.schedule`. */
  timerDeadline: Instant;
  /** Slot the object hangs in, or NOT_SCHEDULED. */
  timerSlot: number;
  timerNext: Timed | null;
  timerPrevious: Timed | null;
}

export const NOT_SCHEDULED = -1;

/**
 * Deadlines of many objects (allocations, permissions, channels): schedule, move and cancel in O(1), told the time.
 * A deadline fires never early and at most one tick late. Moving a deadline further away (a refresh, the common
 * case) leaves the object in its slot: it is looked at when the slot comes round and hung where it belongs by then.
 */
export class TimerWheel<T extends Timed> {
  readonly #tickMilliseconds: number;
  readonly #mask: number;
  readonly #slots: (Timed | null)[];
  /** One bit per slot that may hold something. */
  readonly #occupied: Int32Array;
  readonly #onDue: (timed: T, now: Instant) => void;
  /** All ticks below this one have been looked at. */
  #nextTick = -Infinity;
  #size = 0;
  /** Earliest tick that may hold something; kept exact by `nextDeadline`. */
  #earliestTick = Infinity;

  /** `slotCount` is a power of two of at least 32; slotCount * tickMilliseconds should exceed the usual deadline. */
  constructor(options: {
    tickMilliseconds: number;
    slotCount: number;
    onDue: (timed: T, now: Instant) => void;
  }) {
    this.#tickMilliseconds = options.tickMilliseconds;
    this.#mask = options.slotCount - 1;
    this.#slots = new Array<Timed | null>(options.slotCount).fill(null);
    this.#occupied = new Int32Array(options.slotCount >> 5);
    this.#onDue = options.onDue;
  }

  /** Objects scheduled now. */
  get size(): number {
    return this.#size;
  }

  /** Sets (or moves) the deadline. NEVER cancels. */
  schedule(timed: T, now: Instant, deadline: Instant): void {
    if (deadline === NEVER) return this.cancel(timed);
    this.#catchUpWhenEmpty(now);
    const later = timed.timerSlot !== NOT_SCHEDULED && deadline >= timed.timerDeadline;
    timed.timerDeadline = deadline;
    if (later) return;
    this.#unlink(timed);
    this.#link(timed);
  }

  /** Forgets the object; harmless when it is not scheduled. */
  cancel(timed: T): void {
    this.#unlink(timed);
    timed.timerDeadline = NEVER;
  }

  /** Calls `onDue` for everything whose deadline has come. `onDue` may schedule and cancel at will. */
  advance(now: Instant): void {
    this.#catchUpWhenEmpty(now);
    const currentTick = Math.floor(now / this.#tickMilliseconds);
    // Ticks strictly before the current one are over, so all they hold is due, or was moved further away.
    const steps = Math.min(currentTick - this.#nextTick, this.#slots.length);
    if (steps <= 0) return;
    const firstTick = currentTick - steps;
    // Set before anything fires: what is scheduled from inside onDue hangs in the current tick or later.
    this.#nextTick = currentTick;
    for (let step = 0; step < steps; step++) {
      const slot = (firstTick + step) & this.#mask;
      if (this.#isOccupied(slot)) this.#fireSlot(slot, now);
    }
    this.#earliestTick = -Infinity;
  }

  /** When `advance` should be called next: exact when idle (NEVER), else at most one tick after a deadline. */
  nextDeadline(): Instant {
    if (this.#size === 0) return NEVER;
    if (this.#earliestTick < this.#nextTick) this.#earliestTick = this.#findEarliestTick();
    return ((this.#earliestTick + 1) * this.#tickMilliseconds) as Instant;
  }

  #catchUpWhenEmpty(now: Instant): void {
    // An empty wheel may have stood still for hours; there is nothing to look at on the way to the present.
    if (this.#size > 0) return;
    this.#nextTick = Math.max(this.#nextTick, Math.floor(now / this.#tickMilliseconds));
    this.#earliestTick = Infinity;
  }

  #fireSlot(slot: number, now: Instant): void {
    const head = this.#slots[slot] ?? null;
    this.#slots[slot] = null;
    this.#occupied[slot >> 5]! &= ~(1 << (slot & 31));
    // The chain is detached but its members still link each other; a member cancelled by an earlier member's onDue
    // unlinks itself from it. A guard in front keeps the head from being special.
    const guard: Timed = { timerDeadline: NEVER, timerSlot: slot, timerNext: head, timerPrevious: null };
    if (head !== null) head.timerPrevious = guard;
    while (guard.timerNext !== null) {
      const timed = guard.timerNext;
      this.#unlink(timed);
      if (timed.timerDeadline <= now) this.#onDue(timed as T, now);
      else this.#link(timed);
    }
  }

  #link(timed: Timed): void {
    const wanted = Math.floor(timed.timerDeadline / this.#tickMilliseconds);
    const tick = Math.min(Math.max(wanted, this.#nextTick), this.#nextTick + this.#mask);
    const slot = tick & this.#mask;
    const head = this.#slots[slot] ?? null;
    timed.timerSlot = slot;
    timed.timerPrevious = null;
    timed.timerNext = head;
    if (head !== null) head.timerPrevious = timed;
    this.#slots[slot] = timed;
    this.#occupied[slot >> 5]! |= 1 << (slot & 31);
    this.#size++;
    if (tick < this.#earliestTick) this.#earliestTick = tick;
  }

  #unlink(timed: Timed): void {
    const slot = timed.timerSlot;
    if (slot === NOT_SCHEDULED) return;
    const { timerNext: next, timerPrevious: previous } = timed;
    if (next !== null) next.timerPrevious = previous;
    if (previous !== null) previous.timerNext = next;
    else this.#slots[slot] = next;
    if (previous === null && next === null) {
      this.#occupied[slot >> 5]! &= ~(1 << (slot & 31));
      this.#earliestTick = -Infinity;
    }
    timed.timerNext = null;
    timed.timerPrevious = null;
    timed.timerSlot = NOT_SCHEDULED;
    this.#size--;
  }

  #isOccupied(slot: number): boolean {
    return (this.#occupied[slot >> 5]! & (1 << (slot & 31))) !== 0;
  }

  /** First tick from #nextTick on whose slot is occupied; at least one is. */
  #findEarliestTick(): number {
    const words = this.#occupied;
    const wordMask = words.length - 1;
    const startSlot = this.#nextTick & this.#mask;
    const startWord = startSlot >> 5;
    for (let i = 0; i <= words.length; i++) {
      let bits = words[(startWord + i) & wordMask]!;
      // The first word is looked at twice: its upper bits now, its lower bits after a whole turn.
      if (i === 0) bits &= -1 << (startSlot & 31);
      else if (i === words.length) bits &= ~(-1 << (startSlot & 31));
      if (bits === 0) continue;
      const lowest = 31 - Math.clz32(bits & -bits);
      const slot = (((startWord + i) & wordMask) << 5) | lowest;
      return this.#nextTick + ((slot - startSlot) & this.#mask);
    }
    throw new Error('A timer wheel that is not empty has no occupied slot');
  }
}
