import { ActiveSpeaker } from './active-speaker.js';
import type { TrackKey } from './media-parameters.js';
import { PublishedTrack } from './published-track.js';

/** The tracks of one room. */
export class RoomTracks {
  readonly speaker = new ActiveSpeaker();
  readonly #tracks = new Map<string, PublishedTrack>();

  get isEmpty(): boolean {
    return this.#tracks.size === 0;
  }

  [Symbol.iterator](): Iterator<PublishedTrack> {
    return this.#tracks.values();
  }

  /** The track of that name, made where nobody has named it yet. */
  of(key: TrackKey): PublishedTrack {
    const name = nameOf(key);
    let track = this.#tracks.get(name);
    if (track === undefined) {
      track = new PublishedTrack(key);
      this.#tracks.set(name, track);
    }
    return track;
  }

  /** Forgets a track that nobody sends and nobody is sent. */
  release(track: PublishedTrack): void {
    if (track.media === undefined && track.subscriptions.length === 0) this.#tracks.delete(nameOf(track));
  }
}

/** Participant ids have no space in them. */
function nameOf({ participantId, trackId }: TrackKey): string {
  return `${participantId} ${trackId}`;
}
