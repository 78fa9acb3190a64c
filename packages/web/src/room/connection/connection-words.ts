import type {
  ConnectionPath,
  ConnectionQuality,
  ConnectionStatistics,
  Topology,
  TrackStatistics,
} from '../../sdk.js';
import type { ConnectionTexts } from './connection-texts.js';

/** What statistics alone do not tell. */
export interface Circumstances {
  readonly topology: Topology;
  /** Only relays are used because this person wants it so. */
  readonly relayOnly: boolean;
}

/** How one is connected, in words: `direct, 12 ms`. */
export function connectionWords(
  statistics: ConnectionStatistics | undefined,
  text: ConnectionTexts,
  circumstances: Circumstances,
): string {
  if (statistics === undefined) return text.connecting;
  switch (statistics.state) {
    case 'new':
    case 'connecting':
      return text.connecting;
    case 'reconnecting':
      return text.reconnecting;
    case 'failed':
      return circumstances.topology === 'mesh' ? text.failed : text.serverFailed;
    case 'closed':
      return text.closed;
    case 'connected': {
      const { path, roundTripMs } = statistics;
      const way = pathWords(path, text, circumstances);
      return roundTripMs === undefined ? way : `${way}, ${text.milliseconds(Math.round(roundTripMs))}`;
    }
  }
}

/** What comes of somebody's picture: `640 × 360, 25 fps, 420 kbit/s, VP8`. Undefined while none comes. */
export function pictureWords(
  { width, height, framesPerSecond, bitrateBps, codec }: TrackStatistics,
  text: ConnectionTexts,
): string | undefined {
  if (width === undefined || height === undefined) return undefined;
  const words = [`${width} × ${height}`];
  if (framesPerSecond !== undefined) words.push(text.framesPerSecond(Math.round(framesPerSecond)));
  words.push(bitrateWords(bitrateBps, text));
  if (codec !== undefined) words.push(codec.replace(/^video\//u, ''));
  return words.join(', ');
}

/** The same of the picture that comes over a connection which stands. */
export function receivedPictureWords(
  statistics: ConnectionStatistics | undefined,
  text: ConnectionTexts,
): string | undefined {
  const seen = statistics?.received.find(({ kind, bitrateBps }) => kind === 'video' && bitrateBps > 0);
  return statistics?.state !== 'connected' || seen === undefined ? undefined : pictureWords(seen, text);
}

/** In the unit in which the number is short. */
function bitrateWords(bitrateBps: number, text: ConnectionTexts): string {
  if (bitrateBps >= 1e6) return text.mbps((bitrateBps / 1e6).toFixed(1));
  // Two digits: the last ones of a moving figure cannot be read.
  const kbps = bitrateBps / 1000;
  return text.kbps(kbps < 100 ? Math.round(kbps) : Math.round(kbps / 10) * 10);
}

function pathWords(
  path: ConnectionPath,
  text: ConnectionTexts,
  { topology, relayOnly }: Circumstances,
): string {
  switch (path.kind) {
    case 'direct':
      return path.protocol === 'tcp' ? text.directTcp : text.direct;
    case 'relayed':
      if (topology !== 'mesh') return serverRelayWords(path, text, relayOnly);
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

/** Before the media server too there may be a relay: always on this side. */
function serverRelayWords(path: ConnectionPath, text: ConnectionTexts, relayOnly: boolean): string {
  if (relayOnly) return text.serverRelayedByChoice;
  if (path.relayProtocol === 'tls') return text.serverRelayedTls;
  return path.relayProtocol === 'tcp' ? text.serverRelayedTcp : text.serverRelayed;
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
