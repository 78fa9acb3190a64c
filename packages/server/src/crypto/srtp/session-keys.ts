import { createCipheriv } from 'node:crypto';
import type { SrtpKeys } from '@madang/core/env/srtp';
import { SRTP_KEY_BYTES } from '@madang/core/env/srtp';

/** Session keys of RTP or RTCP, derived from a master key. */
export interface SessionKeys {
  readonly encryptionKey: Uint8Array;
  /** Empty for AEAD profiles. */
  readonly authenticationKey: Uint8Array;
  readonly salt: Uint8Array;
}

const HMAC_SHA1_KEY_BYTES = 20;

/**
 * Derives the session keys with a key derivation rate of zero (RFC 3711 section 4.3; for AEAD profiles RFC 7714
 * section 11 and, for 256-bit keys, RFC 6188 section 3). Throws RangeError when key or salt have another length than
 * the profile's.
 */
export function deriveSessionKeys(keys: SrtpKeys, use: 'rtp' | 'rtcp'): SessionKeys {
  const { profile, masterKey, masterSalt } = keys;
  const expected = SRTP_KEY_BYTES[profile];
  if (masterKey.length !== expected.key || masterSalt.length !== expected.salt) {
    throw new RangeError(
      `${profile} takes ${expected.key} and ${expected.salt} bytes, not ${masterKey.length} and ${masterSalt.length}`,
    );
  }
  const label = use === 'rtp' ? 0 : 3;
  const authenticationBytes = profile === 'AES_CM_128_HMAC_SHA1_80' ? HMAC_SHA1_KEY_BYTES : 0;
  return {
    encryptionKey: derive(keys, label, expected.key),
    authenticationKey: derive(keys, label + 1, authenticationBytes),
    salt: derive(keys, label + 2, expected.salt),
  };
}

/** The pseudo-random function: the key stream of AES in counter mode from (label XOR salt) * 2^16. */
function derive({ masterKey, masterSalt }: SrtpKeys, label: number, length: number): Uint8Array {
  const counter = new Uint8Array(16);
  // A salt of 96 bits stands in the upper part of the 112.
  counter.set(masterSalt);
  counter[LABEL_AT]! ^= label;
  const cipher = createCipheriv(masterKey.length === 16 ? 'aes-128-ctr' : 'aes-256-ctr', masterKey, counter);
  return new Uint8Array(cipher.update(new Uint8Array(length)));
}

/** The label stands before the 48-bit index (zero here) in the 112 bits. */
const LABEL_AT = 7;
