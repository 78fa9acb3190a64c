import type { Instant } from '../../time/instant.js';

/**
 * Who gets bandwidth first. Between these, callers may use any number from 0 to 255: tracks with the same number are raised
 * together, step by step.
 */
export const AllocationPriority = { audio: 0, screen: 64, speaker: 128, thumbnail: 192 } as const;

export interface BandwidthAllocatorOptions {
  readonly maximumTracks: number;
  /** Of one track. */
  readonly maximumSteps: number;
}

/**
 * Shares what one subscriber's connection carries among its tracks. A track is a number from 0 to `maximumTracks` - 1 the
 * caller chose, a ladder of steps with rising bitrates, and the highest step there is use for. Lowest steps go first, by
 * priority; then tracks are raised, by priority. Down at once; up only with room to spare, and after a hold that grows where
 * going up proved wrong. Audio always flows. All memory is taken once. Bitrates in bits per second, times in milliseconds.
 */
export class BandwidthAllocator {
  /** What all wanted steps take, with the room it needs to get there: what the estimate may usefully be. */
  demandBps = 0;
  /** What the present steps take. */
  allocatedBps = 0;

  readonly #maximumSteps: number;
  /** Tracks in use, by priority. */
  readonly #order: Uint16Array;
  #tracks = 0;
  readonly #ladders: Float64Array;
  readonly #isUsed: Uint8Array;
  readonly #priorities: Uint8Array;
  readonly #stepCounts: Uint8Array;
  /** -1: no step. */
  readonly #wanted: Int8Array;
  readonly #steps: Int8Array;
  /** The allocation being made. */
  readonly #draft: Int8Array;
  /** Until when no hold applies: the track is new, or something else is wanted of it. */
  readonly #freeUntil: Float64Array;
  /** Since when there has been room for more; Infinity: there is none. */
  readonly #roomSince: Float64Array;
  readonly #holdMs: Float64Array;
  readonly #raisedAt: Float64Array;
  /** 1: that it was raised last may still prove wrong. */
  readonly #isTrial: Uint8Array;

  constructor(options: BandwidthAllocatorOptions) {
    const tracks = options.maximumTracks;
    this.#maximumSteps = options.maximumSteps;
    this.#order = new Uint16Array(tracks);
    this.#ladders = new Float64Array(tracks * options.maximumSteps);
    this.#isUsed = new Uint8Array(tracks);
    this.#priorities = new Uint8Array(tracks);
    this.#stepCounts = new Uint8Array(tracks);
    this.#wanted = new Int8Array(tracks);
    this.#steps = new Int8Array(tracks);
    this.#draft = new Int8Array(tracks);
    this.#freeUntil = new Float64Array(tracks);
    this.#roomSince = new Float64Array(tracks);
    this.#holdMs = new Float64Array(tracks);
    this.#raisedAt = new Float64Array(tracks);
    this.#isTrial = new Uint8Array(tracks);
  }

