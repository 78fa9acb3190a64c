import type { Instant } from '../time/instant.js';
import { after, NEVER } from '../time/instant.js';

/** Missing packets that are tracked at once; with more of them asking again is hopeless. */
export const MAX_MISSING = 256;

/** How a packet stands to those before it. */
export type Arrival = 'new' | 'late' | 'duplicate';

/**
 * Finds what is missing of one received stream and says which packets to ask for again (RFC 4585 section 6.2.1). Sequence
 * numbers are extended (`extendSequence`); a packet that was retransmitted is told with its original number. Memory is
 * fixed, nothing is allocated after it was made.
 */
export class ReceiveGaps {
  /** What `due` wants to be asked for: 16-bit numbers in the order of the stream; its result says how many count. */
  readonly requests = new Uint16Array(MAX_MISSING);

  #highest = NaN;
  /** Packets received of the last `WINDOW`, a bit each, by the low bits of the number. */
  readonly #receivedBits = new Int32Array(WINDOW >> 5);
  /** The missing ones, ascending; the first `#count` entries count. */
  readonly #missing = new Float64Array(MAX_MISSING);
  readonly #seenAt = new Float64Array(MAX_MISSING);
  readonly #askAt = new Float64Array(MAX_MISSING);
  readonly #firstAskedAt = new Float64Array(MAX_MISSING);
  readonly #asked = new Uint8Array(MAX_MISSING);
  #count = 0;
  /** Highest number at the time everything was given up; -Infinity: that is over. */
  #hopelessUpTo = -Infinity;
  #reorderingMs = 0;
  #reorderedAt = -Infinity;
  #roundTripMs = 0;

  /** Too much was missing at once to ask for it: only a key frame helps, until `forgetBefore` tells of one. */
  get isHopeless(): boolean {
    return this.#hopelessUpTo !== -Infinity;
  }

  /** Packets that are missing and still asked for. */
  get missingCount(): number {
    return this.#count;
  }

