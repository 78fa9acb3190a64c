import { readFileSync } from 'node:fs';
import type { PacketCounter } from './packet-counter.js';
import type { LoadTrain } from './packet-train.js';

/** What is sent one way and where it is counted. Both ways at once are two streams that share the rate. */
export interface LoadStream {
  readonly train: LoadTrain;
  readonly counter: PacketCounter;
}

export interface ProbeOptions {
  readonly streams: readonly LoadStream[];
  /** Packets per second over all streams. */
  readonly ratePerSecond: number;
  readonly seconds: number;
}

export interface ProbeResult {
  readonly targetRate: number;
  /** Packets per second really sent: below the target when the generator could not keep up. */
  readonly offeredRate: number;
  readonly deliveredRate: number;
  readonly sent: number;
  readonly received: number;
  /** 1 - received / sent. What arrives more than 10 ms after the last packet was sent is lost: a queue is no relay. */
  readonly loss: number;
  /** Share of the time in which the generator had nothing to do: near 0 means it was the bottleneck. */
  readonly idleShare: number;
  /** Share of the time in which the generator waited for its core because something else ran there. */
  readonly waitedShare: number;
  /** Packets that arrived later still. */
  readonly late: number;
  /** Received messages with a length nobody sent. */
  readonly odd: number;
}

/**
 * Offers packets at a steady rate for some time, without giving the event loop a turn, and counts what arrives. When
 * the generator falls more than 3 ms behind (it was descheduled) it forgives itself the rest instead of sending a burst.
 */
export function runProbe(options: ProbeOptions): ProbeResult {
  const { streams, ratePerSecond, seconds } = options;
  for (const { counter } of streams) {
    counter.receive(1000);
    counter.reset();
  }
  const perMs = ratePerSecond / 1000;
  const quantum = Math.max(streams[0]!.train.packetsPerMessage, Math.min(32, perMs / 8));
  const waitedBefore = waitedMs();
  const start = performance.now();
  const end = start + seconds * 1000;
  let from = start;
  let done = 0;
  let sent = 0;
  let turn = 0;
  let idleMs = 0;
  let lastReceive = start;
  let now = start;
  while (now < end) {
    let busy = false;
    let due = (now - from) * perMs - done;
    if (due > FORGIVE_ABOVE_MS * perMs && due > 4 * quantum) {
      from += (due - quantum) / perMs;
      due = quantum;
    }
    if (due >= quantum) {
      const packets = streams[turn]!.train.send(Math.min(due, LARGEST_BATCH));
      turn = (turn + 1) % streams.length;
      done += packets;
      sent += packets;
      busy = true;
    }
    if (now - lastReceive >= RECEIVE_EVERY_MS) {
      lastReceive = now;
      for (const { counter } of streams) if (counter.receive(4) > 0) busy = true;
    }
    const after = performance.now();
    if (!busy && after - now < 1) idleMs += after - now;
    now = after;
  }
  const sendingMs = now - start;
  const waited = waitedMs() - waitedBefore;
  while (performance.now() - now < GRACE_MS) for (const { counter } of streams) counter.receive(4);
  const received = total(streams);
  drain(streams);
  return {
    targetRate: ratePerSecond,
    offeredRate: (sent / sendingMs) * 1000,
    deliveredRate: (received / sendingMs) * 1000,
    sent,
    received,
    loss: sent === 0 ? 0 : 1 - received / sent,
    idleShare: idleMs / sendingMs,
    waitedShare: waited / sendingMs,
    late: total(streams) - received,
    odd: streams.reduce((sum, { counter }) => sum + counter.odd, 0),
  };
}

/** Receives until nothing has come for 60 ms. */
function drain(streams: readonly LoadStream[]): void {
  let last = performance.now();
  for (;;) {
    const now = performance.now();
    let packets = 0;
    for (const { counter } of streams) packets += counter.receive(4);
    if (packets > 0) last = now;
    else if (now - last > QUIET_MS) return;
  }
}

/** How long this thread was ready to run and did not, in ms (the second field of schedstat). */
function waitedMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
}

function total(streams: readonly LoadStream[]): number {
  return streams.reduce((sum, { counter }) => sum + counter.packets, 0);
}

const FORGIVE_ABOVE_MS = 3;
const LARGEST_BATCH = 128;
const RECEIVE_EVERY_MS = 0.1;
const GRACE_MS = 10;
const QUIET_MS = 60;
