import { errors, jwtVerify, SignJWT } from 'jose';
import type { WallClockSeconds } from '@madang/core/time/instant';
import { object, list, optional, required, text } from '@madang/wire/json-shape';
import { WireLimit } from '@madang/wire/limits';
import type { Role } from '@madang/wire/room-state';
import { personName, role, roomName } from '@madang/wire/state-shapes';

/** What an access token grants: to enter one room. */
export interface AccessGrant {
  readonly room: string;
  /** Who it is for. An invitation has none: who uses it says a name. */
  readonly name?: string;
  readonly role: Role;
  /** Requests the holder may send at most; every one its role allows when not given. */
  readonly permissions?: readonly string[];
}

export type AccessResult =
  | { readonly ok: true; readonly grant: AccessGrant; readonly expiresAt: WallClockSeconds }
  | { readonly ok: false; readonly code: 'unauthorized' | 'tokenExpired' };

/** Mints an access token: a JWT (RFC 7519) signed with HS256, good for `ttlSeconds`. */
export function mintAccessToken(
  grant: AccessGrant,
  options: { secret: string; ttlSeconds: number },
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ...grant })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
    .setAudience(AUDIENCE)
    .setIssuedAt(now)
    .setExpirationTime(now + options.ttlSeconds)
    .sign(keyOf(options.secret));
}

/**
 * Checks a token. The algorithm is ours, whatever the token's header says (RFC 8725 section 3.1); audience and expiry
 * have to be there.
 */
export async function verifyAccessToken(token: string, secret: string): Promise<AccessResult> {
  try {
    const { payload } = await jwtVerify(token, keyOf(secret), {
      algorithms: [ALGORITHM],
      audience: AUDIENCE,
      requiredClaims: ['exp'],
      clockTolerance: 5,
    });
    const grant = readGrant(payload);
    if (grant === undefined) return { ok: false, code: 'unauthorized' };
    return { ok: true, grant, expiresAt: Math.floor(payload.exp!) as WallClockSeconds };
  } catch (error) {
    return { ok: false, code: error instanceof errors.JWTExpired ? 'tokenExpired' : 'unauthorized' };
  }
}

const readGrant = object<AccessGrant>({
  room: required(roomName),
  name: optional(personName),
  role: required(role),
  permissions: optional(list(text(1, WireLimit.identifier), 64)),
});

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}

const ALGORITHM = 'HS256';
const AUDIENCE = 'madang';