  /** Adds a track without steps. Priority 0 is audio. */
  add(now: Instant, track: number, priority: number): void {
    if (this.#isUsed[track] === 1) throw new Error(`track ${track} is there already`);
    this.#isUsed[track] = 1;
    this.#priorities[track] = priority;
    this.#stepCounts[track] = 0;
    this.#wanted[track] = -1;
    this.#steps[track] = NO_STEP;
    this.#holdMs[track] = HOLD_MS;
    this.#raisedAt[track] = -Infinity;
    this.#isTrial[track] = 0;
    this.#roomSince[track] = Infinity;
    this.#freeUntil[track] = now + FREE_MS;
    this.#order[this.#tracks++] = track;
    this.#sort();
  }

  remove(track: number): void {
    if (this.#isUsed[track] !== 1) return;
    this.#isUsed[track] = 0;
    const at = this.#order.subarray(0, this.#tracks).indexOf(track);
    this.#order.copyWithin(at, at + 1, this.#tracks);
    this.#tracks--;
  }

  /** A change of the priority takes effect without a hold. */
  setPriority(now: Instant, track: number, priority: number): void {
    if (this.#priorities[track] === priority) return;
    this.#priorities[track] = priority;
    this.#freeUntil[track] = now + FREE_MS;
    this.#sort();
  }

  /** Sets the bitrate of a step; steps have to rise. Call `setStepCount` when all are set. */
  setStep(track: number, step: number, bitrateBps: number): void {
    this.#ladders[track * this.#maximumSteps + step] = bitrateBps;
  }

  /** How many steps the ladder has: 0 while nothing arrives that could be sent. */
  setStepCount(track: number, count: number): void {
    this.#stepCounts[track] = Math.min(count, this.#maximumSteps);
    if (this.#steps[track]! >= count) this.#steps[track] = count - 1;
  }

  /** The highest step there is use for, by the size shown; -1: the track is not wanted. More takes effect without a hold. */
  setWanted(now: Instant, track: number, step: number): void {
    if (this.#wanted[track] === step) return;
    if (step > this.#wanted[track]!) this.#freeUntil[track] = now + FREE_MS;
    this.#wanted[track] = step;
  }

  /** The step to send; -1: nothing. */
  stepOf(track: number): number {
    return this.#steps[track]!;
  }

  /** Whether the track is wanted and there is something to send, but not even its lowest step fits. */
  isStarved(track: number): boolean {
    return this.#steps[track] === NO_STEP && this.#topOf(track) >= 0;
  }

  /**
   * Shares `estimateBps`; lowest steps may take up to `lowestBps`, where the estimate is known to be low. True when the step of a
   * track changed. To be called after changes and every few hundred milliseconds.
   */
  allocate(now: Instant, estimateBps: number, lowestBps = estimateBps): boolean {
    this.#fill(now, estimateBps, lowestBps, 'without hold');
    this.#noteRoom(now);
    this.#fill(now, estimateBps, lowestBps, 'with hold');
    let changed = false;
    this.allocatedBps = 0;
    this.demandBps = 0;
    for (let i = 0; i < this.#tracks; i++) {
      const track = this.#order[i]!;
      const step = this.#draft[track]!;
      if (step !== this.#steps[track]) {
        this.#noteChange(now, track, step);
        changed = true;
      }
      this.allocatedBps += this.#bitrateOf(track, step);
      this.demandBps += this.#bitrateOf(track, this.#topOf(track));
    }
    this.demandBps *= USEFUL_ROOM;
    return changed;
  }

  /** Writes into the draft what everybody gets. */
  #fill(now: Instant, estimateBps: number, lowestBps: number, mode: 'without hold' | 'with hold'): void {
    let used = 0;
    for (let i = 0; i < this.#tracks; i++) {
      const track = this.#order[i]!;
      this.#draft[track] = NO_STEP;
      if (this.#topOf(track) < 0) continue;
      const bps = this.#bitrateOf(track, 0);
      if (this.#priorities[track] !== AllocationPriority.audio) {
        if (!this.#fits(track, 0, used + bps, lowestBps)) continue;
        if (!this.#isOpen(now, track, 0, mode, lowestBps / (used + bps))) continue;
      }
      this.#draft[track] = 0;
      used += bps;
    }
    let from = 0;
    while (from < this.#tracks) {
      let to = from + 1;
      while (to < this.#tracks && this.#priorityAt(to) === this.#priorityAt(from)) to++;
      used = this.#raise(now, from, to, used, estimateBps, mode);
      from = to;
    }
  }

  /** Raises the tracks of one priority in turn, a step each, as long as one can be. */
  #raise(
    now: Instant,
    from: number,
    to: number,
    usedBps: number,
    estimateBps: number,
    mode: 'without hold' | 'with hold',
  ): number {
    let used = usedBps;
    for (let raised = true; raised;) {
      raised = false;
      for (let i = from; i < to; i++) {
        const track = this.#order[i]!;
        const step = this.#draft[track]!;
        if (step < 0 || step >= this.#topOf(track)) continue;
        const total = used - this.#bitrateOf(track, step) + this.#bitrateOf(track, step + 1);
        if (!this.#fits(track, step + 1, total, estimateBps)) continue;
        if (!this.#isOpen(now, track, step + 1, mode, estimateBps / total)) continue;
        this.#draft[track] = step + 1;
        used = total;
        raised = true;
      }
    }
    return used;
  }

  /** What a track has it keeps as long as it fits; for more there has to be room to spare. */
  #fits(track: number, step: number, totalBps: number, estimateBps: number): boolean {
    const isMore = step > this.#steps[track]! && this.#raisedAt[track] !== -Infinity;
    return totalBps * (isMore ? ROOM : 1) <= estimateBps;
  }

  /** `room`: how many times what would then be sent the path takes. */
  #isOpen(
    now: Instant,
    track: number,
    step: number,
    mode: 'without hold' | 'with hold',
    room: number,
  ): boolean {
    if (mode === 'without hold' || step <= this.#steps[track]! || now < this.#freeUntil[track]!) return true;
    let holdMs = this.#holdMs[track]!;
    // Any picture is better than none, and where there is plenty of room, going up will not prove wrong again.
    if (step === 0) holdMs = Math.min(holdMs, FIRST_HOLD_MS);
    else if (room >= PLENTY_OF_ROOM) holdMs = HOLD_MS;
    else if (room >= AMPLE_ROOM) holdMs = Math.min(holdMs, AMPLE_HOLD_MS);
    return now - this.#roomSince[track]! >= holdMs;
  }

  #noteRoom(now: Instant): void {
    for (let i = 0; i < this.#tracks; i++) {
      const track = this.#order[i]!;
      if (this.#draft[track]! <= this.#steps[track]!) this.#roomSince[track] = Infinity;
      else if (this.#roomSince[track] === Infinity) this.#roomSince[track] = now;
    }
  }

  #noteChange(now: Instant, track: number, step: number): void {
    if (step > this.#steps[track]!) {
      if (now - this.#raisedAt[track]! > FORGET_AFTER_MS) this.#holdMs[track] = HOLD_MS;
      this.#raisedAt[track] = now;
      this.#isTrial[track] = step === 0 ? 0 : 1;
      this.#roomSince[track] = Infinity;
    } else if (step < this.#topOf(track)) {
      // Going up soon turned out wrong: wait longer before the next time. Once, however many steps it falls.
      if (this.#isTrial[track] === 1 && now - this.#raisedAt[track]! < REGRET_WITHIN_MS)
        this.#holdMs[track] = Math.min(2 * this.#holdMs[track]!, LONGEST_HOLD_MS);
      this.#isTrial[track] = 0;
      this.#freeUntil[track] = -Infinity;
    }
    this.#steps[track] = step;
  }

  #topOf(track: number): number {
    return Math.min(this.#wanted[track]!, this.#stepCounts[track]! - 1);
  }

  #bitrateOf(track: number, step: number): number {
    return step < 0 ? 0 : this.#ladders[track * this.#maximumSteps + step]!;
  }

  #priorityAt(index: number): number {
    return this.#priorities[this.#order[index]!]!;
  }

  /** Insertion: there are few tracks, and nearly in order. Tracks of one priority stay in their order. */
  #sort(): void {
    const order = this.#order;
    for (let i = 1; i < this.#tracks; i++) {
      const track = order[i]!;
      let at = i;
      for (; at > 0 && this.#priorityAt(at - 1) > this.#priorities[track]!; at--) order[at] = order[at - 1]!;
      order[at] = track;
    }
  }
}

const NO_STEP = -1;
/** Going up needs an estimate this much above what is then sent. */
const ROOM = 1.12;
/** More than that above what all would take is of no use. */
const USEFUL_ROOM = 1.25;
const HOLD_MS = 2000;
/** Before the lowest step of a track of which nothing is sent. */
const FIRST_HOLD_MS = 400;
/** The path takes this many times what would be sent. */
const AMPLE_ROOM = 2;
const AMPLE_HOLD_MS = 4500;
const PLENTY_OF_ROOM = 3;
const LONGEST_HOLD_MS = 10_000;
const FREE_MS = 3000;
const REGRET_WITHIN_MS = 10_000;
const FORGET_AFTER_MS = 60_000;
