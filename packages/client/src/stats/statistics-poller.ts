import type { ConnectionState, ConnectionStatistics } from '../api/connection.js';
import { ConnectionMonitor } from './connection-monitor.js';
import { trackIdsByMid } from './msid.js';
import { ServerMonitor } from './server-monitor.js';
import type { MonitoredServer } from './server-monitor.js';

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

type OnStatistics = (participantId: string, statistics: ConnectionStatistics) => void;

/** Asks every connection for its statistics each second, until `stop`. */
export class StatisticsPoller {
  readonly #links: () => Iterable<MonitoredLink>;
  readonly #server: () => MonitoredServer | undefined;
  readonly #onStatistics: OnStatistics;
  readonly #watched = new Map<string, Watched>();
  #serverMonitor: ServerMonitor | undefined;
  #isServerAsked = false;
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param server the connections with the media server, where that carries the media */
  constructor(
    links: () => Iterable<MonitoredLink>,
    onStatistics: OnStatistics,
    server: () => MonitoredServer | undefined = () => undefined,
  ) {
    this.#links = links;
    this.#server = server;
    this.#onStatistics = onStatistics;
    this.#timer = setInterval(() => {
      this.#poll();
    }, INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#watched.clear();
    this.#serverMonitor = undefined;
  }

  #poll(): void {
    void this.#lookAtServer();
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

  /** One report of each of the two connections tells of everybody. */
  async #lookAtServer(): Promise<void> {
    const server = this.#server();
    if (server === undefined) this.#serverMonitor = undefined;
    if (server === undefined || this.#isServerAsked) return;
    const monitor = (this.#serverMonitor ??= new ServerMonitor());
    this.#isServerAsked = true;
    const [up, down] = await Promise.all([reportOf(server.up), reportOf(server.down)]);
    this.#isServerAsked = false;
    if (this.#serverMonitor !== monitor) return;
    const sent = trackIdsByMid(server.up?.currentLocalDescription?.sdp);
    const { sections, state, participantIds } = server;
    const sentTrackOf = (mid: string): string | undefined => sent.get(mid);
    const atMs = Date.now();
    const told = monitor.take({ up, down, sentTrackOf, sections, state, participantIds, atMs });
    for (const [participantId, statistics] of told) this.#onStatistics(participantId, statistics);
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

function reportOf(connection: RTCPeerConnection | undefined): Promise<RTCStatsReport | undefined> {
  return connection?.getStats().catch(() => undefined) ?? Promise.resolve(undefined);
}
