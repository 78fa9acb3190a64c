import type { RemoteTrack, TrackKind, TrackSource } from '../api/track.js';
import { Attachments } from './attachments.js';
import { play } from './playback.js';
import type { Playback } from './playback.js';

/** A track of somebody else. */
export class ReceivedTrack implements RemoteTrack {
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly mediaStreamTrack: MediaStreamTrack;
  readonly #playback: Playback;
  readonly #attachments: Attachments;
  #volume = 1;

  /** @param playback of the room: the speaker, and the permission to be heard */
  constructor(
    { trackId, source }: { readonly trackId: string; readonly source: TrackSource },
    track: MediaStreamTrack,
    playback: Playback,
  ) {
    this.trackId = trackId;
    this.source = source;
    this.mediaStreamTrack = track;
    this.kind = track.kind === 'audio' ? 'audio' : 'video';
    this.#playback = playback;
    // A stream of its own: that of the connection loses its track when the other side ends it.
    this.#attachments = new Attachments(this.kind, new MediaStream([track]));
  }

  attach(element?: HTMLMediaElement): HTMLMediaElement {
    const attached = this.#attachments.add(element);
    if (this.kind === 'audio') {
      attached.volume = this.#volume;
      this.#playback.add(attached);
    } else {
      void play(attached);
    }
    return attached;
  }

  detach(element?: HTMLMediaElement): HTMLMediaElement[] {
    const removed = this.#attachments.remove(element);
    for (const one of removed) this.#playback.remove(one);
    return removed;
  }

  /** How loud it is played here: 0 to 1, for elements attached now and later. Does nothing to video. */
  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    if (this.kind === 'audio')
      for (const element of this.#attachments.elements) element.volume = this.#volume;
  }
}
