import type { StreamLimits } from '../../net/stream-listener.js';

/** Limits of the transports of one media worker; each has a safe default. */
export interface MediaLimits {
  /** What one transport may send us, media of all kinds together; more is dropped. 0 is no limit. */
  readonly ingressBitrateBps: number;
  readonly ingressPacketsPerSecond: number;
  /** DTLS handshakes running at a time, and how long one may take. */
  readonly handshakesTotal: number;
  readonly handshakeTimeoutMilliseconds: number;
  /** See `IceLiteAgentOptions`. */
  readonly consentSeconds: number;
  readonly connectSeconds: number;
}

export const DEFAULT_MEDIA_LIMITS: MediaLimits = {
  ingressBitrateBps: 8_000_000,
  ingressPacketsPerSecond: 2000,
  handshakesTotal: 256,
  handshakeTimeoutMilliseconds: 30_000,
  consentSeconds: 15,
  connectSeconds: 30,
};

/** Limits of the ICE-TCP listener: a connection counts as authenticated from its first valid check on. */
export const MEDIA_STREAM_LIMITS: StreamLimits = {
  unauthenticatedSeconds: 10,
  halfOpenPerAddress: 32,
  halfOpenTotal: 1024,
  writeBufferBytes: 256 * 1024,
};
