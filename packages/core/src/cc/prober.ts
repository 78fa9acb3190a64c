import type { Instant } from '../time/instant.js';
import { after, NEVER } from '../time/instant.js';

/**
 * Finds out whether the path carries more than the estimate: a probe is a cluster of packets sent at a higher rate for some
 * 20 ms, filled up with padding, and the spacing with which they arrive says what the path carries. Probes are sent only
 * when more is wanted: at the start, in steps as long as they succeed, and from time to time while the estimate limits.
 * One cluster at a time. Rates in bits per second, sizes in bytes, times in milliseconds.
 */
export class Prober {
  /** The cluster being sent or measured, 1..255; 0: none. */
  clusterId = 0;

  /** Whether the last result is what the path carries; otherwise it carries at least that. */
  isSaturated = false;

  readonly #maximumBps: number;
  #state: 'idle' | 'sending' | 'measuring' = 'idle';
  #targetBps = 0;
  #bytesWanted = 0;
  /** A cluster that takes longer to send is given up. */
  #mostMs = 0;
  #startedAt = 0;
  #endedAt = 0;
  #lastId = 0;
  #lastSequence = 0;
  #bytesSent = 0;
  #packetsSent = 0;
  /** When the next probe may begin, and by which factor it exceeds the estimate. */
  #nextAt = -Infinity;
  #factor = START_FACTOR;
  #failures = 0;
  /** Clusters in a row that told nothing. */
  #retries = 0;
  #disturbsUntil = -Infinity;

  // What arrived of the cluster.
  #received = 0;
  #receivedBytes = 0;
  #firstSentAt = 0;
  #lastSentAt = 0;
  #firstArrivalMs = 0;
  #lastArrivalMs = 0;
  /** Bytes sent at the last instant, and bytes that arrived at the first: they lie outside the measured time. */
  #lastSentBytes = 0;
  #firstArrivalBytes = 0;

  constructor(maximumBps: number) {
    this.#maximumBps = maximumBps;
  }

