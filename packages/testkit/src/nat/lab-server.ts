import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnInside } from './laboratory.js';
import type { Laboratory } from './laboratory.js';
import { PUBLIC } from './topology.js';

/** The built server on the public segment of a laboratory: STUN with RFC 5780, TURN, TURN over TLS on port 443, and signaling (webOrigin). */
export class LabServer {
  readonly #child: ChildProcess;
  readonly #front: ChildProcess;
  readonly #dataDir: string;
  #log = '';

  /** Starts the server, with more options of `madang serve`, and waits until it is ready; rejects with its log when it is not within 20 s. */
  static async start(laboratory: Laboratory, options: readonly string[] = []): Promise<LabServer> {
    const dataDir = mkdtempSync(join(tmpdir(), 'madang-lab-'));
    const own = ['--workers', '0', '--data-dir', dataDir, '--log', 'json'];
    const args = [MAIN, 'serve', ...OPTIONS, ...own, ...options];
    const inside = laboratory.publicNamespace;
    const server = new LabServer(
      spawnInside(inside, process.execPath, args),
      spawnInside(inside, process.execPath, [
        FRONT,
        `${PUBLIC.httpsPort}`,
        PUBLIC.server,
        PUBLIC.web,
        PUBLIC.webIpv6,
      ]),
      dataDir,
    );
    try {
      await server.#ready();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(child: ChildProcess, front: ChildProcess, dataDir: string) {
    this.#child = child;
    this.#front = front;
    front.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    this.#dataDir = dataDir;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
  }

  /** What the server wrote to standard error. */
  get log(): string {
    return this.#log;
  }

  /** Ends the server and removes its data. */
  async stop(): Promise<void> {
    await Promise.all([end(this.#front), end(this.#child)]);
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      let output = '';
      const give = (reason: string): void => {
        clearTimeout(timer);
        reject(new Error(`the server of the laboratory ${reason}:\n${output}${this.#log}`));
      };
      const timer = setTimeout(give, 20_000, 'was not ready within 20 s');
      this.#child.once('close', () => {
        give('ended');
      });
      this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (!output.includes('"event":"ready"')) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

const FRONT = fileURLToPath(new URL('./web-front-main.js', import.meta.url));
const MAIN = fileURLToPath(new URL('../../../server/dist/cli/main.js', import.meta.url));

const OPTIONS: readonly string[] = [
  ...['--host', `${PUBLIC.server},${PUBLIC.serverIpv6}`],
  ...['--public-address', `${PUBLIC.server},${PUBLIC.serverIpv6}`],
  ...['--turn-port', `${PUBLIC.stunPort}`, '--turn-tls-port', `${PUBLIC.tlsPort}`],
  ...['--https-port', `${PUBLIC.httpsPort}`, '--open'],
  ...['--turn-alternate-address', PUBLIC.serverAlternate],
  ...['--allow-peers', PUBLIC.peers.join(',')],
];
