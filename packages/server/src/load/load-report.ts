import type { LatencyHistogram } from './latency-histogram.js';
import type { LoadFigures } from './load-fleet.js';

/** What a run of the load generator has shown; times in milliseconds, rates in bit/s of payloads. */
export interface LoadSummary {
  readonly seconds: number;
  readonly joins: { readonly count: number; readonly p50Ms: number; readonly p99Ms: number };
  readonly sentPackets: number;
  readonly sentBps: number;
  readonly receivedPackets: number;
  readonly receivedBps: number;
  /** What the receivers would have if each had all that was sent to its room. */
  readonly expectedPackets: number;
  /** Of the packets the server sent, those that never came. */
  readonly missingPackets: number;
  readonly missingShare: number;
  readonly repairedPackets: number;
  readonly missedByServer: number;
  /** From a publisher to a receiver. */
  readonly latency: { readonly p50Ms: number; readonly p99Ms: number; readonly maximumMs: number };
  readonly failures: readonly string[];
}

/** Puts together what happened between two moments. */
export function summarizeLoad(run: {
  readonly before: LoadFigures;
  readonly after: LoadFigures;
  readonly seconds: number;
  readonly latency: LatencyHistogram;
  readonly joinMs: readonly number[];
  readonly failures: readonly string[];
}): LoadSummary {
  const { before, after, seconds, latency, joinMs, failures } = run;
  const since = (read: (figures: LoadFigures) => number): number => read(after) - read(before);
  const receivedPackets = since((figures) => figures.receivedPackets);
  // What was missing before and has come meanwhile makes up for nothing.
  const missingPackets = Math.max(
    0,
    since((figures) => figures.missingPackets),
  );
  const sorted = joinMs.toSorted((a, b) => a - b);
  return {
    seconds,
    joins: { count: joinMs.length, p50Ms: percentile(sorted, 50), p99Ms: percentile(sorted, 99) },
    sentPackets: since((figures) => figures.sentPackets),
    sentBps: (since((figures) => figures.sentBytes) * 8) / seconds,
    receivedPackets,
    receivedBps: (since((figures) => figures.receivedBytes) * 8) / seconds,
    expectedPackets: since((figures) => figures.expectedPackets),
    missingPackets,
    missingShare: missingPackets === 0 ? 0 : missingPackets / (receivedPackets + missingPackets),
    repairedPackets: since((figures) => figures.repairedPackets),
    missedByServer: since((figures) => figures.missedByServer),
    latency: {
      p50Ms: latency.percentileMicroseconds(50) / 1000,
      p99Ms: latency.percentileMicroseconds(99) / 1000,
      maximumMs: latency.maximumMicroseconds / 1000,
    },
    failures: [...failures],
  };
}

/** The line of one second of a run. */
export function formatProgress(second: number, summary: LoadSummary): string {
  const { joins, sentPackets, receivedPackets, receivedBps, missingPackets, latency } = summary;
  return (
    `${String(second).padStart(4)} s  ${joins.count} joined, ${whole(sentPackets)} packets sent, ${whole(receivedPackets)} received ` +
    `(${megabits(receivedBps)}), ${whole(missingPackets)} missing, latency ${milliseconds(latency.p50Ms)} ` +
    `(p99 ${milliseconds(latency.p99Ms)})`
  );
}

/** What a person reads at the end. */
export function formatSummary(summary: LoadSummary): string {
  const { joins, latency, failures } = summary;
  const share = summary.expectedPackets === 0 ? 0 : summary.receivedPackets / summary.expectedPackets;
  const lines = [
    `joins       ${joins.count}, ${milliseconds(joins.p50Ms)} (p99 ${milliseconds(joins.p99Ms)})`,
    `sent        ${whole(summary.sentPackets)} packets, ${megabits(summary.sentBps)}`,
    `received    ${whole(summary.receivedPackets)} packets, ${megabits(summary.receivedBps)}, ` +
      `${(share * 100).toFixed(1)} % of what was sent to the rooms`,
    `missing     ${whole(summary.missingPackets)} packets (${(summary.missingShare * 100).toFixed(3)} %), ` +
      `${whole(summary.repairedPackets)} came when asked for again`,
    `latency     ${milliseconds(latency.p50Ms)}, p99 ${milliseconds(latency.p99Ms)}, longest ${milliseconds(latency.maximumMs)}`,
    `failures    ${failures.length}`,
    ...failures.map((failure) => `  ${failure}`),
  ];
  return lines.join('\n');
}

/** The smallest value that `percent` of the sorted values do not exceed; 0 of nothing. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function megabits(bps: number): string {
  return `${(bps / 1e6).toFixed(1)} Mbit/s`;
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}
