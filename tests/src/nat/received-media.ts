/// <reference lib="dom" />
// Runs in the page: watches what is decoded of a remote video and a remote audio track.

/** What was seen and heard so far. Times are those of performance.now(). */
export interface MediaSummary {
  /** Frames that were decoded and shown. */
  readonly frames: number;
  readonly firstFrameAtMs: number | undefined;
  readonly width: number;
  readonly height: number;
  /** Mean red, green and blue of the last frame looked at, 0 to 255. */
  readonly colour: readonly [red: number, green: number, blue: number];
  /** Longest time without a new frame since the last `beginGap`, the time since the newest frame included. */
  readonly longestGapMs: number;
  /** Loudest moment so far, 0 to 1. */
  readonly peakLevel: number;
}

export class ReceivedMedia {
  readonly #video = document.createElement('video');
  readonly #canvas = new OffscreenCanvas(16, 16);
  #frames = 0;
  #firstFrameAtMs: number | undefined;
  #newestFrameAtMs = 0;
  #longestGapMs = 0;
  #peakLevel = 0;

  constructor() {
    this.#video.muted = true;
    this.#video.autoplay = true;
    document.body.append(this.#video);
    const onFrame = (now: number): void => {
      this.#frames++;
      this.#firstFrameAtMs ??= performance.now();
      if (this.#newestFrameAtMs > 0)
        this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#newestFrameAtMs);
      this.#newestFrameAtMs = now;
      this.#video.requestVideoFrameCallback(onFrame);
    };
    this.#video.requestVideoFrameCallback(onFrame);
  }

  /** Watches a track from now on; video takes the place of the one before. */
  watch(track: MediaStreamTrack): void {
    if (track.kind === 'video') this.#video.srcObject = new MediaStream([track]);
    else this.#listen(new MediaStream([track]));
  }

  /** The longest gap is counted from now on. */
  beginGap(): void {
    this.#longestGapMs = 0;
  }

  summary(): MediaSummary {
    const sinceNewestMs = this.#frames === 0 ? 0 : performance.now() - this.#newestFrameAtMs;
    return {
      ...{ frames: this.#frames, firstFrameAtMs: this.#firstFrameAtMs },
      ...{ width: this.#video.videoWidth, height: this.#video.videoHeight },
      colour: this.#colour(),
      longestGapMs: Math.max(this.#longestGapMs, sinceNewestMs),
      peakLevel: this.#peakLevel,
    };
  }

  #listen(stream: MediaStream): void {
    // Chromium decodes audio of a connection only when an element plays it.
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    void element.play();
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      for (const sample of samples) this.#peakLevel = Math.max(this.#peakLevel, Math.abs(sample));
    }, 40);
  }

  #colour(): [number, number, number] {
    const context = this.#canvas.getContext('2d', { willReadFrequently: true });
    if (context === null || this.#frames === 0) return [0, 0, 0];
    context.drawImage(this.#video, 0, 0, 16, 16);
    const { data } = context.getImageData(0, 0, 16, 16);
    const mean = (channel: number): number => {
      let sum = 0;
      for (let i = channel; i < data.length; i += 4) sum += data[i]!;
      return Math.round(sum / 256);
    };
    return [mean(0), mean(1), mean(2)];
  }
}
