// npm run bench -- sfu: CPU per forwarded packet, loss and latency, Madang and Janus VideoRoom alternately on one core.
import type { LoadShape } from '@madang/server/load/load-fleet';
import { isSelected, readBenchmarkOptions, writeJson } from './measure/command-line.js';
import { SERVER_CPU } from './measure/machine.js';
import { note } from './measure/progress.js';
import { runBenchmark } from './measure/run-benchmark.js';
import { waitForQuiet } from './measure/wait-for-quiet.js';
import { janusVersion } from './servers/janus.js';
import { measureSfu } from './sfu/measure.js';
import { startJanusRooms, startMadangRooms } from './sfu/servers.js';
import type { MediaServerUnderTest } from './sfu/servers.js';
import { sfuTable } from './sfu/tables.js';
import type { SfuRow } from './sfu/tables.js';

const MEDIA = {
  videoKbps: 880,
  packetsPerSecond: 100,
  encodings: 1,
  audio: 'off',
  spacing: 'frames',
} as const;
/** Of each measurement, at `--seconds 1`. */
const SECONDS = 5;

await runBenchmark(
  async (machine) => {
    const options = readBenchmarkOptions();
    const isQuick = options.selection === 'quick';
    const rounds = options.rounds ?? (isQuick ? 2 : 3);
    const rows: SfuRow[] = [];
    for (const subscribers of isQuick ? [5, 20, 50] : [5, 20, 50, 100, 200]) {
      rows.push({ name: `1 to ${subscribers}`, publishers: 1, subscribers, runs: { janus: [], madang: [] } });
    }
    for (const publishers of isQuick ? [3] : [3, 6, 10]) {
      const name = `${publishers} x ${publishers}`;
      rows.push({ name, publishers, subscribers: 0, runs: { janus: [], madang: [] } });
    }
    const selected = rows.filter(({ name }) => isSelected(name, options));
    for (const row of selected) {
      for (let round = 1; round <= rounds; round++) {
        for (const start of [startJanusRooms, startMadangRooms]) {
          await run(row, start, `${row.name}, round ${round} of ${rounds}`, options.seconds * SECONDS);
        }
      }
    }
    writeJson(options, { machine, media: MEDIA, rows: selected });
    return sfuTable(selected, MEDIA);
  },
  () => {
    const version = janusVersion();
    if (version === undefined) throw new Error('janus is not installed: apt-get install janus');
    return `Janus ${version}`;
  },
);

async function run(
  row: SfuRow,
  start: (cpu: number) => Promise<MediaServerUnderTest>,
  title: string,
  seconds: number,
): Promise<void> {
  const { publishers, subscribers } = row;
  const shape: LoadShape = { rooms: 1, publishers, subscribers, joinsPerSecond: 20, media: MEDIA };
  // A server of its own for each run: none inherits what another one has left in its memory.
  const server = await start(SERVER_CPU);
  try {
    await waitForQuiet();
    const figures = await measureSfu(server, shape, seconds);
    row.runs[server.name].push(figures);
    note(
      `${title}, ${server.name}: ${JSON.stringify(figures, (_key, value: unknown) =>
        typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value,
      )}`,
    );
  } catch (error) {
    // One run that fails is a gap in the table, and said; the others go on.
    note(`${title}, ${server.name}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await server.stop();
  }
}
