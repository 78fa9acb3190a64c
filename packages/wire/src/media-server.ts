/**
 * Stands for the media server where a message names a participant: `offer`, `answer` and `candidate` to and from it set up
 * the two connections of a room in topology `sfu`. No participant has this id.
 */
export const MEDIA_SERVER = 'sfu';

/** `connection` of a description: `up` carries what the client sends (it offers), `down` what it receives (the server offers). */
export const MEDIA_DIRECTIONS = ['up', 'down'] as const;
export type MediaDirection = (typeof MEDIA_DIRECTIONS)[number];

/** Somebody's track. */
export interface TrackReference {
  readonly participantId: string;
  readonly trackId: string;
}

/** Which track an m-section of the down connection carries. */
export interface MediaSection extends TrackReference {
  readonly mid: string;
}

/** What a client wants of somebody's track; without sizes all there is, in a room in topology `sfu`. */
export interface ReceivePreference extends TrackReference {
  /** Nothing is sent while true. */
  readonly paused?: boolean;
  /** The size it is shown at, in pixels of the screen. */
  readonly width?: number;
  readonly height?: number;
  /** Video that is not to be withheld because others have spoken since. */
  readonly pinned?: boolean;
}
