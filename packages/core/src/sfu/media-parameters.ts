/**
 * What the control process tells a media worker of transports and media: plain JSON, made by negotiation
 * (`services/sfu`), carried out by `SfuRouter`. Everything is checked before it gets here.
 */

export type CodecName = 'opus' | 'red' | 'VP8' | 'VP9' | 'H264' | 'AV1';

/** One payload type of an m-section, with its retransmissions (RFC 4588). */
export interface Codec {
  readonly name: CodecName;
  readonly payloadType: number;
  readonly rtxPayloadType?: number;
  readonly clockRate: number;
  readonly channels?: number;
  /** Format parameters in the form of the fmtp line, '' for none; names H.264 and VP9 profiles apart. */
  readonly parameters: string;
}

/** Local ids of RTP header extensions in an m-section (RFC 8285); a missing one was not negotiated. */
export interface HeaderExtensions {
  readonly mid?: number;
  readonly rid?: number;
  readonly repairedRid?: number;
  readonly absSendTime?: number;
  readonly transportWideCc?: number;
  readonly audioLevel?: number;
  readonly videoOrientation?: number;
  readonly colorSpace?: number;
  readonly dependencyDescriptor?: number;
}

/** One encoding of a sent track: by RID with simulcast, by SSRC where the description names it. Lowest quality first. */
export interface Encoding {
  readonly rid?: string;
  readonly ssrc?: number;
  readonly rtxSsrc?: number;
}

/** A track within a room. */
export interface TrackKey {
  readonly participantId: string;
  readonly trackId: string;
}

/** An m-section of an up connection: media the server receives. */
export interface ReceivedMedia extends TrackKey {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly source: 'microphone' | 'camera' | 'screen' | 'screenAudio' | 'other';
  readonly codecs: readonly Codec[];
  readonly extensions: HeaderExtensions;
  readonly encodings: readonly Encoding[];
  /** Nothing is to be forwarded while the sender says it is muted. */
  readonly muted: boolean;
}

/** An m-section of a down connection: media the server sends. `participantId` and `trackId` name what is forwarded. */
export interface SentMedia extends TrackKey {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
  /** Missing where nothing is retransmitted (audio). */
  readonly rtxSsrc?: number;
  readonly cname: string;
  readonly codecs: readonly Codec[];
  readonly extensions: HeaderExtensions;
}

/** What a subscriber wants of a track it is sent (wire: `receive`). */
export interface SubscriptionPreference extends TrackKey {
  readonly paused: boolean;
  /** Pixels of the screen; 0: not known, all there is. */
  readonly width: number;
  readonly height: number;
}

export interface RemoteTransportParameters {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** Of the certificate the peer has to show: one of them has to be its digest (RFC 8122). At least one. */
  readonly fingerprints: readonly {
    readonly algorithm: 'sha-256' | 'sha-384' | 'sha-512';
    readonly value: string;
  }[];
  /** What the peer is in the DTLS handshake; a browser that is offered `actpass` may choose either. */
  readonly dtlsRole: 'client' | 'server';
}

/** One connection of one participant. */
export interface TransportParameters {
  /** Unique in the server, never used again. */
  readonly transportId: number;
  readonly room: string;
  readonly participantId: string;
  readonly direction: 'up' | 'down';
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** Known at once where the peer offered; otherwise it follows with the answer. */
  readonly remote?: RemoteTransportParameters;
}
