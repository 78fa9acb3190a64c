import { parseArgs } from 'node:util';
import { LoadFleet } from '../load/load-fleet.js';
import type { LoadShape } from '../load/load-fleet.js';
import { formatProgress, formatSummary, summarizeLoad } from '../load/load-report.js';
import type { LoadSummary } from '../load/load-report.js';
import { MadangSignaling } from '../load/madang-signaling.js';
import { help } from './help.js';
import { EXIT_CONFIGURATION } from './load-config.js';

/**
 * `madang load`: lets people who do not exist join rooms of a running server, send and receive, and says what came of it.
 * 0: all went well, 1: something failed, 2: the options are wrong.
 */
export async function load(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) return help();
  const options = readOptions(args);
  if (typeof options === 'string') {
    process.stderr.write(`Configuration error: ${options}\n`);
    return EXIT_CONFIGURATION;
  }
  let fleet: LoadFleet;
  try {
    fleet = new LoadFleet({ signaling: new MadangSignaling(options), shape: options.shape });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
  const summary = await run(fleet, options);
  process.stdout.write(`${options.format === 'json' ? JSON.stringify(summary) : formatSummary(summary)}\n`);
  return summary.failures.length > 0 ? 1 : 0;
}

async function run(fleet: LoadFleet, { seconds }: OwnOptions): Promise<LoadSummary> {
  try {
    await fleet.join();
    if (fleet.failures.length === 0) await fleet.untilHeard(LONGEST_SILENCE_SECONDS);
    if (fleet.failures.length === 0) await fleet.speedUp(SPEED_UP_SECONDS);
    const before = fleet.figures();
    const startedAt = performance.now();
    fleet.latency.reset();
    const { latency, joinMs, failures } = fleet;
    let last = before;
    for (let second = 1; second <= seconds && failures.length === 0; second++) {
      await new Promise((resolve) => setTimeout(resolve, startedAt + second * 1000 - performance.now()));
      const after = fleet.figures();
      const figures = summarizeLoad({ before: last, after, seconds: 1, latency, joinMs, failures });
      process.stderr.write(`${formatProgress(second, figures)}\n`);
      last = after;
    }
    const elapsed = (performance.now() - startedAt) / 1000;
    await fleet.fallSilent();
    const after = fleet.figures();
    return summarizeLoad({ before, after, seconds: elapsed, latency, joinMs, failures });
  } finally {
    await fleet.stop();
  }
}

interface OwnOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly seconds: number;
  readonly format: 'text' | 'json';
  readonly shape: LoadShape;
}

/** A text is what is wrong with them. */
function readOptions(args: readonly string[]): OwnOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: 'string', default: 'http://127.0.0.1:8080' },
        token: { type: 'string' },
        rooms: { type: 'string', default: '1' },
        publishers: { type: 'string', default: '2' },
        subscribers: { type: 'string', default: '0' },
        seconds: { type: 'string', default: '10' },
        ramp: { type: 'string', default: '10' },
        'video-kbps': { type: 'string', default: '1000' },
        'packets-per-second': { type: 'string', default: '115' },
        encodings: { type: 'string', default: '1' },
        audio: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const number = (name: keyof typeof values, least: number, most: number): number =>
      numberOf(name, String(values[name]), least, most);
    if (!URL.canParse(values.url) || !/^https?:/.test(values.url))
      return `--url '${values.url}': write the address of a Madang, http://... or https://...`;
    return {
      url: values.url,
      token: values.token,
      seconds: number('seconds', 1, 86_400),
      format: values.json ? 'json' : 'text',
      shape: {
        rooms: number('rooms', 1, 10_000),
        publishers: number('publishers', 1, 1000),
        subscribers: number('subscribers', 0, 10_000),
        joinsPerSecond: number('ramp', 1, 1000),
        media: {
          videoKbps: number('video-kbps', 0, 100_000),
          packetsPerSecond: number('packets-per-second', 25, 10_000),
          encodings: number('encodings', 1, 3),
          audio: values.audio ? 'on' : 'off',
          spacing: 'even',
        },
      },
    };
  } catch (error) {
    return (error as Error).message;
  }
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Error(`--${name} '${text}': write a whole number from ${least} to ${most}`);
}

const LONGEST_SILENCE_SECONDS = 10;
const SPEED_UP_SECONDS = 2;
