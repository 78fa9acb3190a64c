/** Stable codes of `error` and `ended`. The text beside a code is for developers and may change. */
export const ERROR_CODES = [
  'malformed',
  'tooLarge',
  'unknownType',
  'versionUnsupported',
  'notJoined',
  'alreadyJoined',
  'unauthorized',
  'tokenExpired',
  'forbidden',
  'nameRequired',
  'roomFull',
  'roomLocked',
  'serverFull',
  'rateLimited',
  'notFound',
  'limitReached',
  'topologyUnavailable',
  'resumeRefused',
  'serverStopping',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Why a session is over for good: a client that gets one of these does not resume. */
export const END_REASONS = ['left', 'removed', 'denied', 'replaced'] as const;

export type EndReason = (typeof END_REASONS)[number];

/** Close codes of the WebSocket (RFC 6455 section 7.4.2) and what they mean here. */
export const CloseCode = {
  /** The participant left, was removed or denied. */
  ended: 1000,
  /** The server stops: resume after a moment. */
  goingAway: 1001,
  /** Too many malformed messages or too many messages. */
  policy: 1008,
  /** A message was larger than any may be. */
  tooBig: 1009,
  /** Refused at `join` or `resume`, or the access token has ended; the `error` before it says why. */
  refused: 4401,
  /** Nothing valid came in time. */
  joinTimeout: 4408,
  /** Another socket resumed this session. */
  replaced: 4409,
} as const;
