import type { RemoteTrack, TrackKind, TrackSource, WantedMedia } from '../api/track.js';
import { Attachments } from './attachments.js';
import { play } from './playback.js';
import type { Playback } from './playback.js';
import { ShownSize } from './shown-size.js';

/** A track of somebody else. */
export class ReceivedTrack implements RemoteTrack {
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly mediaStreamTrack: MediaStreamTrack;
  readonly #playback: Playback;
  readonly #attachments: Attachments;
  /** Of video. */
  readonly #shown: ShownSize | undefined;
  #volume = 1;

  /**
   * @param playback of the room: the speaker, and the permission to be heard
   * @param onWanted told which size video is shown at; audio is always wanted
   */
  constructor(
    { trackId, source }: { readonly trackId: string; readonly source: TrackSource },
    track: MediaStreamTrack,
    playback: Playback,
    onWanted: (wanted: WantedMedia) => void = () => undefined,
  ) {
    this.trackId = trackId;
    this.source = source;
    this.mediaStreamTrack = track;
    this.kind = track.kind === 'audio' ? 'audio' : 'video';
    this.#playback = playback;
    // A stream of its own: that of the connection loses its track when the other side ends it.
    this.#attachments = new Attachments(this.kind, new MediaStream([track]));
    this.#shown = this.kind === 'video' ? new ShownSize(onWanted) : undefined;
  }

  attach(element?: HTMLMediaElement): HTMLMediaElement {
    const attached = this.#attachments.add(element);
    if (this.kind === 'audio') {
      attached.volume = this.#volume;
      this.#playback.add(attached);
    } else {
      this.#shown?.add(attached);
      void play(attached);
    }
    return attached;
  }

  detach(element?: HTMLMediaElement): HTMLMediaElement[] {
    const removed = this.#attachments.remove(element);
    for (const one of removed) {
      this.#playback.remove(one);
      this.#shown?.remove(one);
    }
    return removed;
  }

  /** Takes it out of all elements, for good. */
  end(): void {
    this.#shown?.stop();
    this.detach();
  }

  /** How loud it is played here: 0 to 1, for elements attached now and later. Does nothing to video. */
  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    if (this.kind === 'audio')
      for (const element of this.#attachments.elements) element.volume = this.#volume;
  }
}
