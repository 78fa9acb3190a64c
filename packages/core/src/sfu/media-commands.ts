import type {
  ReceivedMedia,
  RemoteTransportParameters,
  SentMedia,
  SubscriptionPreference,
  TransportParameters,
} from './media-parameters.js';

/** What the control process tells the media engine of a worker. Commands about unknown transports are ignored. */
export type MediaCommand =
  | { readonly kind: 'openTransport'; readonly transport: TransportParameters }
  /** The peer has answered. */
  | { readonly kind: 'setRemote'; readonly transportId: number; readonly remote: RemoteTransportParameters }
  /** ICE restart (RFC 8445 section 9): new credentials beside the old ones until the new ones are in use. */
  | {
      readonly kind: 'restartIce';
      readonly transportId: number;
      readonly iceUfrag: string;
      readonly icePwd: string;
      readonly remote?: RemoteTransportParameters;
    }
  | { readonly kind: 'closeTransport'; readonly transportId: number }
  /** All m-sections of an up connection, in place of those before. */
  | {
      readonly kind: 'setReceived';
      readonly transportId: number;
      readonly media: readonly ReceivedMedia[];
    }
  /** All m-sections of a down connection, in place of those before; those that stay go on without a break. */
  | { readonly kind: 'setSent'; readonly transportId: number; readonly media: readonly SentMedia[] }
  /** What the subscriber of a down connection wants; tracks that are not named keep what was said before. */
  | {
      readonly kind: 'prefer';
      readonly transportId: number;
      readonly preferences: readonly SubscriptionPreference[];
    };

/** What the media engine of a worker tells the control process. */
export type MediaReport =
  | {
      readonly kind: 'transportState';
      readonly transportId: number;
      readonly state: TransportState;
      /** Of `failed`: in words, for logs. */
      readonly reason?: string;
    }
  /** Which encodings of a received track somebody wants now (wire: `encodingsWanted`). */
  | {
      readonly kind: 'encodingsWanted';
      readonly transportId: number;
      readonly trackId: string;
      readonly rids: readonly string[];
    }
  /** Who has spoken in a room, the last first, in place of what was told before. Who never spoke is not in it. */
  | { readonly kind: 'spoken'; readonly room: string; readonly participantIds: readonly string[] };

/** `failed` and `closed` are for good: the transport is forgotten. */
export type TransportState = 'connected' | 'failed' | 'closed';
