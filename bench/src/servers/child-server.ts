import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** A server under measurement: a child process on one core of its own. */
export interface MeasuredServer {
  readonly name: 'coturn' | 'madang';
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cpu: number;
}

/** A child process pinned to a core; it does not outlive this process. */
export class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #kill = (): void => {
    this.#process.kill('SIGKILL');
  };
  #output = '';
  #errors = '';
  #hasExited = false;

  constructor(options: ChildOptions) {
    const { command, args, cpu } = options;
    this.#process = spawn('taskset', ['-c', String(cpu), command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout!.on('data', (data: Buffer) => {
      this.#output = (this.#output + data.toString()).slice(-KEPT_CHARACTERS);
    });
    this.#process.stderr!.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + data.toString()).slice(-KEPT_CHARACTERS);
    });
    this.#exited = new Promise((resolve) => {
      const ended = (): void => {
        this.#hasExited = true;
        process.off('exit', this.#kill);
        resolve();
      };
      this.#process.once('exit', ended);
      this.#process.once('error', (error) => {
        this.#errors += String(error);
        ended();
      });
    });
    process.on('exit', this.#kill);
  }

  /** taskset replaces itself by the command, so this is the command's. */
  get pid(): number {
    return this.#process.pid ?? -1;
  }

  get output(): string {
    return this.#output;
  }

  /** Waits until `isReady` is true. Rejects with what the child said when it ends before or takes over 15 s. */
  async waitUntil(isReady: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + READY_MS;
    while (!(await isReady())) {
      if (this.#hasExited || Date.now() > end) {
        await this.stop();
        throw new Error(
          `${this.#process.spawnargs.join(' ')} did not get ready:\n${this.#output}${this.#errors}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** SIGTERM, after 2 s SIGKILL; resolves when the child is gone. */
  async stop(): Promise<void> {
    if (this.#hasExited) return;
    this.#process.kill('SIGTERM');
    const timer = setTimeout(this.#kill, 2000);
    await this.#exited;
    clearTimeout(timer);
  }
}

const READY_MS = 15_000;
const KEPT_CHARACTERS = 4000;
