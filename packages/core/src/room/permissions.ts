import type { RequestType } from '@madang/wire/client-messages';
import type { Role } from '@madang/wire/room-state';

/** A role, or the lobby. */
export type Standing = Role | 'waiting';

/**
 * Who may send which request (threat G8: one table, everything else is refused). `setTopology` and the like are
 * requests of hosts; what concerns only the sender is open to all who are in the room; the lobby can only leave
 * and renew its token.
 */
export const PERMITTED: Readonly<Record<RequestType, readonly Standing[]>> = {
  leave: ['host', 'member', 'viewer', 'waiting'],
  offer: ['host', 'member', 'viewer'],
  answer: ['host', 'member', 'viewer'],
  candidate: ['host', 'member', 'viewer'],
  receive: ['host', 'member', 'viewer'],
  publish: ['host', 'member'],
  unpublish: ['host', 'member'],
  chat: ['host', 'member', 'viewer'],
  raiseHand: ['host', 'member', 'viewer'],
  refreshIceServers: ['host', 'member', 'viewer'],
  renewToken: ['host', 'member', 'viewer', 'waiting'],
  requestMute: ['host'],
  remove: ['host'],
  setRole: ['host'],
  lock: ['host'],
  setLobby: ['host'],
  admit: ['host'],
  deny: ['host'],
  setTopology: ['host'],
};

/**
 * Whether a participant may send a request: its standing must allow it, and so must `permissions`, the list its
 * access token may carry. A token can take rights away, never give more than the role has; everybody may leave,
 * and renew the token that says so.
 */
export function mayRequest(
  standing: Standing,
  action: RequestType,
  permissions: readonly string[] | undefined,
): boolean {
  if (!Object.hasOwn(PERMITTED, action) || !PERMITTED[action].includes(standing)) return false;
  return (
    action === 'leave' || action === 'renewToken' || permissions === undefined || permissions.includes(action)
  );
}
