/** Limits of a DTLS listener; each has a safe default. */
export interface DtlsLimits {
  /** Handshakes running at a time, in all and from one source address (IPv6: one /64). */
  readonly handshakesTotal: number;
  readonly handshakesPerSource: number;
  /** Handshakes begun per second: each costs about a millisecond of this thread. */
  readonly handshakesPerSecond: number;
  readonly handshakeTimeoutMilliseconds: number;
  /** Sessions, running handshakes included, in all and from one source address. */
  readonly sessionsTotal: number;
  readonly sessionsPerSource: number;
  /** An established session that receives nothing for so long is closed; see `setIdleTimeout`. */
  readonly idleMilliseconds: number;
  readonly messageBytes: number;
  readonly fragmentsPerHandshake: number;
}

export const DEFAULT_DTLS_LIMITS: DtlsLimits = {
  handshakesTotal: 256,
  handshakesPerSource: 8,
  handshakesPerSecond: 400,
  handshakeTimeoutMilliseconds: 30_000,
  sessionsTotal: 4096,
  sessionsPerSource: 256,
  idleMilliseconds: 60_000,
  messageBytes: 16_384,
  fragmentsPerHandshake: 64,
};

/** What a listener counted. Peer input is never logged one by one. */
export interface DtlsCounters {
  helloVerifyRequests: number;
  /** Datagrams that are not DTLS, break the format, or come without a session. */
  dropped: number;
  /** Datagrams a running handshake was spared: floods of fragments, long messages, unauthenticated alerts. */
  guarded: number;
  limitHit: number;
  handshakesStarted: number;
  handshakesCompleted: number;
  handshakesFailed: number;
  handshakesTimedOut: number;
}

export function zeroDtlsCounters(): DtlsCounters {
  return {
    helloVerifyRequests: 0,
    dropped: 0,
    guarded: 0,
    limitHit: 0,
    handshakesStarted: 0,
    handshakesCompleted: 0,
    handshakesFailed: 0,
    handshakesTimedOut: 0,
  };
}
