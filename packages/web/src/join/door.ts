/** What the server says at the door of a room. */
export type Door =
  | { readonly mayEnter: false; readonly code: 'unauthorized' | 'tokenExpired' }
  | {
      readonly mayEnter: true;
      /** How many are inside. */
      readonly count: number;
      readonly locked: boolean;
      /** One waits until a host says yes. */
      readonly lobby: boolean;
      /** Who is inside, where one may know; the first ones if there are many. */
      readonly names: readonly string[];
    };

/** Asks whether one may enter a room and who is inside; nothing when the server does not say. */
export async function lookAtDoor(room: string, accessToken: string | undefined): Promise<Door | undefined> {
  try {
    const response = await fetch(`/api/rooms/${encodeURIComponent(room)}`, {
      headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
    });
    return response.ok ? readDoor(await response.json()) : undefined;
  } catch {
    return undefined; // Whoever goes in will be told why they cannot.
  }
}

/** Reads an answer; nothing when it is none. */
export function readDoor(answer: unknown): Door | undefined {
  const { mayEnter, code, count, locked, lobby, names } = (answer ?? {}) as Record<string, unknown>;
  if (mayEnter === false) return { mayEnter, code: code === 'tokenExpired' ? code : 'unauthorized' };
  if (mayEnter !== true || typeof count !== 'number') return undefined;
  const known = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  return { mayEnter, count, locked: locked === true, lobby: lobby === true, names: known };
}
