import type { TrackInfo } from '@madang/wire/room-state';
import type { RemoteTrackPublication, TrackKind, TrackSource, WantedMedia } from '../api/track.js';
import type { ReceivedTrack } from '../media/remote-track.js';

/** A track somebody else announced, and its media once that is here. */
export class RemotePublication implements RemoteTrackPublication {
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  muted: boolean;
  label: string | undefined;
  track: ReceivedTrack | undefined;
  withheld: boolean;
  readonly #onWanted: (wanted: WantedMedia) => void;
  #chosen: WantedMedia | undefined;
  #shown: WantedMedia | undefined;

  /** @param onWanted told what the media server shall send of it */
  constructor(info: TrackInfo, withheld: boolean, onWanted: (wanted: WantedMedia) => void) {
    this.#onWanted = onWanted;
    this.withheld = withheld;
    this.trackId = info.trackId;
    this.kind = info.kind;
    this.source = info.source;
    this.muted = info.muted;
    this.label = info.label;
  }

  setWanted(wanted: WantedMedia | undefined): void {
    this.#chosen = wanted;
    this.#tell();
  }

  /** What the elements it is attached to say; counts unless the application said something. */
  setShown(wanted: WantedMedia): void {
    this.#shown = wanted;
    if (this.#isSizeOpen) this.#tell();
  }

  /** Its media is here: says again what was said of it before. */
  repeatWanted(): void {
    this.#shown = undefined;
    if (this.#chosen !== undefined) this.#tell();
  }

  /** Its media is withheld: what the elements said that are gone does not say what is wanted when it comes back. */
  forgetShown(): void {
    this.#shown = undefined;
    if (this.#isSizeOpen) this.#tell();
  }

  /** Whether the application has left the size to the elements. */
  get #isSizeOpen(): boolean {
    const chosen = this.#chosen;
    if (chosen === undefined) return true;
    return chosen.pinned !== undefined && chosen.paused === undefined && chosen.width === undefined;
  }

  #tell(): void {
    const chosen = this.#chosen ?? {};
    this.#onWanted(this.#isSizeOpen ? { ...this.#shown, ...chosen } : chosen);
  }
}
