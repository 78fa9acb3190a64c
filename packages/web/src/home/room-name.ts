import { roomName } from '@madang/wire/state-shapes';

/** The name as the server takes it, or nothing when it takes no such name. */
export function cleanRoomName(text: string): string | undefined {
  const name = roomName(text);
  // As a part of a path these two mean other places.
  return name === '.' || name === '..' ? undefined : name;
}

/** What somebody pasted or typed to get in: a link of this app, or the name of a room. */
export function readInvitation(text: string, origin: string): Invitation {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'nothing' };
  const url = asUrl(trimmed);
  if (url) {
    const path = /^\/r\/([^/]+)\/?$/.exec(url.pathname);
    const room = path?.[1] === undefined ? undefined : cleanRoomName(decoded(path[1]));
    if (room === undefined) return { kind: 'noRoom' };
    if (url.origin !== origin) return { kind: 'elsewhere', url };
    return { kind: 'room', path: url.pathname + url.search + url.hash };
  }
  const room = /^https?:\/\//i.test(trimmed) ? undefined : cleanRoomName(trimmed);
  return room === undefined ? { kind: 'noRoom' } : { kind: 'room', path: `/r/${encodeURIComponent(room)}` };
}

export type Invitation =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'room'; readonly path: string }
  /** A room of another server. */
  | { readonly kind: 'elsewhere'; readonly url: URL }
  | { readonly kind: 'noRoom' };

function asUrl(text: string): URL | undefined {
  if (!/^https?:\/\//i.test(text)) {
    // Links lose their beginning when they are copied by hand: calls.example/r/tea
    return /^[\w.-]+(:\d+)?\/r\/[^/\s]+/.test(text) ? asUrl(`https://${text}`) : undefined;
  }
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
