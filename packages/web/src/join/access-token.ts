import { takeToken } from '../route.js';

const PREFIX = 'madang.token.';

/**
 * The access token for a room: from `#token=…` of the address, from which it is taken out so that nobody reads it over
 * a shoulder or in the history, or what this tab was given before (a reload keeps it).
 */
export function accessTokenFor(room: string): string | undefined {
  const { token, rest } = takeToken(new URL(location.href));
  if (token !== undefined) {
    history.replaceState(history.state, '', rest);
    try {
      sessionStorage.setItem(PREFIX + room, token);
    } catch {
      // Without storage it lasts until the page is loaded anew.
    }
    return token;
  }
  try {
    return sessionStorage.getItem(PREFIX + room) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Forgets a token that the server does not take. */
export function forgetAccessToken(room: string): void {
  try {
    sessionStorage.removeItem(PREFIX + room);
  } catch {
    // Then there is none.
  }
}

/** What a token says of its holder, to be shown only: nobody has looked at its signature here. */
export function readTokenClaims(token: string): { readonly name?: string; readonly viewer: boolean } {
  try {
    const payload = token.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const { name, role } = (claims ?? {}) as { readonly name?: unknown; readonly role?: unknown };
    const viewer = role === 'viewer';
    return typeof name === 'string' && name.length <= 64 ? { name, viewer } : { viewer };
  } catch {
    return { viewer: false };
  }
}
