/** Steps of quality a track can have at most: four encodings or spatial layers with four temporal layers each. */
export const MAXIMUM_STEPS = 16;

/**
 * What the encodings of a track offer at the moment, as steps from the lowest quality to the highest: every encoding (or
 * spatial layer) with each of its temporal layers. Used again: `clear`, then `add`.
 */
export class LayerOffer {
  #count = 0;
  readonly #encodings = new Int8Array(MAXIMUM_STEPS);
  readonly #spatialLayers = new Int8Array(MAXIMUM_STEPS);
  readonly #temporalLayers = new Int8Array(MAXIMUM_STEPS);
  readonly #bitratesBps = new Float64Array(MAXIMUM_STEPS);
  readonly #widths = new Float64Array(MAXIMUM_STEPS);
  readonly #heights = new Float64Array(MAXIMUM_STEPS);
  readonly #framesPerSecond = new Float64Array(MAXIMUM_STEPS);

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  /**
   * The next better step. `bitrateBps` and `framesPerSecond` include all layers below of the same encoding; a step that
   * has no bitrate is not sent at the moment and left out. Width and height in pixels, 0 while they are not known.
   */
  add(
    encoding: number,
    spatialLayer: number,
    temporalLayer: number,
    bitrateBps: number,
    width: number,
    height: number,
    framesPerSecond: number,
  ): void {
    const step = this.#count;
    if (bitrateBps <= 0 || step === MAXIMUM_STEPS) return;
    this.#encodings[step] = encoding;
    this.#spatialLayers[step] = spatialLayer;
    this.#temporalLayers[step] = temporalLayer;
    this.#bitratesBps[step] = bitrateBps;
    this.#widths[step] = width;
    this.#heights[step] = height;
    this.#framesPerSecond[step] = framesPerSecond;
    this.#count++;
  }

  /** This and all below: `step` counts from 0 to `count` - 1. */
  encoding(step: number): number {
    return this.#encodings[step]!;
  }

  spatialLayer(step: number): number {
    return this.#spatialLayers[step]!;
  }

  temporalLayer(step: number): number {
    return this.#temporalLayers[step]!;
  }

  bitrateBps(step: number): number {
    return this.#bitratesBps[step]!;
  }

  /** The step with these layers, -1 when it is not offered. */
  find(encoding: number, spatialLayer: number, temporalLayer: number): number {
    for (let step = 0; step < this.#count; step++) {
      if (
        this.#encodings[step] === encoding &&
        this.#spatialLayers[step] === spatialLayer &&
        this.#temporalLayers[step] === temporalLayer
      ) {
        return step;
      }
    }
    return -1;
  }

  /**
   * The best step of use to who shows `width` x `height` pixels (0: not known): all temporal layers of the smallest
   * picture that need not be enlarged to speak of. -1 when nothing is offered.
   */
  lastUseful(width: number, height: number): number {
    for (let step = 0; step < this.#count; step++) {
      if (this.#fills(step, width, height)) return this.#lastOfSamePicture(step);
    }
    return this.#count - 1;
  }

  /**
   * The best step up to `last` within a budget, -1: none. A picture that moves too slowly is chosen only where there is no
   * smaller one.
   */
  bestWithin(budgetBps: number, last: number): number {
    for (let step = last; step >= 0; step--) {
      if (this.#bitratesBps[step]! <= budgetBps && this.#isFluent(step)) return step;
    }
    return -1;
  }

  /** The bitrate of the next step above `step` (-1: of the lowest) up to `last` that `bestWithin` can choose; 0: none. */
  nextBitrateBps(step: number, last: number): number {
    let lowest = 0;
    for (let better = step + 1; better <= last; better++) {
      if (!this.#isFluent(better)) continue;
      const bitrateBps = this.#bitratesBps[better]!;
      if (lowest === 0 || bitrateBps < lowest) lowest = bitrateBps;
    }
    return lowest;
  }

  #fills(step: number, width: number, height: number): boolean {
    if (width <= 0 || height <= 0) return false;
    // The picture is shown as a whole: the side that fits first decides.
    return this.#widths[step]! * MOST_ENLARGED >= width || this.#heights[step]! * MOST_ENLARGED >= height;
  }

  #lastOfSamePicture(step: number): number {
    let last = step;
    while (last + 1 < this.#count && this.#isSamePicture(step, last + 1)) last++;
    return last;
  }

  #isSamePicture(a: number, b: number): boolean {
    return this.#encodings[a] === this.#encodings[b] && this.#spatialLayers[a] === this.#spatialLayers[b];
  }

  #isFluent(step: number): boolean {
    if (this.#isSamePicture(step, 0)) return true;
    const full = this.#framesPerSecond[this.#lastOfSamePicture(step)]!;
    return this.#framesPerSecond[step]! >= Math.min(FLUENT_FRAMES_PER_SECOND, full);
  }
}

/** A picture may be shown this much larger than it is before a larger one is worth its bitrate. */
const MOST_ENLARGED = 1.2;

/** What is slower is worse than a smaller picture in full motion. */
const FLUENT_FRAMES_PER_SECOND = 12;
