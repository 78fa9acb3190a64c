import { signal } from '@preact/signals';
import { lookAtDoor } from './door.js';
import { readTokenClaims } from './token-claims.js';

/** Tokens that may be given to others, by room. Rooms of open servers need none. */
const invitations = signal<ReadonlyMap<string, string>>(new Map());

/** Rooms that need an invitation, of which this person has none to give. */
const closedRooms = signal<ReadonlySet<string>>(new Set());

/** Whether a link to the room lets others in; without a token of their own only hosts can invite to some rooms. */
export function mayInvite(room: string): boolean {
  return !closedRooms.value.has(room);
}

/** The token that the link to a room has to carry for others to come in, if any is known. */
export function invitationTokenFor(room: string): string | undefined {
  return invitations.value.get(room);
}

/**
 * Finds out what the holder of an access token can give to others: a host gets an invitation from the server, and a
 * token without a name is one itself. A token with a name stays with whom it names: others then need none, or one that
 * this person cannot give.
 */
export async function prepareInvitation(room: string, accessToken: string): Promise<void> {
  const { name, role } = readTokenClaims(accessToken);
  if (role === 'host') remember(room, await askForInvitation(accessToken));
  else if (name === undefined) remember(room, accessToken);
  else if ((await lookAtDoor(room, undefined))?.mayEnter === false) {
    closedRooms.value = new Set(closedRooms.value).add(room);
  }
}

function remember(room: string, token: string | undefined): void {
  if (token !== undefined) invitations.value = new Map(invitations.value).set(room, token);
}

async function askForInvitation(accessToken: string): Promise<string | undefined> {
  try {
    const response = await fetch('/api/invitations', {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}` },
    });
    const answer: unknown = response.ok ? await response.json() : undefined;
    const token = (answer as { readonly token?: unknown } | undefined)?.token;
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined; // Without the server there is no call to invite to either.
  }
}
