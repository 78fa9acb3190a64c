// npm run bench -- signaling: joins, relayed messages and idle connections, Madang and peerjs-server alternately on one core.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readBenchmarkOptions, writeJson } from './measure/command-line.js';
import { SERVER_CPU } from './measure/machine.js';
import { note } from './measure/progress.js';
import { runBenchmark } from './measure/run-benchmark.js';
import { median } from './measure/statistics.js';
import { waitForQuiet } from './measure/wait-for-quiet.js';
import { startMadangSignaling } from './signaling/madang.js';
import { measureSignaling } from './signaling/measure.js';
import type { SignalingFigures } from './signaling/measure.js';
import { startPeerJsSignaling } from './signaling/peerjs.js';
import type { SignalingUnderTest } from './signaling/relay-client.js';

const CONCURRENCY = 20;

await runBenchmark(
  async (machine) => {
    const options = readBenchmarkOptions();
    const shape = {
      rooms: options.selection === 'quick' ? 100 : 1000,
      concurrency: CONCURRENCY,
      seconds: options.seconds * 5,
    };
    const results: Record<SignalingUnderTest['name'], SignalingFigures[]> = {
      'peerjs-server': [],
      madang: [],
    };
    const rounds = options.rounds ?? 3;
    for (let round = 1; round <= rounds; round++) {
      // A server of its own for each round: memory that was used before tells nothing about connections.
      for (const start of [startPeerJsSignaling, startMadangSignaling]) {
        const server = await start(SERVER_CPU);
        try {
          await waitForQuiet();
          const figures = await measureSignaling(server, shape);
          results[server.name].push(figures);
          note(
            `round ${round} of ${rounds}, ${server.name}: ${JSON.stringify(figures, (_key, value: unknown) =>
              typeof value === 'number' ? Math.round(value * 100) / 100 : value,
            )}`,
          );
        } finally {
          await server.stop();
        }
      }
    }
    writeJson(options, { machine, shape, results });
    return table(results, shape.rooms);
  },
  () => `peerjs-server ${peerVersion()}`,
);

function table(results: Record<SignalingUnderTest['name'], SignalingFigures[]>, rooms: number): string {
  const rows: [what: string, read: (figures: SignalingFigures) => number, digits: number][] = [
    ['join, median, ms', (figures) => figures.joinP50Ms, 2],
    ['join, p99, ms', (figures) => figures.joinP99Ms, 2],
    ['messages relayed per second', (figures) => figures.relayedPerSecond, 0],
    ['server CPU per relayed message, us', (figures) => figures.cpuMicroseconds, 1],
    ['memory per idle connection, KiB', (figures) => figures.bytesPerConnection / 1024, 1],
  ];
  return [
    '| | peerjs-server | Madang | ratio |',
    '| --- | ---: | ---: | ---: |',
    ...rows.map(([what, read, digits]) => {
      const [theirs, ours] = [results['peerjs-server'].map(read), results.madang.map(read)];
      const ratio = (median(ours) / median(theirs)).toFixed(2);
      return `| ${what} | ${cell(theirs, digits)} | ${cell(ours, digits)} | ${ratio} |`;
    }),
    '',
    `${rooms} rooms of two, ${CONCURRENCY} joins under way at a time; then each of the ${2 * rooms} answers every candidate of the other ` +
      'with the next one. Median (lowest-highest) of the rounds. A join of Madang brings the room, TURN credentials and a ' +
      'resume token and is told to the others; each of its messages is numbered, kept until it is acknowledged, and ' +
      'answered. peerjs-server has no rooms and forwards.',
  ].join('\n');
}

function cell(values: readonly number[], digits: number): string {
  const show = (value: number): string => value.toFixed(digits);
  return `${show(median(values))} (${show(Math.min(...values))}-${show(Math.max(...values))})`;
}

function peerVersion(): string {
  const folder = path.dirname(path.dirname(createRequire(import.meta.url).resolve('peer')));
  return (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
