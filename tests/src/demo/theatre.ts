import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import { CALL_SWITCHES } from '../calls/sdk-page.js';
import { launchChromium } from '../chromium/browser.js';

/** The built server and a browser. The server can be killed and started again with what it had stored. */
export class Theatre {
  readonly browser: Browser;
  #server: ServerProcess;
  readonly #dataDir: string;
  readonly #origin: string;

  static async open(): Promise<Theatre> {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'madang-demo-'));
    const server = await ServerProcess.start({ dataDir });
    try {
      return new Theatre(server, await launchChromium([server], CALL_SWITCHES), dataDir);
    } catch (error) {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(server: ServerProcess, browser: Browser, dataDir: string) {
    this.#server = server;
    this.browser = browser;
    this.#dataDir = dataDir;
    this.#origin = server.httpUrl;
  }

  get origin(): string {
    return this.#origin;
  }

  /** Ends the server as `kill -9` does: without a word to anybody. */
  async killServer(): Promise<void> {
    this.#server.kill('SIGKILL');
    await this.#server.ended;
  }

  /** Starts it again at the same address. Answers how long it took until it served. */
  async restartServer(): Promise<number> {
    const begun = performance.now();
    const { port } = new URL(this.#origin);
    this.#server = await ServerProcess.start({ dataDir: this.#dataDir, options: ['--http-port', port] });
    return performance.now() - begun;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.#server.stop();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}
