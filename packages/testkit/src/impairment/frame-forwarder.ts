import { readFileSync } from 'node:fs';
import { allocateSlab } from '@madang/server/native/ffi';
import { DeliveryQueue } from './delivery-queue.js';
import { servesTheLink } from './ethernet.js';
import { LinkModel } from './link-model.js';
import type { DirectionReport, LinkImpairment, LinkReport } from './link-report.js';
import { LATE_MS } from './link-report.js';
import { readFrame, writeFrame } from './tap.js';

/** A frame on its way. */
interface Flight {
  readonly slot: number;
  readonly length: number;
  readonly direction: Direction;
}

/** One direction: where it reads and writes, its model and what is counted. */
interface Direction {
  readonly from: number;
  readonly to: number;
  readonly model: LinkModel;
  written: number;
  failed: number;
  late: number;
  lateSumMs: number;
  lateMaxMs: number;
}

/** Carries frames between two TAP descriptors as a link model says. Whoever waits for the descriptors drives it. */
export class FrameForwarder {
  readonly #directions: { readonly toInner: Direction; readonly toOuter: Direction };
  readonly #queue = new DeliveryQueue<Flight>();
  readonly #slab = allocateSlab(SLOTS * SLOT_BYTES);
  readonly #free = Array.from({ length: SLOTS - 1 }, (_, index) => SLOTS - 1 - index);
  readonly #startedMs = performance.now();
  readonly #waitedAtStartMs = waitedForProcessorMs();

  /** `outer` and `inner`: descriptors of the two ends. */
  constructor(outer: number, inner: number, impairment: LinkImpairment, seed: number) {
    this.#directions = {
      toInner: direction(outer, inner, new LinkModel(impairment.toInner, seed)),
      toOuter: direction(inner, outer, new LinkModel(impairment.toOuter, seed + 1)),
    };
  }

  /** From now on the link is like this. */
  change(impairment: LinkImpairment): void {
    this.#directions.toInner.model.change(impairment.toInner);
    this.#directions.toOuter.model.change(impairment.toOuter);
  }

  /** Takes in what stands ready at both ends. */
  readAll(): void {
    this.#readFrom(this.#directions.toInner);
    this.#readFrom(this.#directions.toOuter);
  }

  /** Writes what is due. */
  writeDue(): void {
    for (let due = this.#queue.nextAtMs(); due !== undefined; due = this.#queue.nextAtMs()) {
      const lateMs = performance.now() - due;
      if (lateMs < 0) return;
      const { slot, length, direction } = this.#queue.take();
      this.#write(direction, slot, length, lateMs);
      this.#free.push(slot);
    }
  }

  /** Until the next frame is due; undefined when none is on its way. */
  untilNextMs(): number | undefined {
    const due = this.#queue.nextAtMs();
    return due === undefined ? undefined : due - performance.now();
  }

  report(): LinkReport {
    return {
      toInner: reportOf(this.#directions.toInner),
      toOuter: reportOf(this.#directions.toOuter),
      waitedForProcessorMs: waitedForProcessorMs() - this.#waitedAtStartMs,
      elapsedMs: performance.now() - this.#startedMs,
    };
  }

  #readFrom(from: Direction): void {
    // A flood in one direction must not hold up what is due.
    for (let reads = 0; reads < READS_PER_TURN; reads++) {
      const slot = this.#free.pop() ?? SPARE_SLOT;
      const length = readFrame(from.from, this.#address(slot), SLOT_BYTES);
      if (length <= 0) return this.#release(slot);
      if (slot === SPARE_SLOT) from.failed++;
      else this.#send(from, slot, length);
    }
  }

  #send(direction: Direction, slot: number, length: number): void {
    const start = slot * SLOT_BYTES;
    // Who waits for a neighbour's address sends nothing; and what an idle link says must not use up random numbers.
    if (servesTheLink(this.#slab.buffer.subarray(start, start + length))) {
      writeFrame(direction.to, this.#address(slot), length);
      return this.#release(slot);
    }
    const fate = direction.model.accept(performance.now(), length);
    if (fate.kind === 'dropped') this.#release(slot);
    else this.#queue.put(fate.atMs, { slot, length, direction });
  }

  #write(direction: Direction, slot: number, length: number, lateMs: number): void {
    if (writeFrame(direction.to, this.#address(slot), length) < 0) {
      direction.failed++;
      return;
    }
    direction.written++;
    direction.lateSumMs += lateMs;
    direction.lateMaxMs = Math.max(direction.lateMaxMs, lateMs);
    if (lateMs > LATE_MS) direction.late++;
  }

  #address(slot: number): number {
    return this.#slab.address + slot * SLOT_BYTES;
  }

  #release(slot: number): void {
    if (slot !== SPARE_SLOT) this.#free.push(slot);
  }
}

/** Frames under way at most: 8000 are 5 s of 20 Mbit/s. */
const SLOTS = 8192;
const SLOT_BYTES = 2048;
/** Never free: into it go frames for which there is no slot. */
const SPARE_SLOT = 0;
const READS_PER_TURN = 64;

function direction(from: number, to: number, model: LinkModel): Direction {
  return { from, to, model, written: 0, failed: 0, late: 0, lateSumMs: 0, lateMaxMs: 0 };
}

function reportOf({ model, written, failed, late, lateSumMs, lateMaxMs }: Direction): DirectionReport {
  return {
    ...model.counts(),
    ...{ written, failed, late, lateMaxMs },
    lateMeanMs: written === 0 ? 0 : lateSumMs / written,
  };
}

/** The second number of schedstat (Documentation/scheduler/sched-stats.rst): nanoseconds spent waiting to run. */
function waitedForProcessorMs(): number {
  return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[1]) / 1e6;
}
