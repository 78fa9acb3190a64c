/**
 * How much longer than the quickest packet of the last minute even the quickest one of the last half second took: what stands
 * in the queue, whatever single packets suffer on the way. The two clocks need not agree. Times in milliseconds.
 */
export class StandingDelay {
  readonly #recent = new Float64Array(RECENT_SLOTS).fill(Infinity);
  readonly #base = new Float64Array(BASE_SLOTS).fill(Infinity);
  #recentSlot = NaN;
  #baseSlot = NaN;

  /** A packet arrived; both times of the clock of their side. */
  add(sentAt: number, arrivalMs: number): void {
    const delayMs = arrivalMs - sentAt;
    this.#recentSlot = advance(this.#recent, this.#recentSlot, Math.floor(sentAt / RECENT_SLOT_MS));
    this.#baseSlot = advance(this.#base, this.#baseSlot, Math.floor(sentAt / BASE_SLOT_MS));
    const recent = this.#recentSlot % RECENT_SLOTS;
    if (delayMs < this.#recent[recent]!) this.#recent[recent] = delayMs;
    const base = this.#baseSlot % BASE_SLOTS;
    if (delayMs < this.#base[base]!) this.#base[base] = delayMs;
  }

  /** 0 while nothing is known. */
  get ms(): number {
    return this.#over(RECENT_SLOTS);
  }

  /** The same of what was sent last: sooner there, and more shaken by what single packets suffer. */
  get newestMs(): number {
    return this.#over(NEWEST_SLOTS);
  }

  #over(slots: number): number {
    let recent = Infinity;
    for (let back = 0; back < slots; back++) {
      const delayMs = this.#recent[(this.#recentSlot - back + RECENT_SLOTS) % RECENT_SLOTS]!;
      if (delayMs < recent) recent = delayMs;
    }
    let base = Infinity;
    for (const delayMs of this.#base) if (delayMs < base) base = delayMs;
    return recent === Infinity ? 0 : recent - base;
  }

  /** Forgets everything: what is seen from now on is the quickest the path can do. */
  reset(): void {
    this.#recent.fill(Infinity);
    this.#base.fill(Infinity);
  }
}

/** Empties the slots from `newest` to `slot`; gives the newest slot now. */
function advance(slots: Float64Array, newest: number, slot: number): number {
  if (slot <= newest) return newest;
  if (!(slot - newest < slots.length)) slots.fill(Infinity);
  else for (let at = newest + 1; at <= slot; at++) slots[at % slots.length] = Infinity;
  return slot;
}

const RECENT_SLOTS = 5;
const NEWEST_SLOTS = 2;
const RECENT_SLOT_MS = 100;
const BASE_SLOTS = 10;
const BASE_SLOT_MS = 6000;
