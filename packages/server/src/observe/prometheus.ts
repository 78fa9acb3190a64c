import { DROP_REASONS } from '@madang/core/path/drop-reason';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** What the program has counted, all workers together, those that ended included. Totals only grow. */
export interface Figures {
  /** Allocations now. */
  readonly allocations: number;
  readonly allocationsCreated: number;
  readonly packetsToPeers: number;
  readonly bytesToPeers: number;
  readonly packetsToClients: number;
  readonly bytesToClients: number;
  readonly bindingAnswers: number;
  /** By index of DROP_REASONS. */
  readonly drops: readonly number[];
  /** By errno name. */
  readonly sendErrors: Readonly<Record<string, number>>;
  /** By name of the limit. */
  readonly limitsHit: Readonly<Record<string, number>>;
  readonly workerRestarts: number;
  readonly mediaTransports: number;
  /** By what the packets were. */
  readonly mediaPackets: Readonly<Record<string, number>>;
  readonly mediaBytes: Readonly<Record<string, number>>;
  /** By reason. */
  readonly mediaDrops: Readonly<Record<string, number>>;
  /** Signaling now; without it there are no series of it. */
  readonly signaling?: SignalingFigures;
}

/** What signaling holds at the moment. */
export interface SignalingFigures {
  /** Open sockets. */
  readonly sessions: number;
  readonly rooms: number;
  /** In all rooms and lobbies, those whose socket is lost among them. */
  readonly participants: number;
}

/** The metrics of one program in the text format of Prometheus. */
export interface Metrics {
  readonly contentType: string;
  /** Reads the figures and writes all metrics. */
  text(): Promise<string>;
}

/** `read` is asked once for each text, so that all series are of one moment. */
export function createMetrics(read: () => Figures): Metrics {
  let figures = read();
  const register = new Registry();
  // Process and event loop: CPU, memory, descriptors, lag, garbage collection.
  collectDefaultMetrics({ register });
  const add = <L extends string>(name: string, help: string, labels: readonly L[], values: Values<L>) =>
    new Counter({
      name,
      help,
      labelNames: labels,
      registers: [register],
      collect() {
        // The totals are kept elsewhere: this counter only shows them.
        this.reset();
        for (const [label, value] of values(figures)) this.inc(label as Record<L, string>, value);
      },
    });

  const show = (name: string, help: string, value: (figures: Figures) => number): void => {
    new Gauge({
      name,
      help,
      registers: [register],
      collect() {
        this.set(value(figures));
      },
    });
  };

  show('madang_turn_allocations', 'TURN allocations now', (now) => now.allocations);
  show('madang_media_transports', 'Connections with the media server now', (now) => now.mediaTransports);
  for (const [key, help] of SIGNALING_GAUGES) {
    if (figures.signaling === undefined) break;
    show(`madang_signaling_${key}`, help, (now) => now.signaling?.[key] ?? 0);
  }
  add('madang_turn_allocations_created_total', 'TURN allocations created', [], ({ allocationsCreated }) => [
    [{}, allocationsCreated],
  ]);
  add('madang_relay_packets_total', 'Datagrams relayed', ['direction'], (now) => [
    [{ direction: 'to_peer' }, now.packetsToPeers],
    [{ direction: 'to_client' }, now.packetsToClients],
  ]);
  add('madang_relay_bytes_total', 'Payload bytes relayed', ['direction'], (now) => [
    [{ direction: 'to_peer' }, now.bytesToPeers],
    [{ direction: 'to_client' }, now.bytesToClients],
  ]);
  add('madang_drops_total', 'Messages dropped without an answer', ['reason'], ({ drops }) =>
    DROP_REASONS.map((reason, index) => [{ reason }, drops[index] ?? 0]),
  );
  add('madang_stun_binding_answers_total', 'STUN Binding requests answered', [], ({ bindingAnswers }) => [
    [{}, bindingAnswers],
  ]);
  add('madang_limits_hit_total', 'Requests refused because of a limit', ['limit'], ({ limitsHit }) =>
    Object.entries(limitsHit).map(([limit, count]) => [{ limit }, count]),
  );
  add('madang_send_errors_total', 'Datagrams the system refused to send', ['errno'], ({ sendErrors }) =>
    Object.entries(sendErrors).map(([errno, count]) => [{ errno }, count]),
  );
  for (const [name, help, label, key] of MEDIA_TOTALS) {
    add(name, help, [label], (now) =>
      Object.entries(now[key]).map(([word, count]) => [{ [label]: word }, count]),
    );
  }
  add('madang_worker_restarts_total', 'Worker processes replaced', [], ({ workerRestarts }) => [
    [{}, workerRestarts],
  ]);
  return {
    contentType: register.contentType,
    text() {
      figures = read();
      return register.metrics();
    },
  };
}

/** Labels and value of every series of a family. */
type Values<L extends string> = (
  figures: Figures,
) => readonly (readonly [Partial<Record<L, string>>, number])[];

const MEDIA_TOTALS = [
  ['madang_media_packets_total', 'Packets of the media server', 'kind', 'mediaPackets'],
  ['madang_media_bytes_total', 'Bytes of RTP packets of the media server', 'kind', 'mediaBytes'],
  ['madang_media_drops_total', 'Packets the media server dropped', 'reason', 'mediaDrops'],
] as const;

const SIGNALING_GAUGES = [
  ['sessions', 'Signaling connections now'],
  ['rooms', 'Rooms now'],
  ['participants', 'Participants now, in rooms and lobbies'],
] as const;
