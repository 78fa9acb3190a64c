import { writeU16, writeU32 } from '../bytes/big-endian.js';
import { extendSequence } from '../rtp/sequence.js';
import type { Instant } from '../time/instant.js';
import {
  FEEDBACK_HEADER_BYTES,
  RTCP_HEADER_BYTES,
  RtcpType,
  TransportFeedbackFormat,
} from './packet-types.js';

/** Arrivals kept until they are reported; the oldest go when there are more. */
export const MAX_UNREPORTED = 1024;

/**
 * Remembers when a peer's packets arrived and writes that as transport-wide feedback
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1). Only arrivals take memory, a gap of thousands takes none
 * and two octets in the packet. A packet that arrives after its number was reported lost is reported in a packet of
 * its own. Memory is fixed, nothing is allocated after it was made.
 */
export class TransportFeedbackRecorder {
  /** Extended numbers of what arrived and was not reported, ascending; the first `#count` entries count. */
  readonly #sequences = new Float64Array(MAX_UNREPORTED);
  /** When: in units of 0.25 ms. */
  readonly #ticks = new Float64Array(MAX_UNREPORTED);
  #count = 0;
  /** All numbers below this one have been reported; NaN before the first arrival. */
  #base = NaN;
  #highest = NaN;
  #feedbackCount = 0;

  /** Where the packet is written, and how far it may reach. */
  #bytes: Uint8Array = EMPTY;
  #at = 0;
  #end = 0;
  /** The next number to report, and the list index of the next one that arrived. */
  #sequence = 0;
  #next = 0;
  /** End of the part of the list that this packet may report. */
  #stop = 0;
  #deltaBytes = 0;
  /** Symbols of the chunk being made. */
  readonly #symbols = new Uint8Array(VECTOR_SYMBOLS);

  /** Arrivals that wait for being reported. */
  get unreportedCount(): number {
    return this.#count;
  }

