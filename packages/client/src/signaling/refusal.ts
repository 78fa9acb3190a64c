import type { ErrorCode } from '@madang/wire/error-codes';
import { RefusedError } from '../api/errors.js';

/** The error for a refusal: what was refused (the beginning of its sentence), why, and what to do. */
export function refusedError(what: string, code: ErrorCode | 'denied' | 'removed'): RefusedError {
  return new RefusedError(code, `${what} (${code}): ${REASONS[code]}`);
}

const REASONS: Readonly<Record<ErrorCode | 'denied' | 'removed', string>> = {
  malformed:
    'it could not be read. Names have 1 to 64 characters, chat 4000; see docs/signaling-protocol.md.',
  tooLarge: 'it is over 64 KiB, or 128 KiB with SDP. Send less.',
  unknownType: 'this server does not know it. Update the server or do without.',
  versionUnsupported: 'server and SDK speak different versions. Reload the page or update.',
  notJoined: 'the room was not entered yet. Wait for connect().',
  alreadyJoined: 'this connection is in a room already. Use another one.',
  unauthorized: 'there is no access token, or it is not for this server or this room. Ask for another link.',
  tokenExpired: 'the access token has ended. Ask for another link.',
  forbidden: 'the role or the token does not allow it. Ask a host.',
  nameRequired: 'there is neither a name nor an access token. Give one of them to connect().',
  roomFull: 'the room is full. Try again later.',
  roomLocked: 'a host has locked the room. Ask somebody inside.',
  serverFull: 'the server has as many rooms as it takes. Try again later.',
  rateLimited: 'too many came too fast. Wait: a second for a message, a minute for a new room.',
  notFound: 'there is no such participant or track in the room (any more). Look at the room again.',
  limitReached: 'there are no more tracks for one participant. Unpublish one.',
  topologyUnavailable: 'this server does not serve that topology. Choose another one.',
  resumeRefused: 'the session is over. Connect again.',
  serverStopping: 'the server is being stopped. Try again in some seconds.',
  denied: 'no host let this client in. Ask a host, then try again.',
  removed: 'a host has removed this client.',
};
