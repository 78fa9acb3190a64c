import type { DataMessage } from '../api/data.js';
import type { ConnectionState } from '../api/connection.js';
import type { TrackKind, TrackSource } from '../api/track.js';
import type { IceServer } from '@madang/wire/room-state';
import type { CandidateMessage, AnswerMessage, OfferMessage } from '@madang/wire/client-messages';

type Unnumbered<M> = Omit<M, 'id' | 'ack'>;

/** What a mesh has the signaling session carry to another participant. */
export type MeshSignal = Unnumbered<OfferMessage> | Unnumbered<AnswerMessage> | Unnumbered<CandidateMessage>;

/** What the room is told of the others' media. Exceptions thrown by these are reported (`reportError`) and break nothing. */
export interface MediaHost {
  /**
   * Media of a track can flow. `trackId` is the id of the MediaStream the sender put it in (`msid`), which is the
   * `trackId` of its TrackInfo. Called again with another MediaStreamTrack when the connection was made anew.
   */
  onTrack(participantId: string, trackId: string, track: MediaStreamTrack, receiver: RTCRtpReceiver): void;
  /** `track` is the one that ended; another one may have come for the same `trackId` meanwhile. */
  onTrackEnded(participantId: string, trackId: string, track: MediaStreamTrack): void;
  onConnectionState(participantId: string, state: ConnectionState): void;
}

/** What a mesh tells its room. */
export interface MeshHost extends MediaHost {
  signal(message: MeshSignal): void;
  onData(message: DataMessage): void;
}

/** A track this client sends to everybody. */
export interface SentTrack {
  /** Equal to `stream.id`. */
  readonly trackId: string;
  /** Stays the same while `track` is replaced. */
  readonly stream: MediaStream;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  /** Null while the device is freed. */
  readonly track: MediaStreamTrack | null;
  /** For screens: `detail` keeps the resolution, `motion` the frame rate. */
  readonly contentHint?: 'detail' | 'motion';
}

/**
 * With whom a mesh connects: with `everybody`, or `asNeeded` with those a data channel is open to or who connect to here.
 */
export type MeshReach = 'everybody' | 'asNeeded';

export interface MeshOptions {
  /** `participantId` of this client. */
  readonly localId: string;
  /** Media through TURN only. */
  readonly relayOnly: boolean;
  readonly iceServers: readonly IceServer[];
  /** `everybody` unless told. */
  readonly reach?: MeshReach;
}
