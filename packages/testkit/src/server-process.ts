import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ServerProcessOptions {
  /** Addresses to listen on. Default: 127.0.0.1. */
  readonly hosts?: readonly string[];
  /** Worker processes; 0 (the default) keeps everything in one. */
  readonly workers?: number;
  /** More options of `madang serve`; they replace those that are set here. */
  readonly options?: readonly string[];
  /** `production`: the peers of a public server. Default `loopback`: peers may be in 127.0.0.0/8 and ::1. */
  readonly peers?: 'loopback' | 'production';
  /** A folder to keep; without it one is made and removed again. */
  readonly dataDir?: string;
  /** Options of Node itself, as NODE_OPTIONS takes them. */
  readonly nodeOptions?: string;
}

/** How a process ended. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built server as a child process on free ports of this machine. */
export class ServerProcess {
  readonly pid: number;
  readonly host: string;
  readonly turnPort: number;
  readonly turnTlsPort: number;
  readonly httpUrl: string;
  readonly dataDir: string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ending>;
  readonly #run: Run;
  readonly #keepsData: boolean;

  /** Starts a server and waits for its ready line. Rejects with what it said when there is none within 20 s. */
  static async start(options: ServerProcessOptions = {}): Promise<ServerProcess> {
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'madang-server-'));
    const run = runMadang(serveArguments(options, dataDir), options.nodeOptions);
    try {
      return new ServerProcess(run, await readyLineOf(run), options, dataDir);
    } catch (error) {
      run.child.kill('SIGKILL');
      await run.ended;
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(run: Run, ready: ReadyLine, options: ServerProcessOptions, dataDir: string) {
    const portOf = (scheme: string): number =>
      Number(/:(\d+)\?/.exec(ready.turn.find((url) => url.startsWith(`${scheme}:`)) ?? '')?.[1] ?? 0);
    this.#run = run;
    this.pid = ready.pid;
    this.host = options.hosts?.[0] ?? '127.0.0.1';
    this.turnPort = portOf('turn');
    this.turnTlsPort = portOf('turns');
    this.httpUrl = ready.http;
    this.dataDir = dataDir;
    this.ended = run.ended;
    this.#keepsData = options.dataDir !== undefined;
  }

  /** Everything the server wrote to standard error so far. */
  get log(): string {
    return this.#run.stderr();
  }

  /** Everything the server wrote to standard output so far. */
  get output(): string {
    return this.#run.stdout();
  }

  /** The secret of time-limited credentials. */
  get turnSecret(): string {
    return readFileSync(join(this.dataDir, 'turn-secret'), 'utf8').trim();
  }

  /** Process numbers of the workers now. */
  get workerPids(): number[] {
    return readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ').map(Number);
  }

  /** Resident memory of a process of this server (default: the main one). Linux only. */
  residentBytes(pid = this.pid): number {
    const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(rss![1]) * 1024;
  }

  /** GET /metrics: series, as `name` or `name{label="value"}`, to value. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const response = await fetch(`${this.httpUrl}/metrics`);
    if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))] as const;
      }),
    );
  }

  /** As `metrics`, after every worker has reported what it counted until now. */
  async settledMetrics(): Promise<ReadonlyMap<string, number>> {
    await new Promise((resolve) => setTimeout(resolve, WORKER_REPORT_MS));
    return this.metrics();
  }

  /** Waits until the log holds a line that matches; rejects after `timeoutMs`. */
  async logLine(pattern: RegExp, timeoutMs = 5000): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const line = this.log.split('\n').find((text) => pattern.test(text));
      if (line !== undefined) return line;
      if (performance.now() > deadline) throw new Error(`no log line matches ${pattern}:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Process numbers of workers that could be taken over: those that have a socket in the data folder. */
  get survivorPids(): number[] {
    const folder = join(this.dataDir, 'workers');
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((name) => Number.parseInt(name, 10));
  }

  kill(signal: NodeJS.Signals): void {
    this.#run.child.kill(signal);
  }

  /** Ends the server at once and removes its data. Harmless when it has ended. */
  async stop(): Promise<Ending> {
    this.kill('SIGTERM');
    const timers = [
      setTimeout(() => {
        this.kill('SIGTERM');
      }, SECOND_SIGNAL_MS),
      setTimeout(() => {
        this.kill('SIGKILL');
      }, 5000),
    ];
    const ending = await this.ended;
    for (const timer of timers) clearTimeout(timer);
    if (ending.signal === 'SIGKILL') this.#killOrphans();
    if (!this.#keepsData) rmSync(this.dataDir, { recursive: true, force: true });
    return ending;
  }

  /** Who was killed left its workers behind; a successor may have them by now, unless the folder goes. */
  #killOrphans(): void {
    if (this.#keepsData) return;
    for (const pid of this.survivorPids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  }
}

/** A command of the built program under way. */
export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  stdout(): string;
  stderr(): string;
}

/** Runs `madang ARGUMENTS`, without MADANG_ variables of the environment. */
export function runMadang(args: readonly string[], nodeOptions = process.env['NODE_OPTIONS'] ?? ''): Run {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('MADANG_'));
  const env = { ...Object.fromEntries(others), NODE_OPTIONS: nodeOptions };
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (status, signal) => {
      resolve({ status, signal });
    });
    // Workers that outlive it hold its standard error open.
    child.once('exit', (status, signal) => {
      setTimeout(() => {
        resolve({ status, signal });
      }, LAST_WORDS_MS);
    });
  });
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
}

/** How long what a process wrote last may be under way. */
const LAST_WORDS_MS = 300;

/** Signals that follow each other faster count as one. */
const SECOND_SIGNAL_MS = 600;

/** Workers report once a second. */
const WORKER_REPORT_MS = 1200;

const MAIN = fileURLToPath(new URL('../../server/dist/cli/main.js', import.meta.url));

interface ReadyLine {
  readonly http: string;
  readonly turn: readonly string[];
  readonly pid: number;
}

function serveArguments(options: ServerProcessOptions, dataDir: string): string[] {
  const given = options.options ?? [];
  const defaults = [
    ['--host', (options.hosts ?? ['127.0.0.1']).join(',')],
    ['--http-port', '0'],
    ['--turn-port', '0'],
    ['--turn-tls-port', '0'],
    ['--media-port', '0'],
    // Below the ports the system gives to sockets that ask for any.
    ['--relay-ports', '20000-29999'],
    ['--turn-user', `${TURN_USER}:${TURN_PASSWORD}`],
    // A machine that runs browsers too is late at times.
    ['--overload-lag-ms', '0'],
    ['--workers', `${options.workers ?? 0}`],
    ['--data-dir', dataDir],
    ['--log', 'json'],
    ...(options.peers === 'production' ? [] : [['--allow-peers', '127.0.0.0/8,::1']]),
  ];
  return ['serve', ...defaults.filter(([name]) => !given.includes(name!)).flat(), ...given];
}

/** The long-term credential every server of this kind knows. */
export const TURN_USER = 'tester';
export const TURN_PASSWORD = 'correct-horse-battery';

function readyLineOf(run: Run): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the server was not ready within 20 s:\n${run.stdout()}${run.stderr()}`));
    }, 20_000);
    const look = (): void => {
      const line = run
        .stdout()
        .split('\n')
        .slice(0, -1)
        .find((text) => text.includes('"event":"ready"'));
      if (line === undefined) return;
      clearTimeout(timer);
      resolve(JSON.parse(line) as ReadyLine);
    };
    run.child.stdout!.on('data', look);
    void run.ended.then(({ status, signal }) => {
      clearTimeout(timer);
      reject(new Error(`the server ended (${signal ?? status}) before it was ready:\n${run.stderr()}`));
    });
  });
}
