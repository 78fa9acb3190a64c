/** What the first record of a datagram is, as far as the stateless stage cares. */
export type HelloKind =
  /** A ClientHello, whole or its first fragment, with everything up to the cookie in it. */
  | 'hello'
  /** A later fragment of a ClientHello. */
  | 'laterFragment'
  /** Something else of DTLS: another handshake message, an alert, encrypted records. */
  | 'other'
  /** Not a DTLS record, or a hello that breaks the format or a limit. */
  | 'malformed';

/** Longest ClientHello that is looked at. */
export const MAXIMUM_HELLO_BYTES = 4096;
export const DTLS_RECORD_HEADER_BYTES = 13;
export const DTLS_HANDSHAKE_HEADER_BYTES = 12;
export const DTLS_RANDOM_BYTES = 32;

/**
 * Reads the front of a DTLS ClientHello (RFC 6347 sections 4.1 and 4.2.2). One object per listener, overwritten by each
 * `parse`; offsets are into the parsed buffer.
 */
export class ClientHelloView {
  /** The 8 bytes of epoch and sequence number of the record. */
  recordSequenceOffset = 0;
  /** 0 for the first hello, 1 for the one that answers a HelloVerifyRequest. */
  messageSequence = 0;
  randomOffset = 0;
  cookieOffset = 0;
  cookieLength = 0;

  /** Looks at the first record of a datagram. Never throws, allocates nothing. The fields are valid after 'hello'. */
  parse(bytes: Uint8Array, offset: number, length: number): HelloKind {
    if (length < DTLS_RECORD_HEADER_BYTES || bytes[offset + 1] !== 0xfe) return 'malformed';
    const recordLength = uint16(bytes, offset + 11);
    if (recordLength === 0 || DTLS_RECORD_HEADER_BYTES + recordLength > length) return 'malformed';
    if (bytes[offset] !== CONTENT_HANDSHAKE || uint16(bytes, offset + 3) !== 0) return 'other';
    this.recordSequenceOffset = offset + 3;
    return this.#parseHandshake(bytes, offset + DTLS_RECORD_HEADER_BYTES, recordLength);
  }

  #parseHandshake(bytes: Uint8Array, offset: number, length: number): HelloKind {
    if (length < DTLS_HANDSHAKE_HEADER_BYTES) return 'malformed';
    if (bytes[offset] !== HANDSHAKE_CLIENT_HELLO) return 'other';
    const messageLength = uint24(bytes, offset + 1);
    const fragmentOffset = uint24(bytes, offset + 6);
    const fragmentLength = uint24(bytes, offset + 9);
    this.messageSequence = uint16(bytes, offset + 4);
    if (messageLength > MAXIMUM_HELLO_BYTES || this.messageSequence > 1) return 'malformed';
    if (fragmentLength === 0 || fragmentOffset + fragmentLength > messageLength) return 'malformed';
    // One fragment per record: what every client sends, and all that a listening OpenSSL takes.
    if (fragmentLength + DTLS_HANDSHAKE_HEADER_BYTES !== length) return 'malformed';
    if (fragmentOffset > 0) return 'laterFragment';
    return this.#parseBody(bytes, offset + DTLS_HANDSHAKE_HEADER_BYTES, fragmentLength);
  }

  /** client_version, random, session_id, cookie; a fragment too short for them is no use to us. */
  #parseBody(bytes: Uint8Array, offset: number, length: number): HelloKind {
    const end = offset + length;
    const sessionIdAt = offset + 2 + DTLS_RANDOM_BYTES;
    if (sessionIdAt >= end || bytes[offset] !== 0xfe) return 'malformed';
    const sessionIdLength = bytes[sessionIdAt]!;
    const cookieAt = sessionIdAt + 1 + sessionIdLength;
    if (sessionIdLength > 32 || cookieAt >= end) return 'malformed';
    const cookieLength = bytes[cookieAt]!;
    if (cookieAt + 1 + cookieLength > end) return 'malformed';
    this.randomOffset = offset + 2;
    this.cookieOffset = cookieAt + 1;
    this.cookieLength = cookieLength;
    return 'hello';
  }
}

const CONTENT_HANDSHAKE = 22;
const HANDSHAKE_CLIENT_HELLO = 1;

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
