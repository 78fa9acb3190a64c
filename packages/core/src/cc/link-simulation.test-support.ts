import { TransportFeedbackRecorder } from '../rtcp/transport-feedback-writer.js';
import { instant } from '../time/instant.js';
import type { Instant } from '../time/instant.js';
import { BandwidthEstimator } from './bandwidth-estimator.js';
import { Pacer, PacerPriority } from './pacer.js';
import { SentKind } from './send-history.js';

/** A value that changes in steps: from each second on, the value beside it. */
export type Steps = readonly (readonly [fromSeconds: number, value: number])[];

/** One direction of a path with a bottleneck. Feedback returns on a path of its own, without a queue. */
export interface LinkOptions {
  readonly capacityBps: Steps;
  /** What the queue holds, in ms at the highest capacity. */
  readonly queueMs: number;
  /** One way. */
  readonly delayMs: number;
  readonly lossFraction?: number;
  /** Up to so much more delay, anew for each packet; packets keep their order unless `reorders`. */
  readonly jitterMs?: number;
  readonly reorders?: boolean;
  /** Constant traffic of somebody else in the same queue. */
  readonly competingBps?: Steps;
  /** From that second on, a download in the same queue that takes all it gets (additive increase, halved by each loss). */
  readonly downloadFromSeconds?: number;
}

export interface FlowOptions {
  readonly startsAtSeconds?: number;
  /** What there is to send: an encoder that follows the estimate up to this. */
  readonly demandBps: Steps;
  /** Sent steps instead: of these rates the highest that is no more than the estimate. */
  readonly ladderBps?: readonly number[];
  readonly feedbackMs?: number;
  /** In these seconds feedback is lost. */
  readonly feedbackLost?: readonly (readonly [fromSeconds: number, toSeconds: number])[];
  readonly firstSequence?: number;
  readonly startBps?: number;
  /** Default: 30. */
  readonly framesPerSecond?: number;
  /** Every so many seconds a frame is five times as large. */
  readonly keyFrameEverySeconds?: number;
  /** Whole frames leave at once instead of paced. */
  readonly isUnpaced?: boolean;
  /** Of the receiver's clock at the start. */
  readonly receiverClockMs?: number;
}

/** Figures of one flow, every 100 ms: index 0 is the time from 0 to 100 ms. */
export interface Series {
  readonly estimateBps: number[];
  readonly deliveredBytes: number[];
  /** Longest time in the queue of a packet of this flow that left it. */
  readonly queueMs: number[];
}

interface Packet {
  readonly flow: Flow | undefined;
  readonly sequence: number;
  readonly bytes: number;
  readonly queuedAt: number;
}

/** The mulberry32 generator: repeatable, good enough for packets. */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export function stepAt(steps: Steps, ms: number): number {
  let value = 0;
  for (const [fromSeconds, next] of steps) if (ms >= 1000 * fromSeconds) value = next;
  return value;
}

/** Flows through one bottleneck, in steps of a millisecond of a virtual clock. */
export class LinkSimulation {
  readonly flows: Flow[];
  droppedPackets = 0;
  readonly #link: LinkOptions;
  readonly #random: () => number;
  readonly #queue: Packet[] = [];
  readonly #mostBytes: number;
  #queuedBytes = 0;
  #freeAt = 0;
  #latestArrival = 0;
  #competingBytes = 0;
  /** The window of the download, what is under way of it, and until when a loss counts as known. */
  #window = 12_000;
  #underWay = 0;
  #halvedUntil = 0;
  /** What happens later, in order of time. */
  readonly #later: { readonly at: number; readonly act: () => void }[] = [];
  #now = 0;

