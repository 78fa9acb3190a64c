import { signal } from '@preact/signals';
import { cleanRoomName } from './home/room-name.js';
import { invitationTokenFor } from './join/invitation.js';

/** What an address of the app asks for. */
export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'room'; readonly room: string; readonly entry: EntryWishes }
  | { readonly page: 'unknown' };

/** How one wants to enter, from the query of `/r/ROOM`. */
export interface EntryWishes {
  /** Without the screen that asks. */
  readonly joinAtOnce: boolean;
  readonly name: string | undefined;
  readonly camera: boolean | undefined;
  readonly microphone: boolean | undefined;
  readonly viewer: boolean;
  readonly topology: 'mesh' | 'sfu' | 'mcu' | undefined;
}

/** Reads an address. Names of rooms that no server takes are unknown. */
export function readRoute(url: URL): Route {
  if (url.pathname === '/' || url.pathname === '/index.html') return { page: 'home' };
  const match = /^\/r\/([^/]+)\/?$/.exec(url.pathname);
  const room = match?.[1] === undefined ? undefined : cleanRoomName(decoded(match[1]));
  if (room === undefined) return { page: 'unknown' };
  return { page: 'room', room, entry: readEntryWishes(url.searchParams) };
}

/** The address of a room within this server. */
export function roomPath(room: string): string {
  return `/r/${encodeURIComponent(room)}`;
}

/** The address of a room to give to others, with what lets them in where the server asks for a token. */
export function roomLink(room: string): string {
  const link = new URL(roomPath(room), location.origin);
  const token = invitationTokenFor(room);
  if (token !== undefined) link.hash = `token=${token}`;
  return link.href;
}

/** Takes the access token out of `#token=…`; what stays is the address without it. */
export function takeToken(url: URL): { readonly token: string | undefined; readonly rest: URL } {
  const fragment = new URLSearchParams(url.hash.slice(1));
  const token = fragment.get('token') ?? undefined;
  if (token === undefined) return { token: undefined, rest: url };
  fragment.delete('token');
  const rest = new URL(url);
  rest.hash = fragment.toString();
  return { token: token.trim() === '' ? undefined : token.trim(), rest };
}

function readEntryWishes(query: URLSearchParams): EntryWishes {
  const topology = query.get('topology');
  const name = query.get('name')?.trim().slice(0, 64);
  return {
    joinAtOnce: flag(query, 'join') ?? false,
    name: name === '' ? undefined : name,
    camera: flag(query, 'camera'),
    microphone: flag(query, 'microphone'),
    viewer: query.get('role') === 'viewer',
    topology: topology === 'mesh' || topology === 'sfu' || topology === 'mcu' ? topology : undefined,
  };
}

/** `?x`, `?x=1` and `?x=true` are yes, `?x=0` and `?x=false` no. */
function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : value !== '0' && value !== 'false';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where the app is now. */
export const route = signal<Route>({ page: 'home' });

/** Follows the address bar; to be called once. */
export function followLocation(): void {
  const read = () => {
    route.value = readRoute(new URL(location.href));
  };
  addEventListener('popstate', read);
  read();
}

/** Goes to another address of the app. */
export function navigate(path: string): void {
  history.pushState(null, '', path);
  route.value = readRoute(new URL(location.href));
  scrollTo(0, 0);
}