  /**
   * A packet arrived. `new`: ahead of all others; `late`: behind, for the first time; `duplicate`: it was here before,
   * or is 4,096 or more behind, where that cannot be known any more.
   */
  received(now: Instant, extendedSequence: number): Arrival {
    const ahead = extendedSequence - this.#highest;
    if (ahead > 0) {
      this.#noteMissing(now, extendedSequence, ahead - 1);
      this.#advance(extendedSequence, ahead);
      return 'new';
    }
    if (ahead <= 0) {
      if (ahead <= -WINDOW || this.#isReceived(extendedSequence)) return 'duplicate';
      this.#setReceived(extendedSequence);
      this.#fill(now, extendedSequence);
      return 'late';
    }
    // The first packet of the stream.
    this.#highest = extendedSequence;
    this.#setReceived(extendedSequence);
    return 'new';
  }

  /**
   * Puts into `requests` what is to be asked for now, and counts it as asked for; answers how many there are. Gives up
   * what is older than a second or was asked for ten times. `roundTripMs` is that to the sender; while it is not
   * measured, a guess.
   */
  due(now: Instant, roundTripMs: number): number {
    this.#roundTripMs = roundTripMs;
    const interval = Math.max(roundTripMs, MIN_INTERVAL_MS);
    let kept = 0;
    let requested = 0;
    for (let i = 0; i < this.#count; i++) {
      if (now - this.#seenAt[i]! >= MAX_AGE_MS) continue;
      if (this.#askAt[i]! <= now) {
        const asked = this.#asked[i]!;
        if (asked === MAX_REQUESTS) continue;
        this.requests[requested++] = this.#missing[i]! & 0xffff;
        if (asked === 0) this.#firstAskedAt[i] = now;
        this.#asked[i] = asked + 1;
        this.#askAt[i] = now + interval * BACKOFF ** asked;
      }
      if (kept !== i) this.#move(i, kept);
      kept++;
    }
    this.#count = kept;
    return requested;
  }

  /** When `due` has something to do: NEVER while nothing is missing. */
  nextDeadline(): Instant {
    let next = Infinity;
    for (let i = 0; i < this.#count; i++) {
      next = Math.min(next, this.#askAt[i]!, this.#seenAt[i]! + MAX_AGE_MS);
    }
    return next === Infinity ? NEVER : (next as Instant);
  }

  /** Nothing before `extendedSequence` is needed: a key frame starts there. */
  forgetBefore(extendedSequence: number): void {
    let first = 0;
    while (first < this.#count && this.#missing[first]! < extendedSequence) first++;
    if (first > 0) this.#removeFirst(first);
    if (extendedSequence > this.#hopelessUpTo) this.#hopelessUpTo = -Infinity;
  }

  /** The `count` numbers before `extendedSequence` are missing. */
  #noteMissing(now: Instant, extendedSequence: number, count: number): void {
    if (count === 0) return;
    if (this.#count + count > MAX_MISSING) {
      this.#count = 0;
      this.#hopelessUpTo = extendedSequence - 1;
      return;
    }
    const askAt = after(now, this.#reorderingWait(now));
    for (
      let i = this.#count, sequence = extendedSequence - count;
      sequence < extendedSequence;
      i++, sequence++
    ) {
      this.#missing[i] = sequence;
      this.#seenAt[i] = now;
      this.#askAt[i] = askAt;
      this.#asked[i] = 0;
    }
    this.#count += count;
  }

  /** A packet that was behind arrived: it is no longer missing, and may show that packets overtake each other. */
  #fill(now: Instant, sequence: number): void {
    const index = this.#indexOf(sequence);
    if (index < 0) return;
    // What comes before an answer can be here was not lost but overtaken. A round trip that is a guess must not turn
    // answers into that: nothing that is waited for overtakes by more.
    const soonestAnswerMs = Math.min(this.#roundTripMs / 2, MAX_REORDERING_MS);
    const isAnswer = this.#asked[index]! > 0 && now - this.#firstAskedAt[index]! >= soonestAnswerMs;
    if (!isAnswer) {
      const delay = Math.min(now - this.#seenAt[index]!, MAX_REORDERING_MS);
      this.#reorderingMs = Math.max(delay, this.#reorderingWait(now) * REORDERING_DECAY);
      this.#reorderedAt = now;
    }
    for (let i = index + 1; i < this.#count; i++) this.#move(i, i - 1);
    this.#count--;
  }

  #reorderingWait(now: Instant): number {
    return now - this.#reorderedAt < REORDERING_MEMORY_MS ? this.#reorderingMs : 0;
  }

  #indexOf(sequence: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#missing[middle]!;
      if (found === sequence) return middle;
      if (found < sequence) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #removeFirst(count: number): void {
    for (let i = count; i < this.#count; i++) this.#move(i, i - count);
    this.#count -= count;
  }

  #move(from: number, to: number): void {
    this.#missing[to] = this.#missing[from]!;
    this.#seenAt[to] = this.#seenAt[from]!;
    this.#askAt[to] = this.#askAt[from]!;
    this.#firstAskedAt[to] = this.#firstAskedAt[from]!;
    this.#asked[to] = this.#asked[from]!;
  }

  /** `extendedSequence` is the highest now; the bits of the `ahead - 1` numbers that were jumped over are cleared. */
  #advance(extendedSequence: number, ahead: number): void {
    if (ahead >= WINDOW) {
      this.#receivedBits.fill(0);
    } else {
      for (let sequence = this.#highest + 1; sequence < extendedSequence; sequence++) {
        const bit = sequence & (WINDOW - 1);
        this.#receivedBits[bit >> 5]! &= ~(1 << (bit & 31));
      }
    }
    this.#highest = extendedSequence;
    this.#setReceived(extendedSequence);
  }

  #isReceived(sequence: number): boolean {
    const bit = sequence & (WINDOW - 1);
    return (this.#receivedBits[bit >> 5]! & (1 << (bit & 31))) !== 0;
  }

  #setReceived(sequence: number): void {
    const bit = sequence & (WINDOW - 1);
    this.#receivedBits[bit >> 5]! |= 1 << (bit & 31);
  }
}

/** Packets whose arrival is remembered; more than what arrives in the time a missing one is asked for. */
const WINDOW = 4096;

const MAX_REQUESTS = 10;
const MAX_AGE_MS = 1000;

/** Time between two requests for the same packet is the round trip, at least this, and grows by the factor each time. */
const MIN_INTERVAL_MS = 20;
const BACKOFF = 1.25;

/** Where packets were seen to overtake each other, the first request waits that long, and no longer than this. */
const MAX_REORDERING_MS = 10;
const REORDERING_DECAY = 7 / 8;
const REORDERING_MEMORY_MS = 10_000;
