import type { MediaShape } from '@madang/server/load/media-shape';
import { median } from '../measure/statistics.js';
import type { SfuFigures } from './measure.js';
import { fitStraightLine } from './straight-line.js';

/** One shape of a room, and what each server showed in each round. */
export interface SfuRow {
  readonly name: string;
  readonly publishers: number;
  readonly subscribers: number;
  readonly runs: Readonly<Record<'janus' | 'madang', SfuFigures[]>>;
}

export function sfuTable(rows: readonly SfuRow[], media: MediaShape): string {
  const lines = [
    '| room | packets forwarded/s | Janus, us CPU | Madang, us CPU | ratio | delivered, % | missing, % | Janus, latency ms | Madang, latency ms |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const { name, runs } of rows) {
    const { janus, madang } = runs;
    const cpu = ({ cpuMicroseconds }: SfuFigures): number => cpuMicroseconds;
    const ratio = (median(madang.map(cpu)) / median(janus.map(cpu))).toFixed(2);
    const both = (read: (figures: SfuFigures) => number, digits: number): string =>
      [janus, madang].map((figures) => (100 * median(figures.map(read))).toFixed(digits)).join(' / ');
    const busy = [...janus, ...madang].some(({ generatorShare }) => generatorShare > BUSY) ? ' (g)' : '';
    lines.push(
      `| ${name}${busy} | ${whole(median(madang.map((one) => one.forwardedPerSecond)))} ` +
        `| ${range(janus.map(cpu))} | ${range(madang.map(cpu))} | ${ratio} ` +
        `| ${both((one) => one.deliveredShare, 1)} | ${both((one) => one.missingShare, 3)} ` +
        `| ${latency(janus)} | ${latency(madang)} |`,
    );
  }
  lines.push('', `${straightLine(rows, 'janus')} ${straightLine(rows, 'madang')}`);
  lines.push(
    '',
    `Every publisher sends ${media.packetsPerSecond} packets/s of VP8, ${media.videoKbps} kbit/s, 25 pictures a second, each one's packets at once; in n x n rooms ` +
      'everybody sends and gets all others. CPU time of the server process, all threads, per packet a receiver got; median ' +
      '(lowest-highest). Delivered and missing: Janus / Madang. Latency: from the sender to the decrypted packet, median of ' +
      'the medians, and of the 99th percentiles. (g): the core of the generator was nearly full.',
  );
  return lines.join('\n');
}

/** Whether the CPU a server takes grows with its receivers as a straight line does. */
function straightLine(rows: readonly SfuRow[], name: 'janus' | 'madang'): string {
  const points = rows
    .filter(({ publishers, runs }) => publishers === 1 && runs[name].length > 0)
    .map(({ subscribers, runs }) => [subscribers, median(runs[name].map((one) => one.serverShare))] as const);
  const title = name === 'janus' ? 'Janus' : 'Madang';
  if (points.length < 3) return `${title}: too few rows for a straight line.`;
  const { intercept, slope, determination } = fitStraightLine(points);
  return (
    `${title}: ${(100 * intercept).toFixed(2)} % of a core and ${(100 * slope).toFixed(3)} % for each receiver of one publisher ` +
    `(R² ${determination.toFixed(3)}).`
  );
}

function range(values: readonly number[]): string {
  if (values.length === 0) return '-';
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(2)} (${lowest.toFixed(2)}-${highest.toFixed(2)})`;
}

function latency(figures: readonly SfuFigures[]): string {
  const of = (read: (one: SfuFigures) => number): string => median(figures.map(read)).toFixed(2);
  return `${of((one) => one.p50Ms)} / ${of((one) => one.p99Ms)}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

const BUSY = 0.85;
