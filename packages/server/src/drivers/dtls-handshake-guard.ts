import {
  DTLS_HANDSHAKE_HEADER_BYTES,
  DTLS_RECORD_HEADER_BYTES,
  MAXIMUM_HELLO_BYTES,
} from './dtls-client-hello.js';

export interface HandshakeLimits {
  /** Longest handshake message. */
  readonly messageBytes: number;
  /** Fragments of split messages taken in one handshake. */
  readonly fragments: number;
}

export type GuardVerdict = 'pass' | 'drop' | 'plaintextAlert';

/**
 * Stands before OpenSSL while a handshake runs and keeps from it what only costs memory or kills: messages over the
 * limit, floods of fragments, empty fragments, and alerts nobody has authenticated. Encrypted records always pass.
 */
export class DtlsHandshakeGuard {
  readonly #limits: HandshakeLimits;
  #fragments = 0;

  constructor(limits: HandshakeLimits) {
    this.#limits = limits;
  }

  /** What to do with a whole datagram. Allocates nothing. */
  judge(bytes: Uint8Array, offset: number, length: number): GuardVerdict {
    const end = offset + length;
    let at = offset;
    while (at < end) {
      if (end - at < DTLS_RECORD_HEADER_BYTES) return 'drop';
      const body = at + DTLS_RECORD_HEADER_BYTES;
      const next = body + ((bytes[at + 11]! << 8) | bytes[at + 12]!);
      if (next > end || bytes[at + 1] !== 0xfe) return 'drop';
      const plaintext = bytes[at + 3] === 0 && bytes[at + 4] === 0;
      if (plaintext && bytes[at] === CONTENT_ALERT) return 'plaintextAlert';
      if (plaintext && bytes[at] === CONTENT_APPLICATION_DATA) return 'drop';
      if (plaintext && bytes[at] === CONTENT_HANDSHAKE && !this.#admits(bytes, body, next)) return 'drop';
      at = next;
    }
    return 'pass';
  }

  /** Walks the handshake messages and fragments of one plaintext record. */
  #admits(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    while (at < end) {
      if (end - at < DTLS_HANDSHAKE_HEADER_BYTES) return false;
      const messageBytes = uint24(bytes, at + 1);
      const fragmentOffset = uint24(bytes, at + 6);
      const fragmentBytes = uint24(bytes, at + 9);
      const limit = bytes[at] === HANDSHAKE_CLIENT_HELLO ? MAXIMUM_HELLO_BYTES : this.#limits.messageBytes;
      if (messageBytes > Math.min(limit, this.#limits.messageBytes)) return false;
      if (fragmentOffset + fragmentBytes > messageBytes) return false;
      if (fragmentBytes === 0 && messageBytes > 0) return false;
      if (fragmentBytes < messageBytes && ++this.#fragments > this.#limits.fragments) return false;
      at += DTLS_HANDSHAKE_HEADER_BYTES + fragmentBytes;
    }
    return at === end;
  }
}

const CONTENT_ALERT = 21;
const CONTENT_HANDSHAKE = 22;
const CONTENT_APPLICATION_DATA = 23;
const HANDSHAKE_CLIENT_HELLO = 1;

function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
