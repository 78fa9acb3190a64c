import type { ConnectionState, ConnectionStatistics } from '../api/connection.js';
import { ConnectionMonitor } from './connection-monitor.js';
import { trackIdsByMid } from './msid.js';

const INTERVAL_MS = 1000;

/** A connection to a participant, as the mesh knows it. */
export interface MonitoredLink {
  readonly participantId: string;
  readonly state: ConnectionState;
  readonly peerConnection: RTCPeerConnection;
}

interface Watched {
  readonly peerConnection: RTCPeerConnection;
  readonly monitor: ConnectionMonitor;
  isAsked: boolean;
}

/** Asks every connection for its statistics each second, until `stop`. */
export class StatisticsPoller {
  readonly #links: () => Iterable<MonitoredLink>;
  readonly #onStatistics: (participantId: string, statistics: ConnectionStatistics) => void;
  readonly #watched = new Map<string, Watched>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    links: () => Iterable<MonitoredLink>,
    onStatistics: (participantId: string, statistics: ConnectionStatistics) => void,
  ) {
    this.#links = links;
    this.#onStatistics = onStatistics;
    this.#timer = setInterval(() => {
      this.#poll();
    }, INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#watched.clear();
  }

  #poll(): void {
    const links = [...this.#links()];
    const present = new Set(links.map(({ participantId }) => participantId));
    for (const participantId of this.#watched.keys()) {
      if (!present.has(participantId)) this.#watched.delete(participantId);
    }
    for (const link of links) void this.#look(link);
  }

  async #look({ participantId, state, peerConnection }: MonitoredLink): Promise<void> {
    const watched = this.#watch(participantId, peerConnection);
    // A browser that is busy answers late; asking it again meanwhile makes it busier.
    if (watched.isAsked) return;
    watched.isAsked = true;
    const { monitor } = watched;
    const report = await peerConnection.getStats().catch(() => undefined);
    watched.isAsked = false;
    // Meanwhile the participant may have gone, its connection been replaced, or the room been left.
    if (report === undefined || this.#watched.get(participantId)?.monitor !== monitor) return;
    const sent = trackIdsByMid(peerConnection.currentLocalDescription?.sdp);
    const received = trackIdsByMid(peerConnection.currentRemoteDescription?.sdp);
    const statistics = monitor.take(
      report,
      (mid, direction) => (direction === 'sent' ? sent : received).get(mid),
      state,
      Date.now(),
    );
    this.#onStatistics(participantId, statistics);
  }

  /** A rebuilt connection counts from zero, so it gets a monitor of its own. */
  #watch(participantId: string, peerConnection: RTCPeerConnection): Watched {
    const known = this.#watched.get(participantId);
    if (known?.peerConnection === peerConnection) return known;
    const watched = { peerConnection, monitor: new ConnectionMonitor(), isAsked: false };
    this.#watched.set(participantId, watched);
    return watched;
  }
}
