import { readU16 } from '../bytes/big-endian.js';
import type { Crypto } from '../env/crypto.js';
import type { Arrival } from '../path/path.js';
import { Attribute } from '../stun/attributes.js';
import { verifyMessageIntegrity, verifyMessageIntegritySha256 } from '../stun/integrity.js';
import type { StunMessageView } from '../stun/message-view.js';
import {
  encodePasswordAlgorithms,
  passwordAlgorithm,
  PasswordAlgorithm,
} from '../stun/password-algorithms.js';
import type { WallClockSeconds } from '../time/instant.js';
import type { Credential, Credentials } from './credentials.js';
import type { NonceSigner } from './nonce.js';
import type { Rejection } from './rejection.js';
import { reject } from './rejection.js';

/** Which integrity attribute a request carried; its answer carries the same (RFC 8489 section 9.2.4). */
export type IntegrityKind = 'sha1' | 'sha256';

export interface Authenticated {
  readonly kind: 'authenticated';
  readonly credential: Credential;
  readonly integrity: IntegrityKind;
}

/** PASSWORD-ALGORITHMS as offered with every challenge: SHA-256, MD5, both without parameters. */
export const OFFERED_PASSWORD_ALGORITHMS = encodePasswordAlgorithms([
  passwordAlgorithm(PasswordAlgorithm.sha256),
  passwordAlgorithm(PasswordAlgorithm.md5),
]);

/** The server side of the long-term credential mechanism (RFC 8489 section 9.2.4), step by step. */
export class Authenticator {
  readonly #crypto: Crypto;
  readonly #credentials: Credentials;
  readonly #nonces: NonceSigner;
  readonly #realm: Uint8Array;

  /** `realm`: as UTF-8. */
  constructor(options: { crypto: Crypto; credentials: Credentials; nonces: NonceSigner; realm: Uint8Array }) {
    this.#crypto = options.crypto;
    this.#credentials = options.credentials;
    this.#nonces = options.nonces;
    this.#realm = options.realm;
  }

  /**
   * Whether a request proves to know a password. `known`: the credential the allocation of this 5-tuple was made
   * with; a request under the same name and algorithm is checked with its key, so that a call may outlast the
   * expiry in the name (whether it may is the caller's decision).
   */
  authenticate(
    wallClock: WallClockSeconds,
    arrival: Arrival,
    view: StunMessageView,
    known: Credential | undefined,
  ): Authenticated | Rejection {
    // No integrity attribute: challenge.
    if (view.integrityIndex < 0 && view.integritySha256Index < 0) return reject(401);
    // Integrity without USERNAME or USERHASH, REALM and NONCE.
    const usernameIndex = view.find(Attribute.username);
    const userhashIndex = view.find(Attribute.userhash);
    const realmIndex = view.find(Attribute.realm);
    const nonceIndex = view.find(Attribute.nonce);
    if ((usernameIndex < 0 && userhashIndex < 0) || realmIndex < 0 || nonceIndex < 0) return reject(400);
    // The nonce holds the cookie with the features we announced; one that is not ours, word for word, is stale.
    const nonceAt = view.valueOffset(nonceIndex);
    if (!this.#nonces.isValid(wallClock, arrival, view.buf, nonceAt, view.valueLength(nonceIndex))) {
      return reject(438);
    }
    const algorithm = choosePasswordAlgorithm(view);
    if (algorithm === undefined) return reject(400);
    if (!this.#isOurRealm(view, realmIndex)) return reject(401);
    const username = this.#readUsername(view, usernameIndex, userhashIndex);
    if (username === undefined) return reject(401);
    const candidates =
      known !== undefined && known.username === username && known.algorithm === algorithm
        ? [known]
        : this.#credentials.candidates(username, algorithm, wallClock);
    for (const credential of candidates) {
      // With both attributes present the stronger one counts.
      if (view.integritySha256Index >= 0) {
        if (verifyMessageIntegritySha256(view, this.#crypto, credential.key)) {
          return { kind: 'authenticated', credential, integrity: 'sha256' };
        }
      } else if (verifyMessageIntegrity(view, this.#crypto, credential.key)) {
        return { kind: 'authenticated', credential, integrity: 'sha1' };
      }
    }
    return reject(401);
  }

  #isOurRealm(view: StunMessageView, index: number): boolean {
    const at = view.valueOffset(index);
    if (view.valueLength(index) !== this.#realm.length) return false;
    for (let i = 0; i < this.#realm.length; i++) if (view.buf[at + i] !== this.#realm[i]) return false;
    return true;
  }

  #readUsername(view: StunMessageView, usernameIndex: number, userhashIndex: number): string | undefined {
    // RFC 8489 section 14.3: fewer than 509 bytes.
    if (usernameIndex >= 0) return view.readText(usernameIndex, MAXIMUM_USERNAME_BYTES);
    const hash = view.readBytes(userhashIndex);
    return hash === undefined ? undefined : this.#credentials.usernameOfHash(hash);
  }
}

/**
 * RFC 8489 section 9.2.4, bid-down protection: neither PASSWORD-ALGORITHM nor PASSWORD-ALGORITHMS means MD5; else both
 * must be there, the list exactly as offered and the choice one of the list. Undefined: answer 400.
 */
function choosePasswordAlgorithm(view: StunMessageView): number | undefined {
  const choice = view.find(Attribute.passwordAlgorithm);
  const list = view.find(Attribute.passwordAlgorithms);
  if (choice < 0 && list < 0) return PasswordAlgorithm.md5;
  if (choice < 0 || list < 0) return undefined;
  const offered = OFFERED_PASSWORD_ALGORITHMS;
  if (view.valueLength(list) !== offered.length) return undefined;
  const listAt = view.valueOffset(list);
  for (let i = 0; i < offered.length; i++) if (view.buf[listAt + i] !== offered[i]) return undefined;
  if (view.valueLength(choice) !== 4) return undefined;
  const choiceAt = view.valueOffset(choice);
  const algorithm = readU16(view.buf, choiceAt);
  const parameterLength = readU16(view.buf, choiceAt + 2);
  if (parameterLength !== 0) return undefined;
  return algorithm === PasswordAlgorithm.md5 || algorithm === PasswordAlgorithm.sha256
    ? algorithm
    : undefined;
}

const MAXIMUM_USERNAME_BYTES = 508;
