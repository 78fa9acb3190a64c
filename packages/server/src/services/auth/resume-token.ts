import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { AccessTerm, ResumeClaims } from '@madang/core/room/room-contract';
import type { WallClockSeconds } from '@madang/core/time/instant';
import { boolean, integer, list, object, optional, required, text, word } from '@madang/wire/json-shape';
import type { Read } from '@madang/wire/json-shape';
import { WireLimit } from '@madang/wire/limits';
import { identifier, personName, role, roomName, topology } from '@madang/wire/state-shapes';

/** How long a resume token can be used. Sessions get a new one long before. */
export const RESUME_TOKEN_SECONDS = 120;

/**
 * Signs and checks resume tokens: `base64url(claims) '.' base64url(HMAC-SHA256)`. Synchronous, unlike JWTs of Web
 * Crypto: tokens are made in the middle of a room's work. The key is derived from the secret of the access tokens, so
 * that neither kind can pass for the other.
 */
export class ResumeTokens {
  readonly #key: KeyObject;
  readonly #wallClock: () => number;

  /** `wallClock`: seconds since 1970. */
  constructor(options: { secret: string; wallClock: () => number }) {
    const key = hkdfSync('sha256', options.secret, '', 'madang resume token', 32);
    this.#key = createSecretKey(Buffer.from(key));
    this.#wallClock = options.wallClock;
  }

  sign(claims: ResumeClaims): string {
    const expiresAt = this.#wallClock() + RESUME_TOKEN_SECONDS;
    const body = Buffer.from(JSON.stringify({ ...claims, expiresAt })).toString('base64url');
    return `${body}.${this.#mac(body).toString('base64url')}`;
  }

  /** The claims of a token that is ours and has not ended. */
  verify(token: string): ResumeClaims | undefined {
    const [body, mac, ...rest] = token.split('.');
    if (body === undefined || mac === undefined || rest.length > 0) return undefined;
    const given = Buffer.from(mac, 'base64url');
    const expected = this.#mac(body);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims = readClaims(JSON.parse(Buffer.from(body, 'base64url').toString()));
    if (claims === undefined || claims.expiresAt <= this.#wallClock()) return undefined;
    const { expiresAt: _, ...resume } = claims;
    return resume;
  }

  #mac(body: string): Buffer {
    return createHmac('sha256', this.#key).update(body).digest();
  }
}

const readClaims = object<ResumeClaims & { readonly expiresAt: number }>({
  room: required(roomName),
  participantId: required(identifier),
  name: required(personName),
  role: required(role),
  place: required(word(['room', 'lobby'])),
  permissions: optional(list(text(1, WireLimit.identifier), 64)),
  access: optional(
    object<AccessTerm>({
      role: required(role),
      expiresAt: required(integer(0) as Read<WallClockSeconds>),
    }),
  ),
  epoch: required(identifier),
  generation: required(integer(0)),
  locked: required(boolean),
  lobby: required(boolean),
  topology: required(topology),
  settingsVersion: required(integer(0)),
  expiresAt: required(integer(0)),
});
