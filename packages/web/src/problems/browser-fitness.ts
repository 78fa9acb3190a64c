import type { ProblemCode } from './problem.js';

/** What of this browser keeps one from calling; nothing when all is there. */
export function browserProblem(): Extract<ProblemCode, 'unsupportedBrowser' | 'insecureContext'> | undefined {
  const canConnect =
    typeof RTCPeerConnection === 'function' &&
    'restartIce' in RTCPeerConnection.prototype &&
    typeof WebSocket === 'function';
  if (!canConnect) return 'unsupportedBrowser';
  return isSecureContext && navigator.mediaDevices ? undefined : 'insecureContext';
}
