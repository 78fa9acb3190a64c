import type { EndReason, ErrorCode } from './error-codes.js';
import type { MediaDirection, MediaSection, TrackReference } from './media-server.js';
import type {
  ChatMessage,
  IceServer,
  Participant,
  RoomSettings,
  RoomState,
  TrackKind,
  WaitingPerson,
} from './room-state.js';

/**
 * What every sequenced message has: 1, 2, 3, ... in a session, without a gap, across resumes. Messages that are not
 * part of the session's story (`resumed`, `pong`, `resumeToken`, refusals) have none.
 */
interface Sequenced {
  readonly seq: number;
  /** The last request of the receiver that was handled; there where that is news. */
  readonly lastRequestId?: number;
}

/** TURN credentials and the moment they end, in milliseconds since 1970-01-01 UTC. */
export interface IceConfiguration {
  readonly iceServers: readonly IceServer[];
  readonly iceServersExpireAt: number;
}

/** The client is in the room. Also the first message of a session that was restored after a restart. */
export interface JoinedMessage extends Sequenced, IceConfiguration {
  readonly type: 'joined';
  readonly version: number;
  readonly participantId: string;
  readonly resumeToken: string;
  readonly room: RoomState;
  readonly chat: readonly ChatMessage[];
  /** Whether the session was restored from what the client presented: it keeps its id and its connections. */
  readonly restored: boolean;
}

/** The client is in the lobby; `joined` or `ended` follows. */
export interface WaitingMessage extends Sequenced {
  readonly type: 'waiting';
  readonly version: number;
  readonly participantId: string;
  readonly resumeToken: string;
  readonly roomName: string;
  /** As in `joined`. */
  readonly restored: boolean;
}

/** The session goes on; what was sent after the client's `ack` follows. */
export interface ResumedMessage {
  readonly type: 'resumed';
  readonly version: number;
  readonly participantId: string;
  readonly resumeToken: string;
  /** The last request handled: repeat those after it. */
  readonly lastRequestId: number;
}

/** A newer token for `resume`; the older one ends soon. */
export interface ResumeTokenMessage {
  readonly type: 'resumeToken';
  readonly resumeToken: string;
}

export interface PongMessage {
  readonly type: 'pong';
  /** The last request handled. */
  readonly lastRequestId: number;
}

/** The request `re` was carried out. Offers, answers, candidates and `receive` have no such answer. */
export interface OkMessage extends Sequenced {
  readonly type: 'ok';
  readonly re: number;
}

/** The request `re` was refused; without `re`, something that was no readable request, and without `seq`. */
export interface ErrorMessage {
  readonly type: 'error';
  readonly code: ErrorCode;
  readonly message: string;
  readonly re?: number;
  readonly seq?: number;
  readonly lastRequestId?: number;
}

export interface ParticipantJoinedMessage extends Sequenced {
  readonly type: 'participantJoined';
  readonly participant: Participant;
}

export interface ParticipantLeftMessage extends Sequenced {
  readonly type: 'participantLeft';
  readonly participantId: string;
  readonly reason: 'left' | 'lost' | 'removed';
}

/** Role, hand or tracks are different now; the whole participant, as it is. */
export interface ParticipantChangedMessage extends Sequenced {
  readonly type: 'participantChanged';
  readonly participant: Participant;
}

export interface RoomChangedMessage extends Sequenced, RoomSettings {
  readonly type: 'roomChanged';
}

/** Who waits in the lobby now; for hosts. */
export interface LobbyChangedMessage extends Sequenced {
  readonly type: 'lobbyChanged';
  readonly waiting: readonly WaitingPerson[];
}

export interface RelayedOfferMessage extends Sequenced {
  readonly type: 'offer';
  readonly from: string;
  readonly sdp: string;
  readonly connection?: string;
  /** Of the media server: what the m-sections carry. */
  readonly media?: readonly MediaSection[];
}

export interface RelayedAnswerMessage extends Sequenced {
  readonly type: 'answer';
  readonly from: string;
  readonly sdp: string;
  readonly connection?: string;
}

export interface RelayedCandidateMessage extends Sequenced {
  readonly type: 'candidate';
  readonly from: string;
  readonly candidate: string;
  readonly sdpMid?: string;
  readonly sdpMLineIndex?: number;
  readonly usernameFragment?: string;
  readonly connection?: string;
}

/**
 * Which encodings of a simulcast track somebody wants now, by their RIDs; the others need not be sent. For a track
 * without RIDs: `[""]` or none.
 */
export interface EncodingsWantedMessage extends Sequenced {
  readonly type: 'encodingsWanted';
  readonly trackId: string;
  readonly rids: readonly string[];
}

/**
 * Videos that are not sent because others have spoken since (`withheld`), and those that are sent again or are no more
 * withheld (`released`): differences to what was said before, in a room of more videos than one participant gets.
 */
export interface VideosWithheldMessage extends Sequenced {
  readonly type: 'videosWithheld';
  readonly withheld: readonly TrackReference[];
  readonly released: readonly TrackReference[];
}

/** The media server cannot use a description; `reason` is for developers. */
export interface MediaRefusedMessage extends Sequenced {
  readonly type: 'mediaRefused';
  readonly connection: MediaDirection;
  readonly reason: string;
}

/**
 * A connection to the media server is no more. `up`: the client makes a new one and offers it; `down`: the next offer of
 * the server is for a new one.
 */
export interface MediaRestartMessage extends Sequenced {
  readonly type: 'mediaRestart';
  readonly connection: MediaDirection;
}

export interface ChatReceivedMessage extends Sequenced {
  readonly type: 'chat';
  readonly chat: ChatMessage;
}

export interface MuteRequestedMessage extends Sequenced {
  readonly type: 'muteRequested';
  readonly by: string;
  readonly kind: TrackKind;
}

export interface IceServersMessage extends Sequenced, IceConfiguration {
  readonly type: 'iceServers';
}

/** The session is over and cannot be resumed; the socket closes. */
export interface EndedMessage {
  readonly type: 'ended';
  readonly reason: EndReason;
}

/** Messages that are part of a session's story and repeated by a resume. */
export type SequencedMessage =
  | JoinedMessage
  | WaitingMessage
  | OkMessage
  | (ErrorMessage & { readonly re: number; readonly seq: number })
  | ParticipantJoinedMessage
  | ParticipantLeftMessage
  | ParticipantChangedMessage
  | RoomChangedMessage
  | LobbyChangedMessage
  | RelayedOfferMessage
  | RelayedAnswerMessage
  | RelayedCandidateMessage
  | EncodingsWantedMessage
  | VideosWithheldMessage
  | MediaRefusedMessage
  | MediaRestartMessage
  | ChatReceivedMessage
  | MuteRequestedMessage
  | IceServersMessage;

/** Messages of the moment: a resume does not repeat them. */
export type UnsequencedMessage =
  ResumedMessage | ResumeTokenMessage | PongMessage | ErrorMessage | EndedMessage;

/** Everything a server may send. */
export type ServerMessage = SequencedMessage | UnsequencedMessage;

export type ServerMessageType = ServerMessage['type'];

/** A sequenced message before it has its numbers. */
export type Unnumbered<M = SequencedMessage> = M extends { readonly seq: number }
  ? Omit<M, 'seq' | 'lastRequestId'>
  : never;