  /**
   * Bytes of padding to send now (at most, in packets as large as the caller likes), 0 for none. `demandBps`: what there is
   * use for; a probe begins when that is more than the estimate and `isAllowed` (nothing speaks against it now).
   */
  paddingDue(now: Instant, demandBps: number, estimateBps: number, isAllowed: boolean): number {
    if (this.#state === 'measuring' && now - this.#endedAt > RESULT_WITHIN_MS) this.#fail(now);
    if (this.#state === 'idle') {
      if (!isAllowed || now < this.#nextAt) return 0;
      // Who lacks little has to find it too: the least probe may go beyond what there is use for.
      const leastBps = LEAST_GAIN * estimateBps;
      const wantedBps = demandBps > estimateBps ? Math.max(demandBps, leastBps) : demandBps;
      const targetBps = Math.min(this.#factor * estimateBps, wantedBps, this.#maximumBps);
      if (targetBps < leastBps) return 0;
      this.#begin(now, targetBps);
    }
    if (this.#state !== 'sending') return 0;
    const elapsedMs = now - this.#startedAt;
    if (this.#bytesSent >= this.#bytesWanted && this.#packetsSent >= LEAST_PACKETS) {
      this.#state = 'measuring';
      this.#endedAt = now;
      return 0;
    }
    if (elapsedMs > this.#mostMs) {
      this.#fail(now);
      return 0;
    }
    const due = (this.#targetBps * (elapsedMs + TICK_MS)) / 8000 - this.#bytesSent;
    return due > 0 ? Math.ceil(due) : 0;
  }

  /** Told of every packet: gives the cluster it belongs to, 0 for none. */
  sent(sequence: number, bytes: number): number {
    if (this.#state !== 'sending') return 0;
    this.#bytesSent += bytes;
    this.#packetsSent++;
    this.#lastSequence = sequence;
    return this.clusterId;
  }

  /** A packet of the present cluster arrived. */
  received(sentAt: Instant, arrivalMs: number, bytes: number): void {
    if (this.#received === 0 || sentAt < this.#firstSentAt) this.#firstSentAt = sentAt;
    if (this.#received === 0 || sentAt > this.#lastSentAt) {
      this.#lastSentAt = sentAt;
      this.#lastSentBytes = bytes;
    } else if (sentAt === this.#lastSentAt) this.#lastSentBytes += bytes;
    if (this.#received === 0 || arrivalMs < this.#firstArrivalMs) {
      this.#firstArrivalMs = arrivalMs;
      this.#firstArrivalBytes = bytes;
    } else if (arrivalMs === this.#firstArrivalMs) this.#firstArrivalBytes += bytes;
    if (this.#received === 0 || arrivalMs > this.#lastArrivalMs) this.#lastArrivalMs = arrivalMs;
    this.#received++;
    this.#receivedBytes += bytes;
  }

  /**
   * After each feedback; `newestSequence`: the newest packet it spoke of; `scatterMs`: how much delays on the path scatter. Gives the rate the path carried when a cluster is
   * complete, otherwise 0.
   */
  result(now: Instant, newestSequence: number, scatterMs: number): number {
    if (this.#state !== 'measuring') return 0;
    const isOver = ((newestSequence - this.#lastSequence) & 0xffff) < 0x8000;
    if (!isOver && this.#receivedBytes < this.#bytesSent) return 0;
    const bps = this.#measuredBps(scatterMs);
    if (bps === 0 && this.#isBurst && this.#retries < MAXIMUM_RETRIES) this.#retry(now);
    else if (bps < SUCCESS * this.#targetBps) this.#fail(now);
    else {
      this.#retries = 0;
      this.#end(now);
      this.#failures = 0;
      this.#factor = FACTOR;
      this.#nextAt = now;
    }
    return bps;
  }

  /** Whether delays that grow may be the probe's own doing. */
  isDisturbing(now: Instant): boolean {
    return this.#state !== 'idle' || now < this.#disturbsUntil;
  }

  /** Over-use took the estimate down: no probe for a while. */
  handleDrop(now: Instant): void {
    this.#factor = FACTOR;
    this.#nextAt = Math.max(this.#nextAt, now + AFTER_DROP_MS);
  }

  /** Something changed for the better (feedback is back, a new path): the next probe may begin at once. */
  hasten(now: Instant): void {
    this.#failures = 0;
    this.#nextAt = now;
  }

  /** When `paddingDue` has to be called again for the cluster that is being sent, otherwise NEVER. */
  nextDeadline(now: Instant): Instant {
    return this.#state === 'sending' ? after(now, TICK_MS / 2) : NEVER;
  }

  #begin(now: Instant, targetBps: number): void {
    this.#lastId = (this.#lastId % 255) + 1;
    this.clusterId = this.#lastId;
    this.#state = 'sending';
    this.#targetBps = targetBps;
    const leastBytes = Math.min(Math.max((targetBps * LONGEST_CLUSTER_MS) / 8000, LEAST_BYTES), ENOUGH_BYTES);
    this.#bytesWanted = Math.max((targetBps * CLUSTER_MS) / 8000, leastBytes);
    this.#mostMs = Math.max((2 * this.#bytesWanted * 8000) / targetBps, LEAST_MOST_MS);
    this.#startedAt = now;
    this.#bytesSent = 0;
    this.#packetsSent = 0;
    this.#received = 0;
    this.#receivedBytes = 0;
  }

  /** What was to be sent anyway filled the cluster at once, so that its spacing tells nothing: that is no failure. */
  get #isBurst(): boolean {
    return this.#received >= LEAST_RECEIVED && this.#lastSentAt - this.#firstSentAt < LEAST_SENT_MS;
  }

  #retry(now: Instant): void {
    this.#end(now);
    this.#retries++;
    this.#nextAt = now + RETRY_AFTER_MS;
  }

  #measuredBps(scatterMs: number): number {
    if (this.#received < LEAST_RECEIVED || this.#receivedBytes < COMPLETE * this.#bytesSent) return 0;
    const sentMs = this.#lastSentAt - this.#firstSentAt;
    const arrivalMs = this.#lastArrivalMs - this.#firstArrivalMs;
    if (sentMs < LEAST_SENT_MS || arrivalMs <= 0 || sentMs > this.#mostMs) return 0;
    const sentBps = ((this.#receivedBytes - this.#lastSentBytes) * 8000) / sentMs;
    const arrivedBps = ((this.#receivedBytes - this.#firstArrivalBytes) * 8000) / arrivalMs;
    // Closer together than they were sent, on a path that collects packets: spacing means nothing there.
    if (arrivalMs < COMPRESSED * sentMs && scatterMs > RESTLESS_MS) return 0;
    // Slower on arrival: that is what the path carries, and a queue began to build.
    this.isSaturated = arrivedBps < SATURATED * sentBps;
    return this.isSaturated
      ? TARGET_OF_SATURATED * arrivedBps
      : Math.min(sentBps, arrivedBps, this.#targetBps);
  }

  #fail(now: Instant): void {
    this.#end(now);
    this.#retries = 0;
    this.#factor = FACTOR;
    this.#nextAt = now + Math.min(FIRST_INTERVAL_MS * 2 ** this.#failures++, LONGEST_INTERVAL_MS);
  }

  #end(now: Instant): void {
    this.#state = 'idle';
    this.#disturbsUntil = now + DISTURBANCE_MS;
    this.clusterId = 0;
  }
}

/** Sent within less, packets have no spacing worth measuring. */
const LEAST_SENT_MS = 2;
const RETRY_AFTER_MS = 300;
const MAXIMUM_RETRIES = 5;
const START_FACTOR = 3;
const FACTOR = 2;
/** A probe for less than this is not worth its padding. */
const LEAST_GAIN = 1.1;
/** Until the next probe after one that failed: longer each time. */
const FIRST_INTERVAL_MS = 1500;
const LONGEST_INTERVAL_MS = 6000;
const AFTER_DROP_MS = 4000;
const CLUSTER_MS = 20;
const LEAST_MOST_MS = 100;
const RESULT_WITHIN_MS = 1000;
const DISTURBANCE_MS = 200;
const LEAST_PACKETS = 4;
const LEAST_RECEIVED = 3;
/** Three full packets: fewer have no spacing worth measuring. At low rates they would fill the queue of the path: three small ones. */
const ENOUGH_BYTES = 3600;
const LEAST_BYTES = 1200;
const LONGEST_CLUSTER_MS = 80;
/** Between the calls for the packets of a cluster. */
const TICK_MS = 10;
const COMPLETE = 0.8;
const SUCCESS = 0.7;
const COMPRESSED = 0.75;
const RESTLESS_MS = 25;
const SATURATED = 0.9;
const TARGET_OF_SATURATED = 0.95;
