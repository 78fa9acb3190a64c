import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.js';
import { spawnInside } from './laboratory.js';
import type { Laboratory } from './laboratory.js';
import { PUBLIC } from './topology.js';

/** What a browser needs to know, as RTCConfiguration has it. */
export interface LabIceServer {
  readonly urls: string[];
  readonly username?: string;
  readonly credential?: string;
}

/** The built server on the public segment of a laboratory: STUN with RFC 5780, TURN, TURN over TLS on port 443. */
export class LabServer {
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  #log = '';

  /** Starts the server, with more options of `madang serve`, and waits until it is ready; rejects with its log when it is not within 20 s. */
  static async start(laboratory: Laboratory, options: readonly string[] = []): Promise<LabServer> {
    const dataDir = mkdtempSync(join(tmpdir(), 'madang-lab-'));
    const own = ['--workers', '0', '--data-dir', dataDir, '--log', 'json'];
    const args = [MAIN, 'serve', ...OPTIONS, ...own, ...options];
    const server = new LabServer(spawnInside(laboratory.publicNamespace, process.execPath, args), dataDir);
    try {
      await server.#ready();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(child: ChildProcess, dataDir: string) {
    this.#child = child;
    this.#dataDir = dataDir;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
  }

  /** What the server wrote to standard error. */
  get log(): string {
    return this.#log;
  }

  /**
   * STUN and TURN with a time-limited credential (an hour) of `identity`, as `madang turn-credentials` prints them. Each
   * participant needs an identity: TURN lets nobody relay in circles through allocations of the same one. The server is
   * named by its first address; for family 6 that is replaced by the IPv6 address.
   */
  async iceServers(identity: string, family: 4 | 6): Promise<readonly LabIceServer[]> {
    const args = [MAIN, 'turn-credentials', '--json', '--identity', identity];
    const printed = await runCommand(process.execPath, [...args, ...OPTIONS, '--data-dir', this.#dataDir]);
    const wanted =
      family === 4 ? printed : printed.replaceAll(`:${PUBLIC.server}:`, `:[${PUBLIC.serverIpv6}]:`);
    return (JSON.parse(wanted) as { iceServers: LabIceServer[] }).iceServers;
  }

  /** Ends the server and removes its data. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'close');
      this.#child.kill('SIGKILL');
      await ended;
    }
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

const MAIN = fileURLToPath(new URL('../../../server/dist/cli/main.js', import.meta.url));

const OPTIONS: readonly string[] = [
  ...['--host', `${PUBLIC.server},${PUBLIC.serverIpv6}`],
  ...['--public-address', `${PUBLIC.server},${PUBLIC.serverIpv6}`],
  ...['--turn-port', `${PUBLIC.stunPort}`, '--turn-tls-port', `${PUBLIC.tlsPort}`],
  ...['--turn-alternate-address', PUBLIC.serverAlternate],
  ...['--allow-peers', PUBLIC.peers.join(',')],
];
