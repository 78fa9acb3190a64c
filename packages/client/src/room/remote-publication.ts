import type { TrackInfo } from '@madang/wire/room-state';
import type { RemoteTrackPublication, TrackKind, TrackSource } from '../api/track.js';
import type { ReceivedTrack } from '../media/remote-track.js';

/** A track somebody else announced, and its media once that is here. */
export class RemotePublication implements RemoteTrackPublication {
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  muted: boolean;
  label: string | undefined;
  track: ReceivedTrack | undefined;

  constructor(info: TrackInfo) {
    this.trackId = info.trackId;
    this.kind = info.kind;
    this.source = info.source;
    this.muted = info.muted;
    this.label = info.label;
  }
}
