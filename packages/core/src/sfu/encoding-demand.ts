import type { Instant } from '../time/instant.js';
import type { PublishedTrack } from './published-track.js';

/** What is known of who wants which encoding of a track. */
interface Demand {
  /** When somebody last wanted each encoding. */
  readonly wantedAt: number[];
  /** What the publisher was told last. */
  told: string | undefined;
}

/**
 * Which encodings publishers need to send: what nobody wants costs their processor and uplink for nothing. An encoding is
 * given up some time after the last one to want it went.
 */
export class EncodingDemand {
  readonly #demands = new WeakMap<PublishedTrack, Demand>();

  /** The RIDs that are wanted, if they are others than before. Only tracks in several encodings are followed. */
  changed(now: Instant, track: PublishedTrack): readonly string[] | undefined {
    const encodings = track.media?.encodings ?? [];
    if (encodings.length < 2) return undefined;
    let demand = this.#demands.get(track);
    if (demand === undefined) {
      // At first all are sent: those who come now shall not wait.
      demand = { wantedAt: encodings.map(() => now), told: undefined };
      this.#demands.set(track, demand);
    }
    const { wantedAt } = demand;
    for (const { wantedEncoding, video } of track.subscriptions) {
      if (wantedEncoding >= 0) wantedAt[wantedEncoding] = now;
      if (video !== undefined && video.encoding >= 0) wantedAt[video.encoding] = now;
    }
    // The lowest is what somebody new can be shown at once.
    if (track.subscriptions.length > 0) wantedAt[0] = now;
    const rids = encodings.flatMap(({ rid }, encoding) =>
      now - (wantedAt[encoding] ?? -Infinity) < KEPT_MS && rid !== undefined ? [rid] : [],
    );
    const told = rids.join(' ');
    if (told === (demand.told ?? encodings.map(({ rid }) => rid).join(' '))) return undefined;
    demand.told = told;
    return rids;
  }
}

const KEPT_MS = 4000;