  constructor(link: LinkOptions, flows: readonly FlowOptions[], seed: number) {
    this.#link = link;
    this.#random = seeded(seed);
    const most = Math.max(...link.capacityBps.map(([, bps]) => bps));
    this.#mostBytes = (most * link.queueMs) / 8000;
    this.flows = flows.map((options) => new Flow(options, this, this.#random));
  }

  run(seconds: number): void {
    for (; this.#now < 1000 * seconds; this.#now++) {
      const now = this.#now;
      while (this.#later.length > 0 && this.#later[0]!.at <= now) this.#later.shift()!.act();
      this.#compete(now);
      this.#download(now);
      for (const flow of this.flows) flow.tick(now);
      this.#serve(now);
    }
  }

  after(ms: number, act: () => void): void {
    this.#at(this.#now + ms, act);
  }

  get oneWayMs(): number {
    return this.#link.delayMs;
  }

  queueDelayMs(): number {
    return (this.#queuedBytes * 8000) / stepAt(this.#link.capacityBps, this.#now);
  }

  transmit(flow: Flow | undefined, sequence: number, bytes: number): void {
    if (this.#queuedBytes + bytes > this.#mostBytes) {
      this.droppedPackets++;
      return;
    }
    this.#queuedBytes += bytes;
    this.#queue.push({ flow, sequence, bytes, queuedAt: this.#now });
  }

  #compete(now: number): void {
    this.#competingBytes += stepAt(this.#link.competingBps ?? [], now) / 8000;
    for (; this.#competingBytes >= 1200; this.#competingBytes -= 1200) this.transmit(undefined, 0, 1200);
  }

  #download(now: number): void {
    if (now < 1000 * (this.#link.downloadFromSeconds ?? Infinity)) return;
    while (this.#underWay + 1200 <= this.#window) {
      if (this.#queuedBytes + 1200 > this.#mostBytes) {
        if (now >= this.#halvedUntil) this.#window = Math.max(this.#window / 2, 2400);
        this.#halvedUntil = now + 2 * this.#link.delayMs + this.queueDelayMs();
        return;
      }
      this.#underWay += 1200;
      this.transmit(undefined, DOWNLOAD, 1200);
    }
  }

  #acknowledge(): void {
    this.#underWay -= 1200;
    this.#window += (1200 * 1200) / this.#window;
  }

  #serve(now: number): void {
    while (this.#queue.length > 0 && Math.max(this.#freeAt, this.#queue[0]!.queuedAt) < now + 1) {
      const packet = this.#queue.shift()!;
      const startsAt = Math.max(this.#freeAt, packet.queuedAt);
      this.#freeAt = startsAt + (packet.bytes * 8000) / stepAt(this.#link.capacityBps, startsAt);
      this.#queuedBytes -= packet.bytes;
      const { flow } = packet;
      if (flow === undefined && packet.sequence === DOWNLOAD)
        this.#at(this.#freeAt + 2 * this.#link.delayMs, () => this.#acknowledge());
      if (flow === undefined || this.#random() < (this.#link.lossFraction ?? 0)) continue;
      const jitter = this.#random() * (this.#link.jitterMs ?? 0);
      let arrival = this.#freeAt + this.#link.delayMs + jitter;
      if (this.#link.reorders !== true) arrival = Math.max(arrival, this.#latestArrival);
      this.#latestArrival = arrival;
      flow.note(this.#freeAt, packet.bytes, this.#freeAt - packet.queuedAt);
      this.#at(arrival, () => flow.arrived(arrival, packet.sequence));
    }
  }

  #at(at: number, act: () => void): void {
    let index = this.#later.length;
    while (index > 0 && this.#later[index - 1]!.at > at) index--;
    this.#later.splice(index, 0, { at, act });
  }
}

/** A sender with audio and one video, behind a pacer, and its receiver. */
export class Flow {
  readonly estimator: BandwidthEstimator;
  readonly series: Series = { estimateBps: [], deliveredBytes: [], queueMs: [] };
  lateVideo = 0;
  readonly #receiver = new TransportFeedbackRecorder();
  readonly #clockMs: number;
  readonly #options: FlowOptions;
  readonly #simulation: LinkSimulation;
  readonly #random: () => number;
  readonly #pacer = new Pacer({ packets: 512, bytes: 1_000_000, ageMs: 500 });
  readonly #startsAt: number;
  readonly #bytes = new Uint8Array(1500);
  #nextFrameAt: number;
  #nextAudioAt: number;
  #nextKeyFrameAt: number;
  #nextFeedbackAt: number;
  #nextReportAt: number;
  #estimateBps = 0;

  constructor(options: FlowOptions, simulation: LinkSimulation, random: () => number) {
    this.#options = options;
    this.#simulation = simulation;
    this.#random = random;
    this.estimator = new BandwidthEstimator({
      startBps: options.startBps ?? 500_000,
      minimumBps: 30_000,
      maximumBps: 4_000_000,
      firstSequence: options.firstSequence ?? 0,
    });
    this.#clockMs = options.receiverClockMs ?? 0;
    this.#startsAt = 1000 * (options.startsAtSeconds ?? 0);
    this.#nextFrameAt = this.#startsAt;
    this.#nextAudioAt = this.#startsAt;
    this.#nextKeyFrameAt = options.keyFrameEverySeconds === undefined ? Infinity : this.#startsAt;
    this.#nextFeedbackAt = this.#startsAt + random() * 50;
    this.#nextReportAt = this.#startsAt + 1000;
  }

  arrived(ms: number, sequence: number): void {
    this.#receiver.arrived(instant(ms + this.#clockMs), sequence);
  }

  /** A packet left the queue. */
  note(ms: number, bytes: number, queueMs: number): void {
    const index = Math.floor(ms / 100);
    const { deliveredBytes, queueMs: longest } = this.series;
    while (deliveredBytes.length <= index) deliveredBytes.push(0);
    while (longest.length <= index) longest.push(0);
    deliveredBytes[index]! += bytes;
    longest[index] = Math.max(longest[index]!, queueMs);
  }

  tick(ms: number): void {
    if (ms < this.#startsAt) return;
    const now = instant(ms);
    const demandBps = stepAt(this.#options.demandBps, ms);
    const { estimator } = this;
    if (ms % 100 === 0) this.series.estimateBps[ms / 100] = estimator.estimateBps;
    this.#receive(ms);
    if (now >= estimator.nextDeadline(now)) estimator.handleTimeout(now);
    if (estimator.estimateBps !== this.#estimateBps) {
      this.#estimateBps = estimator.estimateBps;
      this.#pacer.setEstimate(now, this.#estimateBps);
    }
    this.#produce(now, demandBps);
    for (let handle = this.#pacer.dequeue(now); handle >= 0; handle = this.#pacer.dequeue(now)) {
      if (this.#pacer.isLate) this.lateVideo++;
      else this.#send(now, handle, SentKind.media);
    }
    if (ms % 5 !== 0) return;
    let bytes = 0;
    for (let due = estimator.paddingDue(now, demandBps); due > 0; due -= bytes) {
      // Padding has a length of one octet; the rest are headers.
      bytes = Math.min(Math.max(due, 50), 255) + 40;
      this.#pacer.charge(now, bytes);
      this.#send(now, bytes, SentKind.padding);
    }
  }

  #produce(now: Instant, demandBps: number): void {
    for (; this.#nextAudioAt <= now; this.#nextAudioAt += 20) this.#enqueue(now, PacerPriority.audio, 120);
    const frameMs = 1000 / (this.#options.framesPerSecond ?? 30);
    for (; this.#nextFrameAt <= now; this.#nextFrameAt += frameMs) {
      let frame = ((this.#videoBps(demandBps) * frameMs) / 8000) * (0.75 + this.#random() / 2);
      if (now >= this.#nextKeyFrameAt) {
        this.#nextKeyFrameAt = now + 1000 * (this.#options.keyFrameEverySeconds ?? Infinity);
        frame *= 5;
      }
      for (; frame > 0; frame -= 1200)
        this.#enqueue(now, PacerPriority.video, Math.ceil(Math.min(Math.max(frame, 50), 1200)));
    }
  }

  #videoBps(demandBps: number): number {
    const room = Math.min(this.#estimateBps, demandBps) - AUDIO_BPS;
    const ladder = this.#options.ladderBps;
    if (ladder === undefined) return Math.max(room, 0);
    return Math.max(0, ...ladder.filter((bps) => bps <= room));
  }

  /** The size is all there is to a packet: it is its handle. */
  #enqueue(now: Instant, priority: PacerPriority, bytes: number): void {
    if (this.#options.isUnpaced === true || this.#pacer.enqueue(now, priority, bytes, bytes) === 'send')
      this.#send(now, bytes, SentKind.media);
  }

  #send(now: Instant, bytes: number, kind: SentKind): void {
    const sequence = this.estimator.nextTransportSequence();
    this.estimator.sent(now, sequence, bytes, kind);
    this.#simulation.transmit(this, sequence, bytes);
  }

  #receive(ms: number): void {
    const { estimator } = this;
    const simulation = this.#simulation;
    if (ms >= this.#nextFeedbackAt) {
      this.#nextFeedbackAt += this.#options.feedbackMs ?? 50;
      const lost = this.#options.feedbackLost ?? [];
      const isLost = lost.some(([from, to]) => ms >= 1000 * from && ms < 1000 * to);
      for (;;) {
        const length = this.#receiver.write(
          instant(ms + this.#clockMs),
          1,
          2,
          this.#bytes,
          0,
          this.#bytes.length,
        );
        if (length === 0) break;
        const copy = this.#bytes.slice(0, length);
        if (isLost) continue;
        simulation.after(simulation.oneWayMs, () => {
          if (!estimator.handleFeedback(instant(ms + simulation.oneWayMs), copy, 0, length))
            throw new Error('feedback was not understood');
        });
      }
    }
    if (ms >= this.#nextReportAt) {
      this.#nextReportAt += 1000;
      const roundTripMs = 2 * simulation.oneWayMs + simulation.queueDelayMs();
      simulation.after(simulation.oneWayMs, () =>
        estimator.handleReceiverReport(instant(ms + simulation.oneWayMs), 0, roundTripMs),
      );
    }
  }
}

/** Marks packets of the download. */
const DOWNLOAD = -1;
const AUDIO_BPS = 48_000;
