import { encodeBase64 } from '../bytes/base64.js';
import { encodeUtf8 } from '../bytes/utf8.js';
import type { Crypto } from '../env/crypto.js';
import { longTermKeyMd5, longTermKeySha256, userhash } from '../stun/integrity.js';
import { PasswordAlgorithm } from '../stun/password-algorithms.js';
import type { WallClockSeconds } from '../time/instant.js';

/** A name and the key it proved to know. */
export interface Credential {
  readonly username: string;
  /** Whose it is: the part behind `expiry:`, or the whole name of a fixed user. */
  readonly identity: string;
  readonly kind: 'timeLimited' | 'fixed';
  /** When it may no longer be used for something new; Infinity for fixed users. */
  readonly expiresAt: number;
  /** A PASSWORD-ALGORITHM number. */
  readonly algorithm: number;
  readonly key: Uint8Array;
}

export interface FixedUser {
  readonly name: string;
  readonly password: string;
}

/**
 * Who may use the TURN server. Time-limited names, `expiry:identity` with password base64(HMAC-SHA1(secret, name))
 * (the "REST API for access to TURN services" convention), need no state: any process that knows the secret can mint
 * and check them. Several secrets are accepted, so that the secret can be changed while credentials are in use.
 * Fixed users are for tools.
 *
 * USERHASH (RFC 8489 section 9.2) hides the name, and a name that is not stored cannot be found by its hash: fixed
 * users are found, time-limited ones are not. That is why the nonce cookie does not ask for USERHASH by default.
 */
export class Credentials {
  readonly realm: string;
  readonly #crypto: Crypto;
  readonly #secrets: readonly Uint8Array[];
  readonly #maximumTtlSeconds: number;
  readonly #fixed = new Map<string, string>();
  readonly #byUserhash = new Map<string, string>();

  /** `secrets`: newest first. `maximumTtlSeconds`: names that expire later than this from now are refused. */
  constructor(options: {
    crypto: Crypto;
    realm: string;
    secrets: readonly string[];
    fixedUsers?: readonly FixedUser[];
    maximumTtlSeconds?: number;
  }) {
    this.realm = options.realm;
    this.#crypto = options.crypto;
    this.#secrets = options.secrets.map(encodeUtf8);
    this.#maximumTtlSeconds = options.maximumTtlSeconds ?? 86_400;
    for (const user of options.fixedUsers ?? []) {
      this.#fixed.set(user.name, user.password);
      const hash = userhash(options.crypto, user.name, options.realm);
      if (hash !== undefined) this.#byUserhash.set(encodeBase64(hash, 0, hash.length), user.name);
    }
  }

  /** The name behind a 32-byte USERHASH, if it is a fixed user's. */
  usernameOfHash(hash: Uint8Array): string | undefined {
    return this.#byUserhash.get(encodeBase64(hash, 0, hash.length));
  }

  /**
   * The credentials `username` may have: one per secret, none when the name is unknown, malformed, expired or too
   * far from expiring. The caller tries each key.
   */
  candidates(username: string, algorithm: number, now: WallClockSeconds): Credential[] {
    const fixedPassword = this.#fixed.get(username);
    if (fixedPassword !== undefined) {
      const identity: CredentialName = { username, identity: username, kind: 'fixed', expiresAt: Infinity };
      return this.#withKey(identity, algorithm, fixedPassword);
    }
    const parsed = parseTimeLimitedName(username);
    if (parsed === undefined) return [];
    if (parsed.expiresAt <= now || parsed.expiresAt > now + this.#maximumTtlSeconds + CLOCK_SKEW_SECONDS)
      return [];
    return this.#secrets.flatMap((secret) =>
      this.#withKey(parsed, algorithm, timeLimitedPassword(this.#crypto, secret, username)),
    );
  }

  #withKey(name: CredentialName, algorithm: number, password: string): Credential[] {
    const derive = algorithm === PasswordAlgorithm.sha256 ? longTermKeySha256 : longTermKeyMd5;
    const key = derive(this.#crypto, { username: name.username, realm: this.realm, password });
    return key === undefined ? [] : [{ ...name, algorithm, key }];
  }
}

/**
 * Mints what a TURN client needs: username `expiresAt:identity` and its password under `secret`. The identity may
 * contain any text without control characters.
 */
export function mintTimeLimitedCredential(options: {
  crypto: Crypto;
  secret: string;
  identity: string;
  expiresAt: WallClockSeconds;
}): { username: string; password: string } {
  const username = `${Math.floor(options.expiresAt)}:${options.identity}`;
  return { username, password: timeLimitedPassword(options.crypto, encodeUtf8(options.secret), username) };
}

type CredentialName = Omit<Credential, 'algorithm' | 'key'>;

function parseTimeLimitedName(username: string): CredentialName | undefined {
  const match = /^([0-9]{1,12}):(.+)$/su.exec(username);
  if (match === null) return undefined;
  return { username, identity: match[2]!, kind: 'timeLimited', expiresAt: Number(match[1]) };
}

function timeLimitedPassword(crypto: Crypto, secret: Uint8Array, username: string): string {
  const data = encodeUtf8(username);
  crypto.hmacSha1(secret, data, 0, data.length, digest, 0);
  return encodeBase64(digest, 0, 20);
}

/** Clocks of the minting and the checking machine may differ by this much. */
const CLOCK_SKEW_SECONDS = 60;

/** In a slab of its own: small typed arrays move, and native code may write here. */
const digest = new Uint8Array(4096);
