import { readFileSync } from 'node:fs';

export type Recording = 'direct' | 'relay-udp' | 'relay-tcp' | 'relay-tls';

/** Two reports of one connection, a second apart. */
export interface ReportPair {
  readonly first: RTCStatsReport;
  readonly second: RTCStatsReport;
}

/**
 * What Chromium 156 reported of a one-way call (camera 640x360 and microphone, `mid` 0 and 1) of two connections, directly
 * or through two allocations on this project's TURN server. A line of a file is a report, without what is never read.
 */
export function recorded(name: Recording): { readonly sender: ReportPair; readonly receiver: ReportPair } {
  const text = readFileSync(new URL(`../../src/stats/recorded/${name}.jsonl`, import.meta.url), 'utf8');
  const [first, second, third, fourth] = text.trim().split('\n').map(reportOf);
  return {
    sender: { first: first!, second: second! },
    receiver: { first: third!, second: fourth! },
  };
}

/** A report like the given one, but with other values in some statistics of a type. */
export function changed(
  report: RTCStatsReport,
  type: string,
  change: (stat: Record<string, unknown>) => Record<string, unknown>,
): RTCStatsReport {
  const stats = [...report.values()] as ({ id: string; type: string } & Record<string, unknown>)[];
  return asReport(
    stats.map((stat) => (stat.type === type ? { ...stat, ...change(stat), id: stat.id } : stat)),
  );
}

function reportOf(line: string): RTCStatsReport {
  return asReport(JSON.parse(line) as { id: string }[]);
}

function asReport(stats: readonly { id: string }[]): RTCStatsReport {
  return new Map(stats.map((stat) => [stat.id, stat]));
}
