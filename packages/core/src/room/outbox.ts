import { numberMessage } from '@madang/wire/encode';

export interface OutboxLimits {
  readonly messages: number;
  /** Of all texts together, in UTF-16 units. */
  readonly units: number;
}

/**
 * The numbered messages of a session that its client has not acknowledged. When a limit is reached the oldest go:
 * memory stays bounded, and a client that was away for too long has to join anew.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  /** A new list after each time nothing was left: an emptied one keeps its room. */
  #texts: string[] = NOTHING;
  #units = 0;
  #lastSeq = 0;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get size(): number {
    return this.#texts.length;
  }

  /** Gives a text of `encodeUnnumbered` its numbers (as `numberMessage`), keeps it and gives it back. */
  append(unnumbered: string, lastRequestId?: number): string {
    const text = numberMessage(unnumbered, ++this.#lastSeq, lastRequestId);
    if (this.#texts === NOTHING) this.#texts = [text];
    else this.#texts.push(text);
    this.#units += text.length;
    // Not below one: what is sent last can always be sent again.
    while (this.#texts.length > 1 && this.#isOver()) this.#dropOldest();
    return text;
  }

  /** Forgets everything up to `seq`. */
  acknowledge(seq: number): void {
    if (seq >= this.#lastSeq) {
      this.#texts = NOTHING;
      this.#units = 0;
    }
    while (this.#texts.length > 0 && this.#firstSeq() <= seq) this.#dropOldest();
  }

  /** Everything after `seq` in order; undefined when part of it is gone, or `seq` was never given. */
  since(seq: number): readonly string[] | undefined {
    if (seq > this.#lastSeq || seq + 1 < this.#firstSeq()) return undefined;
    return this.#texts.slice(seq + 1 - this.#firstSeq());
  }

  #firstSeq(): number {
    return this.#lastSeq - this.#texts.length + 1;
  }

  #isOver(): boolean {
    return this.#texts.length > this.#limits.messages || this.#units > this.#limits.units;
  }

  #dropOldest(): void {
    this.#units -= this.#texts.shift()!.length;
  }
}

/** Never written to. */
const NOTHING: string[] = [];
