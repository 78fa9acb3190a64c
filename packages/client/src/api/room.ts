import type { ChatMessage, Topology, TrackKind, WaitingPerson } from '@madang/wire/room-state';
import type { ConnectionStatistics } from './connection.js';
import type { DataMessage, DataOptions, DataSender } from './data.js';
import type { EventSource } from './events.js';
import type { LocalParticipant, Participant, RemoteParticipant, Role } from './participant.js';
import type { LocalTrackPublication, RemoteTrack, RemoteTrackPublication } from './track.js';

export type { ChatMessage, Topology, WaitingPerson };

/** `connect(url, options)`: which room, and as whom. */
export interface ConnectOptions {
  readonly room: string;
  /** On open servers, and with an invitation. */
  readonly name?: string;
  /** An access token; role and name are the token's, if it has one. */
  readonly token?: string;
  /**
   * Called some time before the access token ends: answers a newer one of the same room, name, role and permissions, and
   * the session goes on. Without it a session ends with its token.
   */
  readonly renewToken?: () => Promise<string>;
  /** Asks to receive only. */
  readonly role?: 'viewer';
  /** Media through TURN only: hides this machine's addresses from the others. */
  readonly relayOnly?: boolean;
  /** Of the room, should it be made by this call; the server's default unless told. */
  readonly topology?: Topology;
  /** What video is sent in where the room's media goes through the server; VP8 unless told, and where it is missing. */
  readonly videoCodec?: VideoCodec;
  /**
   * Most videos of cameras this client receives at a time where the room's media goes through the server: those of the
   * last who spoke; screens, and what is pinned or shown large, come besides. The server's limit unless told, and where
   * that is lower.
   */
  readonly lastN?: number;
  /** Called when the room has a lobby and a host has to let this client in; `connect` resolves once one has. */
  readonly onWaiting?: (roomName: string) => void;
  /** Gives up (`NetworkError` `aborted`), also while waiting in the lobby. */
  readonly signal?: AbortSignal;
}

/** VP9 and AV1 look better at the same bitrate, for more work of the processor. */
export type VideoCodec = 'VP8' | 'VP9' | 'H264' | 'AV1';

export type RoomConnectionState = 'connected' | 'reconnecting' | 'disconnected';

/** Why a room is over for this client. */
export type DisconnectReason =
  /** `leave()` was called. */
  | 'left'
  /** A host removed this client. */
  | 'removed'
  /** The session goes on elsewhere. */
  | 'replaced'
  /** The server could not be reached for too long, and joining anew failed. */
  | 'lost';

export interface RoomEvents {
  readonly stateChanged: readonly [state: RoomConnectionState];
  /** The last event: the room is over for this client. */
  readonly disconnected: readonly [reason: DisconnectReason, error: Error | undefined];
  readonly participantJoined: readonly [participant: RemoteParticipant];
  readonly participantLeft: readonly [participant: RemoteParticipant, reason: 'left' | 'lost' | 'removed'];
  /** Name, role or hand of somebody (also of oneself) is different. */
  readonly participantChanged: readonly [participant: Participant];
  /** Somebody began or ended to send something; its media may come later. */
  readonly trackPublished: readonly [publication: RemoteTrackPublication, participant: RemoteParticipant];
  readonly trackUnpublished: readonly [publication: RemoteTrackPublication, participant: RemoteParticipant];
  /** Media of a track is here and can be attached. */
  readonly trackSubscribed: readonly [track: RemoteTrack, participant: RemoteParticipant];
  readonly trackUnsubscribed: readonly [track: RemoteTrack, participant: RemoteParticipant];
  /** Somebody (also oneself) muted or unmuted a track. */
  readonly trackMuted: readonly [
    publication: RemoteTrackPublication | LocalTrackPublication,
    participant: Participant,
  ];
  readonly trackUnmuted: readonly [
    publication: RemoteTrackPublication | LocalTrackPublication,
    participant: Participant,
  ];
  /** Video is not sent for now, since others have spoken later (`publication.withheld`), or is no more withheld. */
  readonly trackWithheld: readonly [publication: RemoteTrackPublication, participant: RemoteParticipant];
  readonly trackReleased: readonly [publication: RemoteTrackPublication, participant: RemoteParticipant];
  readonly localTrackPublished: readonly [publication: LocalTrackPublication];
  readonly localTrackUnpublished: readonly [publication: LocalTrackPublication];
  /** Who is heard, loudest first; oneself may be among them. */
  readonly activeSpeakersChanged: readonly [speakers: readonly Participant[]];
  /** Each second for each remote participant, and whenever the state of its connection changes. */
  readonly connectionChanged: readonly [participant: RemoteParticipant, connection: ConnectionStatistics];
  readonly chatReceived: readonly [message: ChatMessage];
  readonly dataReceived: readonly [message: DataMessage];
  /** A host asks this client to mute. Nothing is muted unless the application does it. */
  readonly muteRequested: readonly [by: RemoteParticipant | undefined, kind: TrackKind];
  /** Lock, lobby or topology are different. */
  readonly settingsChanged: readonly [];
  readonly topologyChanged: readonly [
    change: { readonly topology: Topology; readonly reason: string | undefined },
  ];
  /** Who waits in the lobby now; hosts only. */
  readonly lobbyChanged: readonly [waiting: readonly WaitingPerson[]];
  /** The browser plays no sound before a person has clicked: call `room.startAudio()` from a click. */
  readonly audioPlaybackBlocked: readonly [];
  /** Something failed that no call reports: renewing the access token, say. */
  readonly error: readonly [error: Error];
}

/** A room one is in. */
export interface Room extends EventSource<RoomEvents> {
  readonly name: string;
  readonly state: RoomConnectionState;
  readonly localParticipant: LocalParticipant;
  /** The others, in the order they came. */
  readonly participants: readonly RemoteParticipant[];
  participant(participantId: string): RemoteParticipant | undefined;
  /** What was said, oldest first: history of before the join included, the last 500 messages at most. */
  readonly chat: readonly ChatMessage[];
  readonly locked: boolean;
  readonly lobby: boolean;
  readonly waiting: readonly WaitingPerson[];
  readonly topology: Topology;
  readonly activeSpeakers: readonly Participant[];
  /** When this client entered, in milliseconds since 1970-01-01 UTC. */
  readonly joinedAt: number;
  /** Whether `startAudio()` has to be called from a click before anything is heard. */
  readonly audioPlaybackIsBlocked: boolean;

  /** Leaves for good and frees all devices that were sent from; tracks the application made itself go on. */
  leave(): Promise<void>;
  startAudio(): Promise<void>;
  /** Changes `lastN` of `connect`; `undefined`: the server's limit. @throws UsageError `invalidArgument` */
  setLastN(lastN: number | undefined): void;
  /** To all, or to one. @throws RefusedError */
  sendChat(text: string, options?: { to?: string }): Promise<void>;
  /** One message over a data channel; see `DataSender.send`. */
  send(options: DataOptions, data: Uint8Array<ArrayBuffer> | string): Promise<number>;
  /** A channel that can be watched and sent to many times. */
  openChannel(options?: DataOptions): DataSender;

  /** For hosts; each throws `RefusedError` with code `forbidden` for others. */
  setTopology(topology: Topology): Promise<void>;
  setLocked(locked: boolean): Promise<void>;
  setLobby(enabled: boolean): Promise<void>;
  admit(participantId: string): Promise<void>;
  deny(participantId: string): Promise<void>;
  remove(participantId: string): Promise<void>;
  setRole(participantId: string, role: Role): Promise<void>;
  requestMute(participantId: string, kind: TrackKind): Promise<void>;
}
