import { MadangError, type DisconnectReason } from '../sdk.js';

/** What keeps somebody out of a room, or ended a call. */
export const PROBLEMS = [
  'roomFull',
  'roomLocked',
  'serverFull',
  'serverStopping',
  'unauthorized',
  'tokenExpired',
  'forbidden',
  'nameRequired',
  'rateLimited',
  'denied',
  'removed',
  'replaced',
  'lost',
  'serverUnreachable',
  'timeout',
  'versionUnsupported',
  'insecureContext',
  'unsupportedBrowser',
  'unknownPage',
  'unexpected',
] as const;

export type ProblemCode = (typeof PROBLEMS)[number];

export interface Problem {
  readonly code: ProblemCode;
  /** For developers, one click away: code and text of what was beneath. */
  readonly detail: string | undefined;
}

/** Codes that mean the same to a person as another one. */
const SAME_AS: Readonly<Record<string, ProblemCode>> = {
  notConnected: 'lost',
  resumeRefused: 'lost',
  topologyUnavailable: 'unexpected',
};

/** What an error of the SDK means to a person; nothing when the person gave up on purpose. */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof MadangError)) return { code: 'unexpected', detail: String(error) };
  if (error.code === 'aborted') return undefined;
  const code = PROBLEMS.find((known) => known === error.code) ?? SAME_AS[error.code] ?? 'unexpected';
  return { code, detail: `${error.code}: ${error.message}` };
}

/** What the end of a call means, when it was not one's own wish. */
export function problemOfEnd(reason: DisconnectReason): Problem | undefined {
  return reason === 'left' ? undefined : { code: reason, detail: undefined };
}

/** What the one button of a problem does. */
export type ProblemAction =
  /** The same once more. */
  | 'retry'
  /** Loads the app anew. */
  | 'reload'
  | 'home'
  /** Goes on without camera and microphone. */
  | 'watch'
  | 'copyLink';

export const ACTIONS: Readonly<Record<ProblemCode, ProblemAction>> = {
  roomFull: 'retry',
  roomLocked: 'retry',
  serverFull: 'retry',
  serverStopping: 'retry',
  unauthorized: 'home',
  tokenExpired: 'home',
  forbidden: 'home',
  nameRequired: 'retry',
  rateLimited: 'retry',
  denied: 'home',
  removed: 'home',
  replaced: 'retry',
  lost: 'retry',
  serverUnreachable: 'retry',
  timeout: 'retry',
  versionUnsupported: 'reload',
  insecureContext: 'watch',
  unsupportedBrowser: 'copyLink',
  unknownPage: 'home',
  unexpected: 'retry',
};

/** Whether a look at the connection can tell more. A server that does not answer has no page to do so either. */
export function isAboutNetwork(code: ProblemCode): boolean {
  return code === 'lost' || code === 'timeout';
}
