/**
 * The rate at which bytes arrived, or were sent, over the last half second: sums in a ring of time slots. Times in
 * milliseconds of one clock, in any order within the window.
 */
export class ReceivedRate {
  readonly #bytes = new Float64Array(SLOTS);
  /** Numbers of the newest slot and of the one in which everything began, since the clock's zero; NaN: nothing yet. */
  #newest = NaN;
  #first = NaN;
  #sum = 0;

  add(atMs: number, bytes: number): void {
    const slot = Math.floor(atMs / SLOT_MS);
    // Nothing yet, or a clock that jumped back.
    if (!(slot > this.#newest - RESTART_SLOTS)) {
      this.reset();
      this.#newest = slot;
      this.#first = slot;
    }
    this.#advance(slot);
    if (slot <= this.#newest - SLOTS) return;
    this.#bytes[indexOf(slot)]! += bytes;
    this.#sum += bytes;
    if (slot < this.#first) this.#first = slot;
  }

  /** Bits per second over the window that ends with the newest slot; 0 while there is too little to tell. */
  get bps(): number {
    // Neither the newest slot, which is not over yet, nor the one in which everything began is whole.
    const slots = Math.min(this.#newest - this.#first, SLOTS - 1);
    if (!(slots >= LEAST_SLOTS)) return 0;
    return ((this.#sum - this.#bytes[indexOf(this.#newest)]!) * 8000) / (slots * SLOT_MS);
  }

  /** `bps` at `atMs`, so that silence counts. */
  bpsAt(atMs: number): number {
    this.#advance(Math.floor(atMs / SLOT_MS));
    return this.bps;
  }

  /** Forgets everything. */
  reset(): void {
    this.#bytes.fill(0);
    this.#newest = NaN;
    this.#first = NaN;
    this.#sum = 0;
  }

  #advance(slot: number): void {
    if (slot - this.#newest >= SLOTS) {
      this.#bytes.fill(0);
      this.#sum = 0;
      this.#newest = slot;
      return;
    }
    while (this.#newest < slot) {
      this.#newest++;
      const index = indexOf(this.#newest);
      this.#sum -= this.#bytes[index]!;
      this.#bytes[index] = 0;
    }
  }
}

/** A receiver's clock may start below 0. */
function indexOf(slot: number): number {
  const rest = slot % SLOTS;
  return rest < 0 ? rest + SLOTS : rest;
}

const SLOT_MS = 25;
const SLOTS = 21;
const LEAST_SLOTS = 4;
const RESTART_SLOTS = 100 * SLOTS;
