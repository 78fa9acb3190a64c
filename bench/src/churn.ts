// npm run bench -- churn [--minutes 20] [--rooms-per-second 3] [--workers 2] [--json FILE]: people come and go through the
// media server, and what its processes hold when nobody is there is sampled once a minute. A slope is a leak.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MadangSignaling } from '@madang/server/load/madang-signaling';
import { askProbes, processesOf } from './churn/process-memory.js';
import { churnTable } from './churn/tables.js';
import type { ChurnSample } from './churn/tables.js';
import { Visitors } from './churn/visitors.js';
import { SERVER_CPU } from './measure/machine.js';
import { note } from './measure/progress.js';
import { runBenchmark } from './measure/run-benchmark.js';
import { startMadang } from './servers/madang.js';
import { createScratchFolder } from './servers/scratch-folder.js';
import { RELAY_PORTS } from './servers/server-options.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    'rooms-per-second': { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});

/** Seconds of a cycle: rooms come in its first part, silent leavers only so early that they have been given up at its end. */
const CYCLE = { comingSeconds: 36, silentSeconds: 12, seconds: 60 };
/** Of the early rooms, one in so many leaves without a word. */
const SILENT_ONE_IN = 3;
/** Cycles that fill caches, pools and code first. */
const WARM_UP_CYCLES = 5;

await runBenchmark(
  async (machine) => {
    const samples = await measure(atLeast('minutes', WARM_UP_CYCLES + 2));
    const judged = samples.slice(WARM_UP_CYCLES);
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ machine, samples }, undefined, 2)}\n`);
    const { joins, failures } = samples.at(-1)!;
    const happened = `${samples.length} minutes, ${joins.toLocaleString('en')} joins, ${failures} failures`;
    return `${happened}; after ${WARM_UP_CYCLES} minutes of warm-up:\n\n${churnTable(judged)}`;
  },
  () => 'no other program',
);

async function measure(minutes: number): Promise<ChurnSample[]> {
  const folder = createScratchFolder('churn');
  process.env['CHURN_FOLDER'] = folder.path;
  const probe = new URL('churn/memory-probe.js', import.meta.url).href;
  const server = await startMadang({
    cpu: SERVER_CPU,
    relayPorts: RELAY_PORTS.madang,
    nodeOptions: ['--expose-gc', '--import', probe],
    more: {
      workers: atLeast('workers', 0),
      'turn-port': 0,
      'media-port': 0,
      'connections-per-address': 0,
      'connections-per-second': 0,
      'new-rooms-per-minute': 0,
      'overload-lag-ms': 0,
    },
  });
  const visitors = new Visitors({
    signaling: new MadangSignaling({ url: `http://127.0.0.1:${server.httpPort}` }),
  });
  try {
    const pids = processesOf(server.pid);
    const samples: ChurnSample[] = [];
    const startedAt = performance.now();
    for (let cycle = 0; cycle < minutes; cycle++) {
      await comeAndGo(visitors, startedAt + cycle * CYCLE.seconds * 1000);
      const processes = await askProbes(pids, folder.path);
      const sample = {
        minutes: (performance.now() - startedAt) / 60_000,
        joins: visitors.joins,
        failures: visitors.failures,
        processes,
      };
      samples.push(sample);
      note(JSON.stringify(sample));
    }
    return samples;
  } finally {
    await visitors.stop();
    await server.stop();
    folder.remove();
  }
}

async function comeAndGo(visitors: Visitors, beginAt: number): Promise<void> {
  const intervalMs = 1000 / atLeast('rooms-per-second', 0.1);
  const visits: Promise<void>[] = [];
  for (let dueInMs = 0; dueInMs < CYCLE.comingSeconds * 1000; dueInMs += intervalMs) {
    await until(beginAt + dueInMs);
    const isSilent = dueInMs < CYCLE.silentSeconds * 1000 && visits.length % SILENT_ONE_IN === 0;
    visits.push(visitors.visit(isSilent ? 'silence' : 'goodbye'));
  }
  await Promise.all(visits);
  await until(beginAt + CYCLE.seconds * 1000);
}

async function until(moment: number): Promise<void> {
  const milliseconds = moment - performance.now();
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function atLeast(name: 'minutes' | 'rooms-per-second' | 'workers', least: number): number {
  const value = Number(values[name]);
  if (value >= least) return value;
  throw new Error(`--${name} '${values[name]}': a number of ${least} or more is needed`);
}
