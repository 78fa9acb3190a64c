/** The address under which others find the room. */
export function roomLink(roomName: string, origin: string = location.origin): string {
  return `${origin}/r/${encodeURIComponent(roomName)}`;
}