  /** A packet with the 16-bit `transportSequence` arrived; one that waits for being reported already changes nothing. */
  arrived(now: Instant, transportSequence: number): void {
    if (Number.isNaN(this.#highest)) {
      this.#highest = transportSequence + FIRST_CYCLE;
      this.#base = this.#highest;
    }
    const sequence = extendSequence(this.#highest, transportSequence);
    let at = this.#count;
    while (at > 0 && this.#sequences[at - 1]! >= sequence) at--;
    if (at < this.#count && this.#sequences[at] === sequence) return;
    if (this.#count === MAX_UNREPORTED) {
      if (at === 0) return;
      this.#forget(1);
      at--;
    }
    this.#sequences.copyWithin(at + 1, at, this.#count);
    this.#ticks.copyWithin(at + 1, at, this.#count);
    this.#sequences[at] = sequence;
    this.#ticks[at] = Math.round(now * TICKS_PER_MS);
    this.#count++;
    if (sequence > this.#highest) this.#highest = sequence;
  }

  /**
   * Writes the next feedback packet at `offset` of `bytes` and answers its length, at most `capacity`; 0 when there is
   * nothing to say or no room for a word of it. One packet may not hold everything: write until it answers 0. What
   * arrived more than 5 s before `now` is of no use to anybody and left out.
   */
  write(
    now: Instant,
    senderSsrc: number,
    mediaSsrc: number,
    bytes: Uint8Array,
    offset: number,
    capacity: number,
  ): number {
    this.#forgetOld(now);
    if (this.#count === 0) return 0;
    const isLate = this.#sequences[0]! < this.#base;
    const first = isLate ? this.#sequences[0]! : this.#base;
    const chunksAt = offset + FEEDBACK_HEADER_BYTES + 8;
    this.#bytes = bytes;
    this.#at = chunksAt;
    // Whole words: the last one is filled up with padding.
    this.#end = offset + (Math.min(capacity, bytes.length - offset) & ~3);
    this.#sequence = first;
    this.#next = 0;
    this.#stop = isLate ? this.#endOfLateRun() : this.#count;
    this.#deltaBytes = 0;
    const reference = Math.floor(this.#ticks[0]! / TICKS_PER_REFERENCE);
    const start = reference * TICKS_PER_REFERENCE;
    while (this.#writeChunk(start, first));
    if (this.#next === 0) return 0;
    this.#writeDeltas(start);
    const length = this.#writeHeader(offset, senderSsrc, mediaSsrc);
    writeU16(bytes, offset + FEEDBACK_HEADER_BYTES, first);
    writeU16(bytes, offset + FEEDBACK_HEADER_BYTES + 2, this.#sequence - first);
    writeU32(bytes, offset + FEEDBACK_HEADER_BYTES + 4, (reference << 8) | this.#feedbackCount);
    this.#feedbackCount = (this.#feedbackCount + 1) & 0xff;
    this.#base = Math.max(this.#base, this.#sequence);
    this.#drop(this.#next);
    return length;
  }

  /** Late packets are reported as long as they follow each other: what is between them has been reported. */
  #endOfLateRun(): number {
    let end = 1;
    while (end < this.#count && this.#sequences[end]! < this.#base && this.#follows(end)) end++;
    return end;
  }

  /** Whether the entry's number is the one after the entry before it. */
  #follows(index: number): boolean {
    return this.#sequences[index] === this.#sequences[index - 1]! + 1;
  }

  /** Writes one chunk, of as many statuses as it can hold and the packet has room for; false when there is none. */
  #writeChunk(start: number, first: number): boolean {
    if (this.#next === this.#stop || this.#at + this.#deltaBytes + 2 > this.#end) return false;
    const room = this.#end - this.#at - this.#deltaBytes - 2;
    const most = MAX_STATUSES - (this.#sequence - first);
    const lost = Math.min(this.#sequences[this.#next]! - this.#sequence, MAX_RUN, most);
    if (lost >= VECTOR_SYMBOLS) return this.#writeRun(0, lost, 0);
    const symbol = lost > 0 ? 0 : this.#symbolOf(this.#next, start);
    const run = lost > 0 ? lost : this.#runOf(symbol, start, room, most);
    const gathered = this.#gather(start, room, most);
    // A vector may be partly filled only where the packet's statuses end.
    const oneBit = this.#hasLargeSymbol(gathered) ? 0 : gathered;
    const twoBit = Math.min(gathered, TWO_BIT_SYMBOLS);
    if (run > 0 && run >= oneBit && run >= twoBit) return this.#writeRun(symbol, run, lost > 0 ? 0 : run);
    if (gathered === 0) return false;
    if (oneBit >= twoBit) return this.#writeVector(oneBit, VECTOR_SYMBOLS, 1, 0x8000);
    return this.#writeVector(twoBit, TWO_BIT_SYMBOLS, 2, 0xc000);
  }

  #hasLargeSymbol(count: number): boolean {
    for (let i = 0; i < count; i++) if (this.#symbols[i] === 2) return true;
    return false;
  }

  #writeRun(symbol: number, statuses: number, arrivals: number): boolean {
    writeU16(this.#bytes, this.#at, (symbol << 13) | statuses);
    this.#at += 2;
    this.#sequence += statuses;
    this.#next += arrivals;
    this.#deltaBytes += symbol * arrivals;
    return true;
  }

  /** Writes the first `count` gathered symbols; a vector holds `capacity` of them, `bits` bits each. */
  #writeVector(count: number, capacity: number, bits: number, head: number): boolean {
    let chunk = head;
    for (let i = 0; i < count; i++) {
      const symbol = this.#symbols[i]!;
      chunk |= symbol << ((capacity - 1 - i) * bits);
      this.#deltaBytes += symbol;
      if (symbol !== 0) this.#next++;
    }
    writeU16(this.#bytes, this.#at, chunk);
    this.#at += 2;
    this.#sequence += count;
    return count === capacity;
  }

  /** How many arrivals from the next one on have no gap and the same symbol, and fit. */
  #runOf(symbol: number, start: number, room: number, most: number): number {
    if (symbol === UNREPORTABLE) return 0;
    const limit = Math.min(MAX_RUN, most, Math.floor(room / symbol));
    let index = this.#next;
    while (index < this.#stop && index - this.#next < limit) {
      if (index > this.#next && !this.#follows(index)) break;
      if (this.#symbolOf(index, start) !== symbol) break;
      index++;
    }
    return index - this.#next;
  }

  /** Puts the symbols of the next statuses into `#symbols`, up to one that cannot be in this packet; answers how many. */
  #gather(start: number, room: number, most: number): number {
    const limit = Math.min(VECTOR_SYMBOLS, most);
    let index = this.#next;
    let left = room;
    for (let i = 0; i < limit; i++) {
      if (index === this.#stop) return i;
      if (this.#sequences[index] !== this.#sequence + i) {
        this.#symbols[i] = 0;
        continue;
      }
      const symbol = this.#symbolOf(index, start);
      left -= symbol;
      if (symbol === UNREPORTABLE || left < 0) return i;
      this.#symbols[i] = symbol;
      index++;
    }
    return limit;
  }

  /** Octets that the arrival time of entry `index` takes; UNREPORTABLE when it is too far from the one before. */
  #symbolOf(index: number, start: number): number {
    const delta = this.#deltaOf(index, start);
    if (delta >= 0 && delta <= 0xff) return 1;
    return delta >= -0x8000 && delta <= 0x7fff ? 2 : UNREPORTABLE;
  }

  /** Ticks from the arrival before (the packet's reference time for the first) to that of entry `index`. */
  #deltaOf(index: number, start: number): number {
    return this.#ticks[index]! - (index === 0 ? start : this.#ticks[index - 1]!);
  }

  #writeDeltas(start: number): void {
    for (let index = 0; index < this.#next; index++) {
      const delta = this.#deltaOf(index, start);
      if (delta >= 0 && delta <= 0xff) {
        this.#bytes[this.#at++] = delta;
      } else {
        writeU16(this.#bytes, this.#at, delta);
        this.#at += 2;
      }
    }
  }

  /** Fills the packet up to a word and writes its header; answers its length. */
  #writeHeader(offset: number, senderSsrc: number, mediaSsrc: number): number {
    const bytes = this.#bytes;
    const padding = -(this.#at - offset) & 3;
    for (let i = 1; i <= padding; i++) bytes[this.#at++] = i === padding ? padding : 0;
    const length = this.#at - offset;
    bytes[offset] = 0x80 | (padding > 0 ? 0x20 : 0) | TransportFeedbackFormat.transportWideCc;
    bytes[offset + 1] = RtcpType.transportFeedback;
    writeU16(bytes, offset + 2, (length - RTCP_HEADER_BYTES) >> 2);
    writeU32(bytes, offset + 4, senderSsrc);
    writeU32(bytes, offset + 8, mediaSsrc);
    return length;
  }

  #forgetOld(now: Instant): void {
    const oldest = (now - MAX_AGE_MS) * TICKS_PER_MS;
    let count = 0;
    while (count < this.#count && this.#ticks[count]! < oldest) count++;
    if (count > 0) this.#forget(count);
  }

  /** Drops the first `count` entries without reporting them: nothing is ever said of what is before them. */
  #forget(count: number): void {
    this.#base = Math.max(this.#base, this.#sequences[count - 1]! + 1);
    this.#drop(count);
  }

  #drop(count: number): void {
    this.#sequences.copyWithin(0, count, this.#count);
    this.#ticks.copyWithin(0, count, this.#count);
    this.#count -= count;
  }
}

const TICKS_PER_MS = 4;
const TICKS_PER_REFERENCE = 64 * TICKS_PER_MS;

const MAX_STATUSES = 0xffff;
const MAX_RUN = 0x1fff;
const VECTOR_SYMBOLS = 14;
const TWO_BIT_SYMBOLS = 7;

/** Not a symbol of the format: more than 8 s from one arrival to the next. */
const UNREPORTABLE = 3;

const MAX_AGE_MS = 5000;

/** Numbers start one cycle up, so that a reordered packet before the first one does not become negative. */
const FIRST_CYCLE = 0x10000;

const EMPTY = new Uint8Array(0);
