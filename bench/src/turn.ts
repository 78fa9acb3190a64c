// npm run bench -- turn: Madang and coturn alternately, each on one core, the generator on the other.
import { openFrameSocket } from '@madang/testkit/turn-load/frame-socket';
import { isSelected, readBenchmarkOptions, writeJson } from './measure/command-line.js';
import type { BenchmarkOptions } from './measure/command-line.js';
import { SERVER_CPU } from './measure/machine.js';
import { note } from './measure/progress.js';
import { runBenchmark } from './measure/run-benchmark.js';
import type { MeasuredServer } from './servers/child-server.js';
import { startCoturn } from './servers/coturn.js';
import { startMadang } from './servers/madang.js';
import { RELAY_PORTS } from './servers/server-options.js';
import { measureAllocationCost } from './turn/allocation-cost.js';
import type { AllocationCost } from './turn/allocation-cost.js';
import { measureRow } from './turn/relay-rates.js';
import type { RelayRates } from './turn/relay-rates.js';
import { relayRows, rowName } from './turn/rows.js';
import { allocationTable, relayTable } from './turn/tables.js';

const start = {
  coturn: () => startCoturn({ cpu: SERVER_CPU, relayPorts: RELAY_PORTS.coturn }),
  madang: () => startMadang({ cpu: SERVER_CPU, relayPorts: RELAY_PORTS.madang }),
};

await runBenchmark(async (machine) => {
  const options = readBenchmarkOptions();
  const relaying = await measureRelaying(options);
  const allocating = await measureAllocating(options);
  writeJson(options, { machine, relaying, allocating });
  const tables = relaying.length > 0 ? [relayTable(relaying)] : [];
  if (allocating.coturn.length > 0) tables.push(allocationTable(allocating));
  return tables.join('\n\n');
});

async function measureRelaying(options: BenchmarkOptions): Promise<RelayRates[]> {
  const rows = relayRows(options.selection).filter((row) => isSelected(rowName(row), options));
  const results: RelayRates[] = [];
  if (rows.length === 0) return results;
  const servers: MeasuredServer[] = [];
  const frames = openFrameSocket();
  if (frames === undefined) note('no packet socket (not root?): the generator is slower for shape single');
  try {
    servers.push(await start.coturn());
    servers.push(await start.madang());
    for (const row of rows) {
      const rounds = options.rounds ?? (row.importance === 'headline' ? 3 : 2);
      results.push(await measureRow(row, servers, { rounds, seconds: options.seconds, frames }));
    }
  } finally {
    frames?.close();
    for (const server of servers) await server.stop();
  }
  return results;
}

/** Row 'allocations': fresh servers, one at a time. */
async function measureAllocating(
  options: BenchmarkOptions,
): Promise<Record<MeasuredServer['name'], AllocationCost[]>> {
  const costs: Record<MeasuredServer['name'], AllocationCost[]> = { coturn: [], madang: [] };
  if (options.selection === 'quick' || !isSelected('allocations', options)) return costs;
  for (let round = 0; round < (options.rounds ?? 3); round++) {
    for (const name of ['coturn', 'madang'] as const) {
      costs[name].push(await measureAllocationCost(start[name]));
    }
  }
  return costs;
}
