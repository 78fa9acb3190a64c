/** Figures of one TURN engine at one moment: totals since its start, except `allocations` and `connections`. */
export interface EngineSnapshot {
  readonly allocations: number;
  readonly connections: number;
  readonly relaySockets: number;
  readonly allocationsCreated: number;
  readonly packetsToPeers: number;
  readonly bytesToPeers: number;
  readonly packetsToClients: number;
  readonly bytesToClients: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly bindingAnswers: number;
  /** By index of DROP_REASONS. */
  readonly drops: readonly number[];
  readonly sendErrors: Readonly<Record<string, number>>;
  readonly limitsHit: Readonly<Record<string, number>>;
  /** Transports of the media server now. */
  readonly mediaTransports: number;
  /** Packets of the media server by what they were: received, forwarded, retransmitted ... */
  readonly mediaPackets: Readonly<Record<string, number>>;
  readonly mediaBytes: Readonly<Record<string, number>>;
  /** Packets the media server dropped, by reason. */
  readonly mediaDrops: Readonly<Record<string, number>>;
}

/** The part of a snapshot that is the media engine's. */
export type MediaSnapshot = Pick<
  EngineSnapshot,
  'mediaTransports' | 'mediaPackets' | 'mediaBytes' | 'mediaDrops'
>;

/** Of a process without a media engine. */
export const NO_MEDIA: MediaSnapshot = {
  mediaTransports: 0,
  mediaPackets: {},
  mediaBytes: {},
  mediaDrops: {},
};

/** The sum of a dead engine's totals; what existed only while it lived is zero. */
export function addSnapshots(past: EngineSnapshot | undefined, ended: EngineSnapshot): EngineSnapshot {
  const gone = { ...ended, allocations: 0, connections: 0, relaySockets: 0, mediaTransports: 0 };
  return past === undefined ? gone : sumSnapshots([past, gone]);
}

/** Adds up the figures of several engines. */
export function sumSnapshots(snapshots: readonly EngineSnapshot[]): EngineSnapshot {
  const total: Record<string, unknown> = { ...EMPTY };
  for (const snapshot of snapshots) {
    for (const [key, value] of Object.entries(snapshot) as [keyof EngineSnapshot, unknown][]) {
      total[key] = addValues(total[key], value);
    }
  }
  return total as unknown as EngineSnapshot;
}

const EMPTY: EngineSnapshot = {
  allocations: 0,
  connections: 0,
  relaySockets: 0,
  allocationsCreated: 0,
  packetsToPeers: 0,
  bytesToPeers: 0,
  packetsToClients: 0,
  bytesToClients: 0,
  receivedPackets: 0,
  receivedBytes: 0,
  sentPackets: 0,
  sentBytes: 0,
  bindingAnswers: 0,
  drops: [],
  sendErrors: {},
  limitsHit: {},
  ...NO_MEDIA,
};

function addValues(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (Array.isArray(a) && Array.isArray(b)) {
    return Array.from(
      { length: Math.max(a.length, b.length) },
      (_, i) => ((a[i] as number | undefined) ?? 0) + ((b[i] as number | undefined) ?? 0),
    );
  }
  const sum: Record<string, number> = { ...(a as Record<string, number>) };
  for (const [key, value] of Object.entries(b as Record<string, number>)) sum[key] = (sum[key] ?? 0) + value;
  return sum;
}
