import type { EndReason } from '@madang/wire/error-codes';
import { NetworkError } from '../api/errors.js';
import { refusedError } from './refusal.js';
import type { RequestBody } from './request-body.js';

/** Why a session is over, as an error; none where it was wanted. */
export function errorOf(reason: EndReason | 'lost', cause: Error | undefined): Error | undefined {
  switch (reason) {
    case 'left':
      return undefined;
    case 'denied':
    case 'removed':
      return refusedError('The session has ended', reason);
    case 'replaced':
      return new NetworkError('replaced', 'The session goes on in another connection. Use that one.');
    case 'lost':
      return cause;
  }
}

/** The application has given up joining. */
export function aborted(): NetworkError {
  return new NetworkError('aborted', 'Joining was given up by the application.');
}

/** The session ended before a request was answered. */
export function notConnected(type: RequestBody['type']): NetworkError {
  const reason = 'the session with the server ended before it was answered. Look at the room and ask again.';
  return new NetworkError('notConnected', `'${type}' was not carried out: ${reason}`);
}

/** The server did not answer, or the connection was closed with that code. */
export function unreachable(url: string, cause: number | 'silence'): NetworkError {
  if (cause === 'silence') {
    const reason = `The server at ${url} did not answer in time. Look at the network and try again.`;
    return new NetworkError('timeout', reason);
  }
  const hint = "Look whether it runs, and whether its allowedOrigins hold this page's origin.";
  const reason = `The server at ${url} cannot be reached: the connection was closed (${cause}). ${hint}`;
  return new NetworkError('serverUnreachable', reason);
}
