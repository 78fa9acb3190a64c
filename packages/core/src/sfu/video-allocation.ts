import type { BandwidthEstimator } from '../cc/bandwidth-estimator.js';
import type { Instant } from '../time/instant.js';
import type { ActiveSpeaker } from './active-speaker.js';
import { AllocationPriority, BandwidthAllocator } from './allocation/allocator.js';
import { LayerLadder, MAXIMUM_STEPS } from './allocation/layer-ladder.js';
import { RateWindow } from './rate-window.js';
import type { Subscription } from './subscription.js';

/** Chooses encodings and layers of all videos of one subscriber, so that together they fit what its path takes. */
export class VideoAllocation {
  readonly #estimator: BandwidthEstimator;
  readonly #speaker: ActiveSpeaker;
  readonly #allocator = new BandwidthAllocator({
    maximumTracks: MAXIMUM_TRACKS,
    maximumSteps: MAXIMUM_STEPS,
  });
  /** By the number the allocator knows them by. */
  readonly #videos: (Subscription | undefined)[] = [];
  readonly #ladders: LayerLadder[] = [];
  readonly #audio = new RateWindow();
  #count = 0;
  #audioBps = 0;
  #dueAt = -Infinity;
  #lastEstimateBps = 0;

  /** `speaker`: who speaks in the room now. */
  constructor(estimator: BandwidthEstimator, speaker: ActiveSpeaker) {
    this.#estimator = estimator;
    this.#speaker = speaker;
  }

  /** What there would be use for. */
  get demandBps(): number {
    return this.#count === 0 ? 0 : this.#allocator.demandBps + this.#audioBps;
  }

  /** What everything but video takes away from what the path takes. */
  countAudio(now: Instant, bytes: number): void {
    this.#audio.add(now, bytes);
  }

  begin(now: Instant, subscription: Subscription): void {
    let track = this.#videos.indexOf(undefined);
    if (track < 0) track = this.#videos.length;
    if (track >= MAXIMUM_TRACKS) return;
    this.#videos[track] = subscription;
    this.#ladders[track] ??= new LayerLadder();
    this.#allocator.add(now, track, this.#priorityOf(subscription));
    this.#count++;
    this.#dueAt = now;
  }

  end(subscription: Subscription): void {
    const track = this.#videos.indexOf(subscription);
    if (track < 0) return;
    this.#videos[track] = undefined;
    this.#allocator.remove(track);
    this.#count--;
  }

  /** Something else is wanted: looks at once. */
  hasten(now: Instant): void {
    this.#dueAt = now;
  }

  /** To be called every few milliseconds. */
  update(now: Instant): void {
    if (this.#count === 0) return;
    const { estimateBps } = this.#estimator;
    if (now < this.#dueAt && estimateBps >= this.#lastEstimateBps * NOTICEABLE_DROP) return;
    this.#dueAt = now + INTERVAL_MS;
    this.#lastEstimateBps = estimateBps;
    for (let track = 0; track < this.#videos.length; track++) {
      const subscription = this.#videos[track];
      if (subscription !== undefined) this.#offer(now, track, subscription);
    }
    this.#audioBps = this.#audio.bitrateBps(now);
    // A path that was never too full may carry much more than is known: rather too much for a moment than no picture.
    const lowestBps = this.#estimator.isCalm(now) ? CALM_FACTOR * estimateBps : estimateBps;
    this.#allocator.allocate(now, estimateBps - this.#audioBps, lowestBps - this.#audioBps);
    for (let track = 0; track < this.#videos.length; track++) {
      const subscription = this.#videos[track];
      if (subscription !== undefined) this.#apply(track, subscription);
    }
  }

  #offer(now: Instant, track: number, subscription: Subscription): void {
    const ladder = this.#ladders[track]!;
    const allocator = this.#allocator;
    ladder.read(now, subscription.track);
    for (let step = 0; step < ladder.count; step++) allocator.setStep(track, step, ladder.bitratesBps[step]!);
    allocator.setStepCount(track, ladder.count);
    allocator.setPriority(now, track, this.#priorityOf(subscription));
    const wanted = subscription.isPaused ? -1 : ladder.stepFor(subscription.width, subscription.height);
    allocator.setWanted(now, track, wanted);
  }

  #apply(track: number, subscription: Subscription): void {
    const ladder = this.#ladders[track]!;
    const step = this.#allocator.stepOf(track);
    const { video } = subscription;
    subscription.wantedEncoding = step < 0 ? -1 : ladder.encodings[step]!;
    if (video === undefined) return;
    if (step < 0) {
      video.setTarget(-1, 0, 0);
      return;
    }
    // What was asked for may be under way still: until then the best there is.
    const near = ladder.flowingNear(step);
    video.setTarget(ladder.encodings[near]!, ladder.spatialLayers[near]!, ladder.temporalLayers[near]!);
    const missing = video.needsKeyFrameOf();
    if (missing >= 0) subscription.track.streams[missing]?.keyFrames.want();
  }

  #priorityOf({ track, width }: Subscription): number {
    if (track.media?.source === 'screen') return AllocationPriority.screen;
    const isLookedAt = width >= LARGE_PIXELS || track.participantId === this.#speaker.participantId;
    return isLookedAt ? AllocationPriority.speaker : AllocationPriority.thumbnail;
  }
}

const MAXIMUM_TRACKS = 256;
const INTERVAL_MS = 200;
const NOTICEABLE_DROP = 0.9;
const CALM_FACTOR = 2;
/** Shown as large as that, a video is what one looks at. */
const LARGE_PIXELS = 800;
