import { TransportFeedbackView } from '../rtcp/transport-feedback-view.js';
import type { Instant } from '../time/instant.js';
import { NEVER } from '../time/instant.js';
import { ArrivalGroups } from './arrival-groups.js';
import { DelayDetector, DelaySignal } from './delay-detector.js';
import { LossController } from './loss-controller.js';
import { Prober } from './prober.js';
import { RateController } from './rate-controller.js';
import { ReceivedRate } from './received-rate.js';
import { PacketState, SendHistory, SentKind } from './send-history.js';
import { StandingDelay } from './standing-delay.js';

export interface BandwidthEstimatorOptions {
  /** Estimate before anything is known. */
  readonly startBps: number;
  readonly minimumBps: number;
  readonly maximumBps: number;
  /** Packets remembered until feedback speaks of them: a power of two, 2048 when not given. */
  readonly historyPackets?: number;
  /** Transport-wide sequence number of the first packet, 0 when not given. */
  readonly firstSequence?: number;
}

/**
 * How much one transport may send: the sender's side of congestion control by transport-wide feedback (RTPFB FMT 15), with
 * a delay-based estimate, a loss-based bound, and probes. Told of every packet (media, retransmissions, padding) and of all
 * feedback; allocates nothing per packet. Peers that send no such feedback are followed by REMB and receiver reports.
 * Rates in bits per second, sizes in bytes of whole packets as sent on the wire, times in milliseconds.
 */
export class BandwidthEstimator {
  /** Bytes of padding and of retransmissions sent. */
  paddingBytes = 0;
  retransmittedBytes = 0;

  readonly #minimumBps: number;
  readonly #maximumBps: number;
  readonly #history: SendHistory;
  readonly #feedback = new TransportFeedbackView();
  readonly #groups = new ArrivalGroups();
  readonly #detector = new DelayDetector();
  readonly #rate: RateController;
  readonly #loss = new LossController();
  readonly #prober: Prober;
  readonly #standing = new StandingDelay();
  readonly #acknowledged = new ReceivedRate();
  readonly #sent = new ReceivedRate();
  /** While a long queue drains: a bound, and since when; Infinity otherwise. */
  #drainBps = Infinity;
  #drainShare = DRAIN;
  #drainSince = Infinity;
  /** What stood in the queue then. */
  #drainFromMs = 0;
  #noDrainUntil = -Infinity;
  #rembBps = Infinity;
  #estimateBps: number;
  /** From receiver reports, else the least seen between sending and feedback. */
  #roundTripMs = 0;
  #reportedRoundTripMs = 0;
  #lastOveruseAt = -Infinity;
  /** When transport-wide feedback last came; -Infinity: never. */
  #feedbackAt = -Infinity;
  /** When the first packet after that was sent: since then an answer is owed. */
  #owedSince = Infinity;
  #decayAt = Infinity;
  /** The estimate when feedback stopped to come; 0: it comes. */
  #beforeSilenceBps = 0;
  /** Added to arrival times to make them go on where the 24-bit reference time starts again. */
  #arrivalOffsetMs = 0;
  #newestArrivalMs = NaN;

  constructor(options: BandwidthEstimatorOptions) {
    this.#minimumBps = options.minimumBps;
    this.#maximumBps = options.maximumBps;
    this.#history = new SendHistory(options.historyPackets ?? HISTORY_PACKETS, options.firstSequence ?? 0);
    this.#rate = new RateController(options.startBps);
    this.#prober = new Prober(options.maximumBps);
    this.#estimateBps = options.startBps;
  }

  /** What may be sent, media, retransmissions and headers together. */
  get estimateBps(): number {
    return this.#estimateBps;
  }

  /** Share of packets that did not arrive, 0..1, smoothed. */
  get lossFraction(): number {
    return this.#loss.fraction;
  }

  /** Whether for long nothing has told that the path is full. */
  isCalm(now: Instant): boolean {
    return now - this.#lastOveruseAt > CALM_FOR_LONG_MS && this.#loss.boundBps === Infinity;
  }

  /** 0 while not known. */
  get roundTripMs(): number {
    return this.#reportedRoundTripMs > 0 ? this.#reportedRoundTripMs : this.#roundTripMs;
  }

  /** What arrived over the last half second, 0 while not known. */
  get acknowledgedBps(): number {
    return this.#acknowledged.bps;
  }

  /** The number (0..65535) for the header extension of the next packet. Where the packet is then not sent, nothing is owed. */
  nextTransportSequence(): number {
    return this.#history.allot();
  }

