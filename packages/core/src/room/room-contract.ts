import type {
  AnswerMessage,
  CandidateMessage,
  OfferMessage,
  ReceiveMessage,
  RequestMessage,
  ResumeMessage,
} from '@madang/wire/client-messages';
import type { ErrorCode } from '@madang/wire/error-codes';
import type { Role, Topology } from '@madang/wire/room-state';
import type { IceConfiguration, Unnumbered } from '@madang/wire/server-messages';
import type { Instant, WallClockSeconds } from '../time/instant.js';
import type { ChatHistoryLimits } from './chat-history.js';
import type { OutboxLimits } from './outbox.js';

/** A socket, by a number that is not used again. */
export type ConnectionId = number;

/** What the access token of a session granted, and until when: the session ends then unless it is renewed. */
export interface AccessTerm {
  readonly role: Role;
  readonly expiresAt: WallClockSeconds;
}

/** A term whose end is known on the clock of the core. */
export interface RunningTerm extends AccessTerm {
  readonly endsAt: Instant;
}

/** A newer access token, as the server has read it. */
export interface RenewedAccess {
  readonly room: string;
  /** None in an invitation, which is for everybody. */
  readonly name?: string;
  readonly permissions?: readonly string[];
  readonly term: RunningTerm;
}

/** What a resume token says. Whoever signs it makes it unforgeable and lets it end. */
export interface ResumeClaims {
  readonly room: string;
  readonly participantId: string;
  readonly name: string;
  readonly role: Role;
  readonly place: 'room' | 'lobby';
  readonly permissions?: readonly string[];
  /** Missing for who came without an access token. */
  readonly access?: AccessTerm;
  /** Which run of the server made it. */
  readonly epoch: string;
  /** Grows with each resume: a token is good for one. */
  readonly generation: number;
  readonly locked: boolean;
  readonly lobby: boolean;
  readonly topology: Topology;
  /** Grows with each change of the three above; the newest a client presents after a restart counts. */
  readonly settingsVersion: number;
}

/** What a room asks of the server it lives in. */
export interface RoomHost {
  iceConfiguration(room: string, participantId: string): IceConfiguration;
  /** Signs a token. */
  resumeToken(claims: ResumeClaims): string;
}

/** Who comes in, as the server has authenticated it. */
export interface Newcomer {
  readonly connection: ConnectionId;
  readonly participantId: string;
  readonly name: string;
  readonly role: Role;
  readonly permissions?: readonly string[];
  readonly access?: RunningTerm;
  /** Of the room, if nobody is in it yet. */
  readonly topology?: Topology;
}

/** What participants say to the media server. */
export type MediaServerMessage = OfferMessage | AnswerMessage | CandidateMessage | ReceiveMessage;

export type RoomCommand =
  | ({ readonly kind: 'join' } & Newcomer)
  | {
      readonly kind: 'resume';
      readonly connection: ConnectionId;
      readonly claims: ResumeClaims;
      /** `claims.access` with its end. */
      readonly access?: RunningTerm;
      readonly message: ResumeMessage;
    }
  /** What became of `checkToken`. */
  | {
      readonly kind: 'tokenChecked';
      readonly participantId: string;
      /** Of the request. */
      readonly id: number;
      readonly result: RenewedAccess | ErrorCode;
    }
  | {
      readonly kind: 'request';
      readonly connection: ConnectionId;
      readonly participantId: string;
      readonly message: RequestMessage;
      readonly wallClockMs: number;
    }
  /** A request that could be read no further than its id, or that came too fast. */
  | {
      readonly kind: 'reject';
      readonly connection: ConnectionId;
      readonly participantId: string;
      readonly id: number;
      readonly code: ErrorCode;
    }
  | {
      readonly kind: 'ping';
      readonly connection: ConnectionId;
      readonly participantId: string;
      readonly ack?: number;
    }
  /** The media server says something to a participant. */
  | { readonly kind: 'tell'; readonly participantId: string; readonly message: Unnumbered }
  | { readonly kind: 'connectionLost'; readonly connection: ConnectionId; readonly participantId: string }
  | { readonly kind: 'timeout' };

export type RoomEffect =
  | { readonly kind: 'send'; readonly connection: ConnectionId; readonly text: string }
  /** From now on the connection speaks for the participant. */
  | { readonly kind: 'attach'; readonly connection: ConnectionId; readonly participantId: string }
  | { readonly kind: 'close'; readonly connection: ConnectionId; readonly closeCode: number }
  /** An access token is to be read; `tokenChecked` follows. */
  | {
      readonly kind: 'checkToken';
      readonly participantId: string;
      readonly id: number;
      readonly token: string;
    }
  /** A participant says something to the media server. */
  | {
      readonly kind: 'mediaMessage';
      readonly room: string;
      readonly participantId: string;
      readonly message: MediaServerMessage;
    }
  /** People, their tracks or the topology are others now, in a room whose media the server carries or carried. */
  | { readonly kind: 'mediaChanged'; readonly room: string }
  /** The participant is gone for good: end what it holds elsewhere. */
  | { readonly kind: 'gone'; readonly room: string; readonly participantId: string };

/** Who becomes host: the first in the room and then the longest there, or only who was given the role. */
export type HostRule = 'firstIsHost' | 'asGiven';

export interface RoomLimits {
  /** 0: no limit. */
  readonly joinsPerSecond: number;
  /** Those in the lobby and those whose socket is lost among them. */
  readonly participants: number;
  readonly resumeMs: number;
  readonly tokenRefreshMs: number;
  readonly outbox: OutboxLimits;
  readonly chat: ChatHistoryLimits;
}

export const DEFAULT_ROOM_LIMITS: RoomLimits = {
  joinsPerSecond: 100,
  participants: 100,
  resumeMs: 30_000,
  tokenRefreshMs: 45_000,
  outbox: { messages: 2000, units: 512 * 1024 },
  chat: { messages: 200, units: 200_000 },
};

export interface RoomOptions {
  readonly name: string;
  readonly epoch: string;
  readonly hostRule: HostRule;
  readonly limits: RoomLimits;
  readonly host: RoomHost;
  /** What the server can carry now. */
  readonly topologies: readonly Topology[];
}
