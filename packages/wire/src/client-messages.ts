import type { ReceivePreference } from './media-server.js';
import type { Role, Topology, TrackInfo, TrackKind } from './room-state.js';

/** The first message of a socket: enter a room, with a name (open servers) or an access token. */
export interface JoinMessage {
  readonly type: 'join';
  readonly version: number;
  readonly room: string;
  readonly name?: string;
  readonly token?: string;
  /** Asks for less than could be had: only `viewer` has an effect. */
  readonly role?: Role;
  /** Of the room, should it be made by this join. */
  readonly topology?: Topology;
}

/** The first message of a socket: go on with a session whose socket was lost. */
export interface ResumeMessage {
  readonly type: 'resume';
  readonly version: number;
  readonly resumeToken: string;
  /** Highest sequence number received. */
  readonly ack: number;
  /** What to restore when the server has forgotten the session (it was restarted). */
  readonly tracks?: readonly TrackInfo[];
  readonly handRaised?: boolean;
}

/** Keeps the session known to be alive, and asks what has arrived; answered with `pong`. */
export interface PingMessage {
  readonly type: 'ping';
  readonly ack?: number;
}

/**
 * What every request has: `id` grows with each request of a session, also across resumes; a request whose id is not
 * larger than the last one handled is a repetition and ignored. `ack` is the highest sequence number received.
 */
interface Request {
  readonly id: number;
  readonly ack?: number;
}

export interface LeaveMessage extends Request {
  readonly type: 'leave';
}

/** SDP for one participant. The server does not look into it. */
export interface OfferMessage extends Request {
  readonly type: 'offer';
  readonly to: string;
  readonly sdp: string;
  /** Names one of several connections between the same two participants. */
  readonly connection?: string;
}

export interface AnswerMessage extends Request {
  readonly type: 'answer';
  readonly to: string;
  readonly sdp: string;
  readonly connection?: string;
}

/** RTCIceCandidateInit for one participant; an empty `candidate` ends a generation. */
export interface CandidateMessage extends Request {
  readonly type: 'candidate';
  readonly to: string;
  readonly candidate: string;
  readonly sdpMid?: string;
  readonly sdpMLineIndex?: number;
  readonly usernameFragment?: string;
  readonly connection?: string;
}

/** What of the others' tracks is wanted from the media server; tracks that are not named keep what was said before. */
export interface ReceiveMessage extends Request {
  readonly type: 'receive';
  readonly tracks: readonly ReceivePreference[];
  /**
   * How many videos of cameras are wanted at most, of those who spoke last; the server's own limit where it is lower.
   * Without it what was said before holds.
   */
  readonly lastN?: number;
}

/** Says what a track is, new or changed. */
export interface PublishMessage extends Request {
  readonly type: 'publish';
  readonly track: TrackInfo;
}

export interface UnpublishMessage extends Request {
  readonly type: 'unpublish';
  readonly trackId: string;
}

export interface ChatSendMessage extends Request {
  readonly type: 'chat';
  readonly text: string;
  readonly to?: string;
}

export interface RaiseHandMessage extends Request {
  readonly type: 'raiseHand';
  readonly raised: boolean;
}

/** Asks a participant to mute; only its own client can do it. */
export interface RequestMuteMessage extends Request {
  readonly type: 'requestMute';
  readonly participantId: string;
  readonly kind: TrackKind;
}

export interface RemoveMessage extends Request {
  readonly type: 'remove';
  readonly participantId: string;
}

export interface SetRoleMessage extends Request {
  readonly type: 'setRole';
  readonly participantId: string;
  readonly role: Role;
}

/** A locked room takes nobody new. */
export interface LockMessage extends Request {
  readonly type: 'lock';
  readonly locked: boolean;
}

/** With the lobby on, who is not a host waits until one admits. */
export interface SetLobbyMessage extends Request {
  readonly type: 'setLobby';
  readonly enabled: boolean;
}

export interface AdmitMessage extends Request {
  readonly type: 'admit';
  readonly participantId: string;
}

export interface DenyMessage extends Request {
  readonly type: 'deny';
  readonly participantId: string;
}

export interface SetTopologyMessage extends Request {
  readonly type: 'setTopology';
  readonly topology: Topology;
}

/** Asks for fresh TURN credentials before the old ones run out. */
export interface RefreshIceServersMessage extends Request {
  readonly type: 'refreshIceServers';
}

/** Goes on with a newer access token before the one of the session ends: of the same room, name, role and permissions. */
export interface RenewTokenMessage extends Request {
  readonly type: 'renewToken';
  readonly token: string;
}

/** What a client may send once it has joined, `ping` apart. */
export type RequestMessage =
  | LeaveMessage
  | OfferMessage
  | AnswerMessage
  | CandidateMessage
  | ReceiveMessage
  | PublishMessage
  | UnpublishMessage
  | ChatSendMessage
  | RaiseHandMessage
  | RequestMuteMessage
  | RemoveMessage
  | SetRoleMessage
  | LockMessage
  | SetLobbyMessage
  | AdmitMessage
  | DenyMessage
  | SetTopologyMessage
  | RefreshIceServersMessage
  | RenewTokenMessage;

/** Requests that are answered only when they are refused: who sends them waits for something else, if for anything. */
export type PostedMessage = OfferMessage | AnswerMessage | CandidateMessage | ReceiveMessage;

/** Whether requests of a type are answered only when they are refused. */
export function isPosted(type: ClientMessageType): type is PostedMessage['type'] {
  return type === 'candidate' || type === 'offer' || type === 'answer' || type === 'receive';
}

/** Everything a client may send. */
export type ClientMessage = JoinMessage | ResumeMessage | PingMessage | RequestMessage;

export type ClientMessageType = ClientMessage['type'];
export type RequestType = RequestMessage['type'];
