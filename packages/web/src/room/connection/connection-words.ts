import type { ConnectionPath, ConnectionQuality, ConnectionStatistics } from '../../sdk.js';
import type { ConnectionTexts } from './connection-texts.js';

/** How one is connected, in words: `direct, 12 ms`. */
export function connectionWords(
  statistics: ConnectionStatistics | undefined,
  text: ConnectionTexts,
  relayOnly: boolean,
): string {
  if (statistics === undefined) return text.connecting;
  switch (statistics.state) {
    case 'new':
    case 'connecting':
      return text.connecting;
    case 'reconnecting':
      return text.reconnecting;
    case 'failed':
      return text.failed;
    case 'closed':
      return text.closed;
    case 'connected': {
      const { path, roundTripMs } = statistics;
      const way = pathWords(path, text, relayOnly);
      return roundTripMs === undefined ? way : `${way}, ${text.milliseconds(Math.round(roundTripMs))}`;
    }
  }
}

function pathWords(path: ConnectionPath, text: ConnectionTexts, relayOnly: boolean): string {
  switch (path.kind) {
    case 'direct':
      return path.protocol === 'tcp' ? text.directTcp : text.direct;
    case 'relayed':
      if (path.localCandidateType !== 'relay') return text.relayedThere;
      if (relayOnly) return text.relayedByChoice;
      if (path.relayProtocol === 'tls') return text.relayedTls;
      return path.relayProtocol === 'tcp' ? text.relayedTcp : text.relayed;
    case 'server':
      return text.server;
    case 'none':
      return text.measuring;
  }
}

/** How many of three bars a badge shows. */
export function qualityBars(statistics: ConnectionStatistics | undefined): 0 | 1 | 2 | 3 {
  switch (shownQuality(statistics)) {
    case 'excellent':
      return 3;
    case 'good':
      return 2;
    case 'poor':
      return 1;
    case 'lost':
    case 'unknown':
      return 0;
  }
}

/** The quality to show: that of a connection which does not stand is `lost`, whatever was measured last. */
export function shownQuality(statistics: ConnectionStatistics | undefined): ConnectionQuality {
  if (statistics === undefined) return 'unknown';
  const { state, quality } = statistics;
  if (state === 'reconnecting' || state === 'failed' || state === 'closed') return 'lost';
  return state === 'connected' ? quality : 'unknown';
}
