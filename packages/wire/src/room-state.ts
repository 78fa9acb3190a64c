/** What a participant may do; the server decides it, from the access token or by who came first. */
export const ROLES = ['host', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const TRACK_KINDS = ['audio', 'video'] as const;
export type TrackKind = (typeof TRACK_KINDS)[number];

export const TRACK_SOURCES = ['microphone', 'camera', 'screen', 'screenAudio', 'other'] as const;
export type TrackSource = (typeof TRACK_SOURCES)[number];

/** How media flows in a room: browser to browser, or through the media server. `mcu` is reserved. */
export const TOPOLOGIES = ['mesh', 'sfu', 'mcu'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** What a participant says about a track it sends. */
export interface TrackInfo {
  /** Chosen by the sender, unique among its tracks. */
  readonly trackId: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly muted: boolean;
  /** Identification of the m-section (RFC 8843) the track is sent in, where the sender knows it. */
  readonly mid?: string;
  readonly label?: string;
}

export interface Participant {
  readonly participantId: string;
  readonly name: string;
  readonly role: Role;
  readonly handRaised: boolean;
  readonly tracks: readonly TrackInfo[];
}

/** Somebody in the lobby. */
export interface WaitingPerson {
  readonly participantId: string;
  readonly name: string;
}

/** What of a room its hosts can change. */
export interface RoomSettings {
  readonly locked: boolean;
  readonly lobby: boolean;
  readonly topology: Topology;
}

export interface RoomState extends RoomSettings {
  readonly name: string;
  /** In the order they came, the receiver of this state among them. */
  readonly participants: readonly Participant[];
  /** Who waits in the lobby; empty for everybody but hosts. */
  readonly waiting: readonly WaitingPerson[];
}

export interface ChatMessage {
  /** Unique in the room; grows. */
  readonly chatId: number;
  readonly from: string;
  /** The sender's name when it was sent. */
  readonly name: string;
  readonly text: string;
  /** Milliseconds since 1970-01-01 UTC by the server's clock. */
  readonly sentAt: number;
  /** The only receiver, when it was not for all. */
  readonly to?: string;
}

/** RTCIceServer of the W3C WebRTC recommendation. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}