  /** A packet with an allotted number goes out. */
  sent(now: Instant, transportSequence: number, bytes: number, kind: SentKind): void {
    const cluster = this.#prober.sent(transportSequence, bytes);
    if (!this.#history.record(now, transportSequence, bytes, cluster)) return;
    this.#sent.add(now, bytes);
    if (kind === SentKind.padding) this.paddingBytes += bytes;
    else if (kind === SentKind.retransmission) this.retransmittedBytes += bytes;
    if (this.#owedSince === Infinity) {
      this.#owedSince = now;
      this.#decayAt = now + SILENCE_MS;
    }
  }

  /**
   * Bytes of padding to send now for a probe, 0 for none. Call it after media was sent, and at `nextDeadline`. `demandBps`: what
   * there would be use for in all (the allocator says it).
   */
  paddingDue(now: Instant, demandBps: number): number {
    // Where nothing has been sent for a while, the last signal and the last losses say nothing.
    const isRestless = this.#detector.signal !== DelaySignal.normal || this.#loss.boundBps !== Infinity;
    const isAllowed =
      demandBps > this.#estimateBps &&
      (!isRestless || now - this.#feedbackAt >= STALE_MS) &&
      now - this.#lastOveruseAt >= this.#calmBeforeProbeMs(now) &&
      now - this.#owedSince < OWED_BEFORE_PROBE_MS;
    return this.#prober.paddingDue(now, demandBps, this.#estimateBps, isAllowed);
  }

  /** Takes a transport-wide feedback packet, header included; false where it is malformed, and nothing was changed. */
  handleFeedback(now: Instant, bytes: Uint8Array, offset: number, length: number): boolean {
    const feedback = this.#feedback;
    if (!feedback.parse(bytes, offset, length)) return false;
    let received = 0;
    let missing = 0;
    let newestSequence = -1;
    let newestSentAt = -Infinity;
    while (feedback.next()) {
      const sequence = feedback.sequenceNumber;
      const index = this.#history.find(sequence);
      if (index < 0) continue;
      const state = this.#history.stateOf(index);
      if (!feedback.isReceived) {
        if (state !== PacketState.inFlight) continue;
        this.#history.setState(index, PacketState.missing);
        missing++;
        newestSequence = sequence;
        continue;
      }
      if (state === PacketState.received) continue;
      if (state === PacketState.missing) missing--;
      received++;
      newestSequence = sequence;
      this.#history.setState(index, PacketState.received);
      const sentAt = this.#history.sentAt(index);
      if (sentAt > newestSentAt) newestSentAt = sentAt;
      this.#takeArrival(index, sentAt, this.#continuous(feedback.arrivalMs));
    }
    if (newestSequence < 0) return true;
    // What was lost while nothing got through says nothing of what gets through now.
    if (this.#beforeSilenceBps === 0) this.#loss.add(received, missing);
    if (newestSentAt > -Infinity) this.#noteRoundTrip(now - newestSentAt);
    this.#endSilence(now);
    this.#updateEstimate(now, newestSequence);
    return true;
  }

  /** `fractionLost` 0..1 over the tracks; `roundTripMs` 0 where it is not known. */
  handleReceiverReport(now: Instant, fractionLost: number, roundTripMs: number): void {
    if (roundTripMs > 0) {
      const known = this.#reportedRoundTripMs;
      this.#reportedRoundTripMs = known > 0 ? known + (roundTripMs - known) / 8 : roundTripMs;
    }
    if (this.#feedbackAt !== -Infinity) return;
    this.#loss.handleReport(now, fractionLost, this.#estimateBps, this.roundTripMs);
    this.#combine();
  }

  /** What the receiver estimates (draft-alvestrand-rmcat-remb-03): an upper bound, and the estimate where nothing else is known. */
  handleRemb(_now: Instant, bps: number): void {
    this.#rembBps = bps;
    if (this.#feedbackAt === -Infinity) this.#rate.setEstimate(bps);
    this.#combine();
  }

  /** To be called at `nextDeadline` or later. */
  handleTimeout(now: Instant): void {
    if (this.#feedbackAt === -Infinity || now < this.#decayAt) return;
    if (this.#beforeSilenceBps === 0) this.#beforeSilenceBps = this.#estimateBps;
    this.#decayAt = now + DECAY_INTERVAL_MS;
    this.#rate.setEstimate(Math.max(DECAY * this.#estimateBps, this.#minimumBps));
    this.#combine();
  }

  /** When `handleTimeout` and `paddingDue` have to be called at the latest. */
  nextDeadline(now: Instant): Instant {
    const probe = this.#prober.nextDeadline(now);
    const decay = this.#feedbackAt === -Infinity ? NEVER : (this.#decayAt as Instant);
    return probe < decay ? probe : decay;
  }

  /** Packets now take another path: nothing that was measured holds there. */
  handleRouteChange(now: Instant, startBps: number): void {
    this.#groups.reset();
    this.#detector.reset();
    this.#lastOveruseAt = -Infinity;
    this.#loss.reset();
    this.#standing.reset();
    this.#drainBps = Infinity;
    this.#noDrainUntil = -Infinity;
    this.#acknowledged.reset();
    this.#roundTripMs = 0;
    this.#reportedRoundTripMs = 0;
    this.#rembBps = Infinity;
    this.#newestArrivalMs = NaN;
    this.#rate.restart(Math.min(startBps, this.#estimateBps));
    this.#prober.hasten(now);
    this.#combine();
  }

  #takeArrival(index: number, sentAt: Instant, arrivalMs: number): void {
    const bytes = this.#history.bytesOf(index);
    this.#acknowledged.add(arrivalMs, bytes);
    this.#standing.add(sentAt, arrivalMs);
    const cluster = this.#history.clusterOf(index);
    if (cluster !== 0) {
      if (cluster === this.#prober.clusterId) this.#prober.received(sentAt, arrivalMs, bytes);
    } else if (this.#groups.add(sentAt, arrivalMs))
      this.#detector.add(this.#groups.sendDeltaMs, this.#groups.arrivalDeltaMs, arrivalMs);
  }

  /** A sender that uses all of its estimate meets the limit of the path again and again, and needs no probe to find it. */
  #calmBeforeProbeMs(now: Instant): number {
    const isUsed = this.#sent.bpsAt(now) > USED * this.#estimateBps;
    return isUsed ? CALM_WHEN_USED_MS : CALM_MS;
  }

  #continuous(arrivalMs: number): number {
    const at = arrivalMs + this.#arrivalOffsetMs;
    const leap = at - this.#newestArrivalMs;
    if (leap < -REFERENCE_WRAP_MS / 2) this.#arrivalOffsetMs += REFERENCE_WRAP_MS;
    else if (leap > REFERENCE_WRAP_MS / 2) this.#arrivalOffsetMs -= REFERENCE_WRAP_MS;
    const continuous = arrivalMs + this.#arrivalOffsetMs;
    this.#newestArrivalMs = continuous;
    return continuous;
  }

  #noteRoundTrip(ms: number): void {
    // With the wait of the feedback in it: the least is nearest. It follows slowly where the path grew longer.
    if (this.#roundTripMs === 0 || ms < this.#roundTripMs) this.#roundTripMs = ms;
    else this.#roundTripMs += (ms - this.#roundTripMs) / 64;
  }

  #endSilence(now: Instant): void {
    this.#feedbackAt = now;
    this.#owedSince = Infinity;
    this.#decayAt = Infinity;
    if (this.#beforeSilenceBps === 0) return;
    // Enough for sound and a small picture, if it was there before; probes find the rest.
    const resumedBps = Math.min(this.#beforeSilenceBps, AFTER_SILENCE_BPS);
    this.#beforeSilenceBps = 0;
    if (this.#rate.estimateBps < resumedBps) this.#rate.setEstimate(resumedBps);
    this.#loss.reset();
    this.#prober.hasten(now);
  }

  #updateEstimate(now: Instant, newestSequence: number): void {
    let { signal } = this.#detector;
    // A probe is meant to be more than the path carries, and no sign of over-use: its result says what is.
    // Nor are delays that rise where some packet hardly waits even so.
    if (
      signal === DelaySignal.overuse &&
      (this.#prober.isDisturbing(now) || this.#standing.newestMs < STANDING_MS + this.#detector.scatterMs / 2)
    )
      signal = DelaySignal.underuse;
    if (signal === DelaySignal.overuse) this.#lastOveruseAt = now;
    const before = this.#rate.estimateBps;
    this.#rate.update(now, signal, this.acknowledgedBps, this.#sent.bpsAt(now), this.roundTripMs);
    if (this.#rate.estimateBps < before) this.#prober.handleDrop(now);
    this.#takeProbe(this.#prober.result(now, newestSequence, this.#detector.scatterMs));
    // What is held back for a queue to drain has nothing to do with loss.
    const allowedBps = Math.min(this.#rate.estimateBps, this.#loss.boundBps);
    this.#loss.update(now, allowedBps, this.roundTripMs, this.acknowledgedBps);
    this.#drain(now);
    this.#combine();
  }

  #takeProbe(probedBps: number): void {
    if (probedBps === 0) return;
    const current = this.#rate.estimateBps;
    // Less than the estimate: believed where the estimate is not confirmed by what arrives, and delays mean something.
    if (probedBps > current) this.#rate.setEstimate(probedBps);
    else if (
      this.#prober.isSaturated &&
      this.acknowledgedBps < probedBps &&
      this.#detector.scatterMs < CALM_SCATTER_MS
    )
      this.#rate.setEstimate(probedBps);
    this.#loss.raise(probedBps);
  }

  /** A long queue delays audio too: for a while much less is sent than the path carries, so that it is gone soon. */
  #drain(now: Instant): void {
    const standingMs = this.#standing.ms;
    if (this.#drainBps === Infinity) {
      // Where delays scatter, even the least of half a second may be a large one.
      const scatterMs = Math.min(2 * this.#detector.scatterMs, MOST_SCATTER_MS);
      if (standingMs < DRAIN_FROM_MS + scatterMs || this.acknowledgedBps === 0) return;
      if (now < this.#noDrainUntil) return;
      this.#drainShare = standingMs > LONG_QUEUE_MS ? DRAIN_LONG : DRAIN;
      this.#drainBps = this.#drainShare * this.acknowledgedBps;
      this.#lastOveruseAt = now;
      this.#drainSince = now;
      this.#drainFromMs = standingMs;
      const sentBps = this.#sent.bpsAt(now);
      this.#rate.update(now, DelaySignal.overuse, this.acknowledgedBps, sentBps, this.roundTripMs);
      this.#prober.handleDrop(now);
    } else if (standingMs < DRAINED_MS) {
      this.#endDrain();
    } else if (now - this.#drainSince > LONGEST_DRAIN_MS) {
      if (standingMs < DRAINING * this.#drainFromMs) {
        this.#drainFromMs = standingMs;
        this.#drainSince = now;
        return;
      }
      // The queue is somebody else's, or the path has become longer.
      this.#endDrain();
      this.#noDrainUntil = now + AFTER_VAIN_DRAIN_MS;
      this.#standing.reset();
    } else if (now - this.#drainSince < DRAIN_SETTLES_MS && this.acknowledgedBps > 0) {
      // At first what arrived still tells of the time before; later it only tells how little is sent.
      if (standingMs > LONG_QUEUE_MS) this.#drainShare = DRAIN_LONG;
      this.#drainBps = Math.min(this.#drainBps, this.#drainShare * this.acknowledgedBps);
    }
  }

  /** Less was sent meanwhile, and so less arrived: that says nothing of what the path carries. */
  #endDrain(): void {
    const carriedBps = AFTER_DRAIN * (this.#drainBps / this.#drainShare);
    this.#drainBps = Infinity;
    if (this.#rate.estimateBps < carriedBps) this.#rate.setEstimate(carriedBps);
  }

  #combine(): void {
    const bound = Math.min(this.#rembBps, this.#drainBps, this.#loss.boundBps, this.#maximumBps);
    const delayBased = this.#rate.estimateBps;
    if (delayBased > this.#maximumBps) this.#rate.setEstimate(this.#maximumBps);
    else if (delayBased < this.#minimumBps) this.#rate.setEstimate(this.#minimumBps);
    this.#estimateBps = Math.max(Math.min(this.#rate.estimateBps, bound), this.#minimumBps);
  }
}

const HISTORY_PACKETS = 2048;
/** Feedback is owed this long: the estimate begins to fall, and goes on at the interval. */
const SILENCE_MS = 1000;
const DECAY_INTERVAL_MS = 500;
const AFTER_SILENCE_BPS = 300_000;
const DECAY = 0.8;
/** From this standing queue on it is drained, down to the second figure, for a time at most. */
const DRAIN_FROM_MS = 120;
const MOST_SCATTER_MS = 60;
const DRAINED_MS = 50;
/** Over-use builds a queue: less than this is none. */
const STANDING_MS = 10;
const DRAIN = 0.5;
const LONG_QUEUE_MS = 300;
const DRAIN_LONG = 0.35;
const AFTER_DRAIN = 0.85;
/** A queue that fell to this share is being drained. */
const DRAINING = 0.7;
const DRAIN_SETTLES_MS = 400;
const LONGEST_DRAIN_MS = 4000;
const AFTER_VAIN_DRAIN_MS = 30_000;
const CALM_SCATTER_MS = 25;
const USED = 0.8;
const CALM_MS = 1000;
const STALE_MS = 2000;
const CALM_FOR_LONG_MS = 20_000;
const CALM_WHEN_USED_MS = 8000;
const OWED_BEFORE_PROBE_MS = 500;
/** 24 bits of 64 ms. */
const REFERENCE_WRAP_MS = 2 ** 24 * 64;
