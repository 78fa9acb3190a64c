import type { TrackInfo } from '@madang/wire/room-state';
import type { LocalTrackPublication, TrackKind, TrackSource } from '../api/track.js';
import type { CapturedTrack } from '../media/local-track.js';

/** A track of this client that the room knows of. */
export class LocalPublication implements LocalTrackPublication {
  readonly track: CapturedTrack;
  readonly source: TrackSource;

  constructor(track: CapturedTrack, source: TrackSource) {
    this.track = track;
    this.source = source;
  }

  /** The id of the stream the track is sent in: receivers find it in the session description (`msid`, RFC 8830). */
  get trackId(): string {
    return this.track.stream.id;
  }

  get kind(): TrackKind {
    return this.track.kind;
  }

  get muted(): boolean {
    return this.track.muted;
  }

  get label(): string | undefined {
    return this.track.label === '' ? undefined : this.track.label;
  }

  /** What the room is told. */
  get info(): TrackInfo {
    const { trackId, kind, source, muted } = this;
    return { trackId, kind, source, muted };
  }
}
