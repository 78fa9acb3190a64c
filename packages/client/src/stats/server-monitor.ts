import type { MediaSection } from '@madang/wire/media-server';
import type { ConnectionPath, ConnectionState, ConnectionStatistics } from '../api/connection.js';
import { measure } from './connection-statistics.js';
import type { Measurement, RawSample } from './connection-statistics.js';
import { NO_PATH } from './path.js';
import { rate, SteadyQuality } from './quality.js';

/** The two connections with the media server, and whom they lead to. */
export interface MonitoredServer {
  readonly up: RTCPeerConnection | undefined;
  readonly down: RTCPeerConnection | undefined;
  readonly state: ConnectionState;
  readonly participantIds: Iterable<string>;
  /** What comes down, by `mid`. */
  readonly sections: ReadonlyMap<string, MediaSection>;
}

/** One report of each connection, and what belongs to it. */
export interface ServerSample {
  readonly up: RTCStatsReport | undefined;
  readonly down: RTCStatsReport | undefined;
  /** Which track goes up in an m-section. */
  readonly sentTrackOf: (mid: string) => string | undefined;
  readonly sections: ReadonlyMap<string, MediaSection>;
  readonly state: ConnectionState;
  readonly participantIds: Iterable<string>;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly atMs: number;
}

/**
 * Follows the connections with the media server from report to report, and says what they are for each participant: all
 * share path and round trip, each has its own received tracks. Pure: no clock, no browser.
 */
export class ServerMonitor {
  readonly #qualities = new Map<string, SteadyQuality>();
  #up: RawSample | undefined;
  #down: RawSample | undefined;

  take(sample: ServerSample): ReadonlyMap<string, ConnectionStatistics> {
    const { state, sections, atMs } = sample;
    const up = sample.up && measure(this.#up, sample.up, (mid) => sample.sentTrackOf(mid), atMs);
    // Two participants may have given their tracks the same name: told apart by the m-section.
    const down = sample.down && measure(this.#down, sample.down, (mid) => mid, atMs);
    this.#up = up?.raw;
    this.#down = down?.raw;
    const participantIds = new Set(sample.participantIds);
    for (const id of this.#qualities.keys()) if (!participantIds.has(id)) this.#qualities.delete(id);
    const isUp = state === 'connected' || state === 'reconnecting';
    const main = (down ?? up)?.measurement;
    const shared = {
      state,
      path: isUp && main !== undefined ? toServer(main.path) : NO_PATH,
      roundTripMs: main?.roundTripMs,
      availableOutgoingBitrateBps: up?.measurement.availableOutgoingBitrateBps,
      sentBitrateBps: up?.measurement.sentBitrateBps ?? 0,
      sent: up?.measurement.sent ?? [],
      at: atMs,
    };
    const statistics = new Map<string, ConnectionStatistics>();
    for (const id of participantIds) {
      const { received, frozenFraction } = receivedFrom(id, down?.measurement, sections);
      const receivedBitrateBps = received.reduce((sum, { bitrateBps }) => sum + bitrateBps, 0);
      const steady = this.#qualities.get(id) ?? new SteadyQuality();
      this.#qualities.set(id, steady);
      const quality = steady.take(rate({ ...shared, received, frozenFraction }), atMs);
      statistics.set(id, { ...shared, received, receivedBitrateBps, quality });
    }
    return statistics;
  }
}

function receivedFrom(
  participantId: string,
  measurement: Measurement | undefined,
  sections: ReadonlyMap<string, MediaSection>,
): { readonly received: ConnectionStatistics['received']; readonly frozenFraction: number } {
  const received: ConnectionStatistics['received'][number][] = [];
  let frozenFraction = 0;
  for (const [index, track] of (measurement?.received ?? []).entries()) {
    const section = sections.get(track.trackId);
    if (section?.participantId !== participantId) continue;
    received.push({ ...track, trackId: section.trackId });
    frozenFraction = Math.max(frozenFraction, measurement?.frozenFractions[index] ?? 0);
  }
  return { received, frozenFraction };
}

/** The other end of such a path is the server; a relay before it still is one. */
function toServer(path: ConnectionPath): ConnectionPath {
  return path.kind === 'direct' ? { ...path, kind: 'server' } : path;
}
