import { readU16, writeU16 } from '../bytes/big-endian.js';
import { encodeUtf8 } from '../bytes/utf8.js';
import type { Crypto } from '../env/crypto.js';
import { HEADER_LENGTH } from './message-type.js';
import type { StunMessageView } from './message-view.js';
import { prepareOpaqueString } from './opaque-string.js';

/** Whether the message carries a right MESSAGE-INTEGRITY under `key` (RFC 8489 section 14.5). False when absent. */
export function verifyMessageIntegrity(view: StunMessageView, crypto: Crypto, key: Uint8Array): boolean {
  const index = view.integrityIndex;
  if (index < 0 || view.valueLength(index) !== 20) return false;
  const value = view.valueOffset(index);
  const length = shrinkLength(view, value + 20);
  crypto.hmacSha1(key, view.buf, view.off, value - 4 - view.off, digest, 0);
  writeU16(view.buf, view.off + 2, length);
  return crypto.timingSafeEqual(digest, 0, view.buf, value, 20);
}

/**
 * Whether the message carries a right MESSAGE-INTEGRITY-SHA256 under `key` (RFC 8489 section 14.6), whole or
 * truncated to `minimumLength` bytes or more. False when absent.
 */
export function verifyMessageIntegritySha256(
  view: StunMessageView,
  crypto: Crypto,
  key: Uint8Array,
  minimumLength = 16,
): boolean {
  const index = view.integritySha256Index;
  if (index < 0) return false;
  const size = view.valueLength(index);
  // RFC 8489 section 14.6: at most 32 bytes, at least 16, a multiple of 4.
  if (size < 16 || size < minimumLength || size > 32 || size % 4 !== 0) return false;
  const value = view.valueOffset(index);
  const length = shrinkLength(view, value + size);
  crypto.hmacSha256(key, view.buf, view.off, value - 4 - view.off, digest, 0);
  writeU16(view.buf, view.off + 2, length);
  return crypto.timingSafeEqual(digest, 0, view.buf, value, size);
}

export interface LongTermCredential {
  readonly username: string;
  readonly realm: string;
  readonly password: string;
}

/**
 * The 16-byte long-term key MD5(username ":" realm ":" password) of RFC 8489 section 9.2.2. Realm and password are
 * prepared as OpaqueString, the username is taken as USERNAME carries it; undefined when RFC 8265 refuses realm or password.
 */
export function longTermKeyMd5(crypto: Crypto, credential: LongTermCredential): Uint8Array | undefined {
  const text = longTermText(credential);
  return text === undefined ? undefined : crypto.md5(text);
}

/** As `longTermKeyMd5` for password algorithm SHA-256: 32 bytes (RFC 8489 section 18.5.1.2). */
export function longTermKeySha256(crypto: Crypto, credential: LongTermCredential): Uint8Array | undefined {
  const text = longTermText(credential);
  return text === undefined ? undefined : crypto.sha256(text);
}

/** The short-term key: the password prepared as OpaqueString (RFC 8489 section 9.1.1). */
export function shortTermKey(password: string): Uint8Array | undefined {
  const prepared = prepareOpaqueString(password);
  return prepared === undefined ? undefined : encodeUtf8(prepared);
}

/** USERHASH: SHA-256(username ":" realm), 32 bytes (RFC 8489 section 14.4). Undefined when RFC 8265 refuses one. */
export function userhash(crypto: Crypto, username: string, realm: string): Uint8Array | undefined {
  const user = prepareOpaqueString(username);
  const area = prepareOpaqueString(realm);
  return user === undefined || area === undefined ? undefined : crypto.sha256(encodeUtf8(`${user}:${area}`));
}

function longTermText(credential: LongTermCredential): Uint8Array | undefined {
  const realm = prepareOpaqueString(credential.realm);
  const password = prepareOpaqueString(credential.password);
  if (realm === undefined || password === undefined) return undefined;
  return encodeUtf8(`${credential.username}:${realm}:${password}`);
}

/** Makes the header say that the message ends at `end`, as it did when the digest was made; returns what it said. */
function shrinkLength(view: StunMessageView, end: number): number {
  const length = readU16(view.buf, view.off + 2);
  writeU16(view.buf, view.off + 2, end - view.off - HEADER_LENGTH);
  return length;
}

/** In a slab of its own: small typed arrays move, and native code may write here. */
const digest = new Uint8Array(4096);
