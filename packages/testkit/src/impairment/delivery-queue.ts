/** Something that is due at a time. */
interface Due<T> {
  readonly atMs: number;
  readonly order: number;
  readonly item: T;
}

/** Gives back what was put in, the earliest first; of equal times what was put in first. A binary heap. */
export class DeliveryQueue<T> {
  readonly #heap: Due<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next one is due; undefined when the queue is empty. */
  nextAtMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  put(atMs: number, item: T): void {
    const heap = this.#heap;
    const added = { atMs, order: this.#order++, item };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent]!, added)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = added;
  }

  /** Takes the earliest one. Throws when there is none. */
  take(): T {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) throw new RangeError('the queue is empty');
    if (heap.length > 0) this.#sink(last);
    return first.item;
  }

  /** Puts `moved` at the top and lets it down to where it belongs. */
  #sink(moved: Due<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(moved, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  }
}

function isBefore(a: Due<unknown>, b: Due<unknown>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
