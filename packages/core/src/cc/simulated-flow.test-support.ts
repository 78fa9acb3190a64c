import { TransportFeedbackRecorder } from '../rtcp/transport-feedback-writer.js';
import { instant } from '../time/instant.js';
import type { Instant } from '../time/instant.js';
import { BandwidthEstimator } from './bandwidth-estimator.js';
import { stepAt } from './link-simulation.test-support.js';
import type { LinkSimulation, LinkUser, Steps } from './link-simulation.test-support.js';
import { Pacer, PacerPriority } from './pacer.js';
import { SentKind } from './send-history.js';

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

/** A sender with audio and one video, behind a pacer, and its receiver. */
export class Flow implements LinkUser {
  readonly estimator: BandwidthEstimator;
  readonly series: Series = { estimateBps: [], deliveredBytes: [], queueMs: [] };
  lateVideo = 0;
  readonly #receiver = new TransportFeedbackRecorder();
  readonly #clockMs: number;
  readonly #options: FlowOptions;
  readonly #simulation: LinkSimulation<Flow>;
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

  constructor(options: FlowOptions, simulation: LinkSimulation<Flow>, random: () => number) {
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
    if (ms % 10 !== 0) return;
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

const AUDIO_BPS = 48_000;
