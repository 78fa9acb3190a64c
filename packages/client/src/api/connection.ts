/** How media gets from here to a participant. */
export type PathKind =
  /** Browser to browser. */
  | 'direct'
  /** Through a TURN server. */
  | 'relayed'
  /** Through the media server. */
  | 'server'
  /** There is no path (yet, or any more). */
  | 'none';

export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay';

/** The path in use: what the browser's nominated candidate pair says. */
export interface ConnectionPath {
  readonly kind: PathKind;
  readonly protocol: 'udp' | 'tcp' | undefined;
  readonly localCandidateType: CandidateType | undefined;
  readonly remoteCandidateType: CandidateType | undefined;
  /** How this side reaches its TURN server, when this side is relayed. */
  readonly relayProtocol: 'udp' | 'tcp' | 'tls' | undefined;
  readonly localAddress: string | undefined;
  readonly remoteAddress: string | undefined;
}

export type ConnectionState = 'new' | 'connecting' | 'connected' | 'reconnecting' | 'failed' | 'closed';

/** How good a connection is, in the words an app shows. */
export type ConnectionQuality = 'excellent' | 'good' | 'poor' | 'lost' | 'unknown';

/** One direction of one track over the last second. */
export interface TrackStatistics {
  readonly trackId: string;
  /** Sent through the media server in several sizes: which of them this is about; each has statistics of its own. */
  readonly rid: string | undefined;
  readonly kind: 'audio' | 'video';
  readonly bitrateBps: number;
  /** 0 to 1 of this second: of what was to come (received), or of what the other side reports (sent). */
  readonly lossFraction: number;
  readonly jitterMs: number | undefined;
  /** Video only. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly framesPerSecond: number | undefined;
  /** Frames decoded (received) or encoded (sent) since the track began. */
  readonly frames: number | undefined;
  /** Received video: freezes since the track began, and how long they were together. */
  readonly freezeCount: number | undefined;
  readonly freezeSeconds: number | undefined;
  /** Received audio: 0 to 1 of this second that was invented by concealment. */
  readonly concealedFraction: number | undefined;
  /** Sent video: what keeps the encoder from more. */
  readonly qualityLimitationReason: 'none' | 'cpu' | 'bandwidth' | 'other' | undefined;
  readonly codec: string | undefined;
}

/** What the connection to a participant was like over the last second. */
export interface ConnectionStatistics {
  readonly state: ConnectionState;
  readonly path: ConnectionPath;
  readonly quality: ConnectionQuality;
  readonly roundTripMs: number | undefined;
  /** The browser's estimate of what can be sent; in topology `sfu` to the server, as all that is sent. */
  readonly availableOutgoingBitrateBps: number | undefined;
  readonly sentBitrateBps: number;
  readonly receivedBitrateBps: number;
  readonly sent: readonly TrackStatistics[];
  readonly received: readonly TrackStatistics[];
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}
