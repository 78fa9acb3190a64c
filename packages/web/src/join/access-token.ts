import { takeToken } from '../route.js';
import { prepareInvitation } from './invitation.js';

const PREFIX = 'madang.token.';

/** Whether the address carries a token that nobody has taken yet. */
export function newTokenInAddress(): boolean {
  return takeToken(new URL(location.href)).token !== undefined;
}

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
  }
  const known = token ?? keptToken(room);
  if (known !== undefined) void prepareInvitation(room, known);
  return known;
}

/** Forgets a token that the server does not take. */
export function forgetAccessToken(room: string): void {
  try {
    sessionStorage.removeItem(PREFIX + room);
  } catch {
    // Then there is none.
  }
}

function keptToken(room: string): string | undefined {
  try {
    return sessionStorage.getItem(PREFIX + room) ?? undefined;
  } catch {
    return undefined;
  }
}
