import type { HighestRate } from '../measure/highest-rate.js';
import { median } from '../measure/statistics.js';
import type { MeasuredServer } from '../servers/child-server.js';
import type { AllocationCost } from './allocation-cost.js';
import { FIXED_RATE } from './relay-rates.js';
import type { RelayRates } from './relay-rates.js';

/** The relay table in Markdown: medians with the range, packets per second, and the ratio of the medians. */
export function relayTable(results: readonly RelayRates[]): string {
  const lines = [
    '| allocations | direction | bytes | shape | coturn, k packets/s | Madang, k packets/s | ratio | coturn, us CPU | Madang, us CPU |',
    '| ---: | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const { row, rates, cpuMicroseconds } of results) {
    lines.push(
      `| ${row.allocations} | ${row.direction.replaceAll('-', ' ')} | ${row.payloadBytes} | ${row.shape} ` +
        `| ${rateCell(rates.coturn)} | ${rateCell(rates.madang)} | ${ratioCell(rates.coturn, rates.madang)} ` +
        `| ${median(cpuMicroseconds.coturn).toFixed(2)} | ${median(cpuMicroseconds.madang).toFixed(2)} |`,
    );
  }
  lines.push(
    '',
    `Highest rate at no more than 0.1 % loss, median of the rounds (lowest-highest). ≥: the generator could offer no more; ?: the machine was busy otherwise. ` +
      `CPU time per packet at ${FIXED_RATE / 1000} k packets/s.`,
  );
  return lines.join('\n');
}

/** The table of what allocations cost. */
export function allocationTable(costs: Record<MeasuredServer['name'], readonly AllocationCost[]>): string {
  const row = (title: string, of: (cost: AllocationCost) => number, digits: number): string => {
    const coturn = median(costs.coturn.map(of));
    const madang = median(costs.madang.map(of));
    return `| ${title} | ${coturn.toFixed(digits)} | ${madang.toFixed(digits)} | ${(madang / coturn).toFixed(2)} |`;
  };
  return [
    '| 10,000 allocations with a channel each | coturn | Madang | Madang / coturn |',
    '| --- | ---: | ---: | ---: |',
    row('allocations/s (two requests each)', (cost) => cost.allocationsPerSecond, 0),
    row('channels bound/s', (cost) => cost.channelsPerSecond, 0),
    row('allocations ended/s', (cost) => cost.releasesPerSecond, 0),
    row('resident memory before, MiB', (cost) => cost.idleBytes / 2 ** 20, 1),
    row('added by 10,000 allocations, MiB', (cost) => cost.addedBytes / 2 ** 20, 1),
  ].join('\n');
}

/** '242 (238-250)', with ≥ in front when the generator was the limit, ? when something else ran on its core. */
export function rateCell(rates: readonly HighestRate[]): string {
  if (rates.length === 0) return '-';
  const k = rates.map(({ rate }) => rate / 1000);
  const text = (value: number): string => value.toFixed(0);
  return `${prefix(rates)}${text(median(k))} (${text(Math.min(...k))}-${text(Math.max(...k))})`;
}

export function ratioCell(coturn: readonly HighestRate[], madang: readonly HighestRate[]): string {
  if (coturn.length === 0 || madang.length === 0) return '-';
  const of = (rates: readonly HighestRate[]): number => median(rates.map(({ rate }) => rate));
  return `${prefix(madang)}${(of(madang) / of(coturn)).toFixed(2)}`;
}

function prefix(rates: readonly HighestRate[]): string {
  if (rates.some(({ boundBy }) => boundBy === 'neighbours')) return '? ';
  return rates.some(({ boundBy }) => boundBy === 'generator') ? '≥ ' : '';
}
