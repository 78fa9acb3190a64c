import { loudnessOf } from './loudness.js';

/** After this long without a packet what was heard last says nothing about now. */
const STALE_AFTER_MS = 500;

/** What of an RTCRtpReceiver is looked at. */
export interface LevelSource {
  getSynchronizationSources(): readonly { readonly rtpTimestamp: number; readonly audioLevel?: number }[];
}

/**
 * Loudness of what a receiver plays, from the level that its packets carry (RFC 6464). Costs nothing, unlike a meter.
 */
export class ReceivedLevel {
  readonly #receiver: LevelSource;
  #rtpTimestamp: number | undefined;
  #changedAtMs = 0;

  constructor(receiver: LevelSource) {
    this.#receiver = receiver;
  }

  /** 0 (silence, or nothing came lately) to 1. @param nowMs by any steady clock */
  read(nowMs: number): number {
    const [source] = this.#receiver.getSynchronizationSources();
    if (source === undefined) return 0;
    // Browsers keep the last level for ten seconds after the last packet.
    if (source.rtpTimestamp !== this.#rtpTimestamp) {
      this.#rtpTimestamp = source.rtpTimestamp;
      this.#changedAtMs = nowMs;
    }
    return nowMs - this.#changedAtMs > STALE_AFTER_MS ? 0 : loudnessOf(source.audioLevel ?? 0);
  }
}
