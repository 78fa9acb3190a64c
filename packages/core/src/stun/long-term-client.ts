import type { Crypto } from '../env/crypto.js';
import { Attribute } from './attributes.js';
import { ErrorCode } from './error-codes.js';
import {
  longTermKeyMd5,
  longTermKeySha256,
  userhash,
  verifyMessageIntegrity,
  verifyMessageIntegritySha256,
} from './integrity.js';
import { MessageClass } from './message-type.js';
import type { StunMessageView } from './message-view.js';
import type { StunMessageWriter } from './message-writer.js';
import { readNonceCookie, SecurityFeature } from './nonce-cookie.js';
import {
  encodePasswordAlgorithms,
  PasswordAlgorithm,
  readPasswordAlgorithms,
} from './password-algorithms.js';
import { prepareOpaqueString } from './opaque-string.js';

export interface LongTermClientOptions {
  readonly crypto: Crypto;
  readonly username: string;
  readonly password: string;
  /** Password algorithms this client accepts. Default: SHA-256 and MD5. */
  readonly supportedAlgorithms?: readonly number[];
  /** How many 438s in a row are followed by another try. Default 3. */
  readonly maximumStaleNonces?: number;
}

/**
 * accept: the response is authentic (or needs no authentication); use it. retry: send the request again, with a new
 * transaction id and `authenticate`. reject: give up; the credential is wrong or somebody weakened the offer.
 * discard: act as if the response had not come (wrong or missing integrity).
 */
export type LongTermVerdict = 'accept' | 'retry' | 'reject' | 'discard';

/** The client side of the long-term credential mechanism (RFC 8489 section 9.2), one per server. */
export class LongTermClient {
  readonly #crypto: Crypto;
  readonly #username: string;
  readonly #password: string;
  readonly #supported: readonly number[];
  readonly #maximumStaleNonces: number;
  #challenge: Challenge | undefined;
  #hasTriedCredential = false;
  #staleNonces = 0;

  /** Throws a RangeError for a username or password that RFC 8265 refuses. */
  constructor(options: LongTermClientOptions) {
    const username = prepareOpaqueString(options.username);
    if (username === undefined || prepareOpaqueString(options.password) === undefined) {
      throw new RangeError('username and password must be OpaqueStrings (RFC 8265)');
    }
    this.#crypto = options.crypto;
    this.#username = username;
    this.#password = options.password;
    this.#supported = options.supportedAlgorithms ?? [PasswordAlgorithm.sha256, PasswordAlgorithm.md5];
    this.#maximumStaleNonces = options.maximumStaleNonces ?? 3;
  }

  /** The realm of the last challenge. */
  get realm(): string | undefined {
    return this.#challenge?.realm;
  }

  /** The password algorithm agreed on; undefined when the server offers no choice (RFC 5389 style MD5). */
  get passwordAlgorithm(): number | undefined {
    return this.#challenge?.algorithm;
  }

  /** Whether requests carry USERHASH instead of USERNAME. */
  get isUsernameAnonymous(): boolean {
    return this.#challenge?.isAnonymous ?? false;
  }

