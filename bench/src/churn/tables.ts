import type { ProcessMemory } from './process-memory.js';
import { slopeOf } from './slope.js';

/** What all processes of a server held at one time, when nobody was there. */
export interface ChurnSample {
  readonly minutes: number;
  /** Since the beginning. */
  readonly joins: number;
  readonly failures: number;
  /** The control process, then the workers. */
  readonly processes: readonly ProcessMemory[];
}

/** One row for each process and kind of memory. `samples` are those after the warm-up. */
export function churnTable(samples: readonly ChurnSample[]): string {
  const minutes = samples.map((sample) => sample.minutes);
  const joins = samples.map((sample) => sample.joins / 1000);
  const rows: string[] = [
    '| process | | at first | at last | per minute | per 1,000 joins |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (let process = 0; process < samples[0]!.processes.length; process++) {
    const name = process === 0 ? 'control' : `worker ${process - 1}`;
    for (const { title, key, unit, divisor } of KINDS) {
      const values = samples.map((sample) => sample.processes[process]![key] / divisor);
      const cells = [
        ...[values[0]!, values.at(-1)!].map((value) => `${number(value)} ${unit}`.trim()),
        ...[minutes, joins].map((xs) => {
          const { perUnit, uncertainty } = slopeOf(xs, values);
          return `${number(perUnit)} ± ${number(uncertainty)} ${unit}`.trim();
        }),
      ];
      rows.push(`| ${name} | ${title} | ${cells.join(' | ')} |`);
    }
  }
  return rows.join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 });
}

const KINDS = [
  { title: 'resident', key: 'residentBytes', unit: 'KiB', divisor: 1024 },
  { title: 'live heap', key: 'heapBytes', unit: 'KiB', divisor: 1024 },
  { title: 'array buffers', key: 'arrayBufferBytes', unit: 'KiB', divisor: 1024 },
  { title: 'native (malloc)', key: 'nativeBytes', unit: 'KiB', divisor: 1024 },
  { title: 'SSL objects', key: 'sslObjects', unit: '', divisor: 1 },
  { title: 'descriptors', key: 'descriptors', unit: '', divisor: 1 },
] as const;