  /**
   * Ends a request with USERNAME or USERHASH, REALM, NONCE, algorithms and integrity. Writes nothing before the
   * first challenge (RFC 8489 section 9.2.3.1). FINGERPRINT, if wanted, comes after this.
   */
  authenticate(writer: StunMessageWriter): void {
    const challenge = this.#challenge;
    if (challenge === undefined) return;
    if (challenge.isAnonymous) writer.bytes(Attribute.userhash, challenge.userhash);
    else writer.text(Attribute.username, this.#username);
    writer.text(Attribute.realm, challenge.realm).text(Attribute.nonce, challenge.nonce);
    this.#hasTriedCredential = true;
    if (challenge.algorithm === undefined) {
      writer.messageIntegrity(this.#crypto, challenge.key);
      return;
    }
    const chosen = challenge.entries.find((entry) => entry.algorithm === challenge.algorithm)!;
    writer.bytes(Attribute.passwordAlgorithms, challenge.offered);
    writer.bytes(Attribute.passwordAlgorithm, encodePasswordAlgorithms([chosen]));
    writer.messageIntegritySha256(this.#crypto, challenge.key);
  }

  /** Judges a response to a request this client prepared (RFC 8489 section 9.2.5). */
  handleResponse(view: StunMessageView): LongTermVerdict {
    const code =
      view.messageClass === MessageClass.errorResponse
        ? view.readErrorCode(view.find(Attribute.errorCode))
        : 0;
    if (code === ErrorCode.unauthenticated || code === ErrorCode.staleNonce)
      return this.#handleChallenge(view, code);
    if (hidesAlgorithms(view)) return 'discard';
    if (this.#challenge === undefined) return 'accept';
    const { key, algorithm } = this.#challenge;
    const isAuthentic =
      algorithm === undefined
        ? verifyMessageIntegrity(view, this.#crypto, key)
        : verifyMessageIntegritySha256(view, this.#crypto, key);
    if (!isAuthentic) return 'discard';
    this.#staleNonces = 0;
    return 'accept';
  }

  #handleChallenge(view: StunMessageView, code: number): LongTermVerdict {
    if (code === ErrorCode.unauthenticated && this.#hasTriedCredential) return 'reject';
    if (code === ErrorCode.staleNonce && ++this.#staleNonces > this.#maximumStaleNonces) return 'reject';
    if (hidesAlgorithms(view)) return 'reject';
    const challenge = this.#readChallenge(view);
    if (challenge === undefined) return 'reject';
    // A server that offered algorithms does not stop doing so: somebody on the path did.
    if (this.#challenge?.algorithm !== undefined && challenge.algorithm === undefined) return 'reject';
    this.#challenge = challenge;
    return 'retry';
  }

  #readChallenge(view: StunMessageView): Challenge | undefined {
    const realm = view.readText(view.find(Attribute.realm), MAX_TEXT_BYTES) ?? this.#challenge?.realm;
    const nonce = view.readText(view.find(Attribute.nonce), MAX_TEXT_BYTES);
    if (realm === undefined || nonce === undefined || nonce === '') return undefined;
    const index = view.find(Attribute.passwordAlgorithms);
    const entries = index < 0 ? [] : readPasswordAlgorithms(view, index);
    if (entries === undefined) return undefined;
    const algorithm = entries.find((entry) => this.#supported.includes(entry.algorithm))?.algorithm;
    if (index >= 0 && algorithm === undefined) return undefined;
    const credential = { username: this.#username, realm, password: this.#password };
    const derive = algorithm === PasswordAlgorithm.sha256 ? longTermKeySha256 : longTermKeyMd5;
    const key = derive(this.#crypto, credential);
    const hash = userhash(this.#crypto, this.#username, realm);
    if (key === undefined || hash === undefined) return undefined;
    const isAnonymous = ((readNonceCookie(nonce) ?? 0) & SecurityFeature.usernameAnonymity) !== 0;
    const offered = view.readBytes(index) ?? new Uint8Array(0);
    return { realm, nonce, key, algorithm, entries, offered, isAnonymous, userhash: hash };
  }
}

interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly key: Uint8Array;
  readonly algorithm: number | undefined;
  readonly entries: readonly { readonly algorithm: number; readonly parameters: Uint8Array }[];
  /** PASSWORD-ALGORITHMS exactly as offered: it is echoed. */
  readonly offered: Uint8Array;
  readonly isAnonymous: boolean;
  readonly userhash: Uint8Array;
}

/** REALM and NONCE have fewer than 128 characters, at most 763 bytes (RFC 8489 sections 14.9, 14.10). */
const MAX_TEXT_BYTES = 763;

/** Whether the nonce says that algorithms are offered while the list is gone: a bid-down (RFC 8489 section 9.2.5). */
function hidesAlgorithms(view: StunMessageView): boolean {
  const nonce = view.readText(view.find(Attribute.nonce), MAX_TEXT_BYTES);
  if (nonce === undefined) return false;
  const features = readNonceCookie(nonce) ?? 0;
  return (features & SecurityFeature.passwordAlgorithms) !== 0 && !view.has(Attribute.passwordAlgorithms);
}
