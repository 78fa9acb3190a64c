/// <reference lib="dom" />
import { randomUUID } from 'node:crypto';
import type { SideResult } from './call-page.js';
import type { SitePage } from './site-browser.js';
import type { SiteBrowser } from './site-browser.js';

export interface LabCallOptions {
  /** Leave the TURN servers out: what can then not connect does need a relay. Default: `all`. */
  readonly servers?: 'all' | 'stunOnly';
}

/** How a call is going, seen from both sides. */
export interface LabCallResult {
  /** Who came second. It makes the offer, so it is the controlling agent of ICE. */
  readonly caller: SideResult;
  readonly callee: SideResult;
}

/** A call with video and audio that is going on: two browsers in a room of the server, which is all they share. */
export class LabCall {
  readonly #caller: SitePage;
  readonly #callee: SitePage;

  /** Begins a call; it may never connect. Rejects when one of them cannot enter the room. */
  static async start(from: SiteBrowser, to: SiteBrowser, options: LabCallOptions = {}): Promise<LabCall> {
    const servers = options.servers ?? 'all';
    const [caller, callee] = await Promise.all([from.openPage(servers), to.openPage(servers)]);
    try {
      const room = randomUUID();
      await Promise.all([caller, callee].map(({ page }) => page.evaluate(() => call.prepare())));
      await callee.page.evaluate((name) => call.join(name, 'callee'), room);
      await caller.page.evaluate((name) => call.join(name, 'caller'), room);
      return new LabCall(caller, callee);
    } catch (error) {
      await Promise.all([caller.context.close(), callee.context.close()]);
      throw error;
    }
  }

  private constructor(caller: SitePage, callee: SitePage) {
    this.#caller = caller;
    this.#callee = callee;
  }

  /** How it is going now. */
  async look(): Promise<LabCallResult> {
    const [caller, callee] = await Promise.all(
      [this.#caller, this.#callee].map(({ page }) => page.evaluate(() => call.look())),
    );
    return { caller: caller!, callee: callee! };
  }

  /** Looks until `isDone` or the time is over; the last look. */
  async lookUntil(isDone: (result: LabCallResult) => boolean, timeoutMs: number): Promise<LabCallResult> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const result = await this.look();
      if (isDone(result) || performance.now() >= deadline) return result;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** The longest time without a picture is counted from now on, on both sides. */
  async beginGap(): Promise<void> {
    for (const { page } of [this.#caller, this.#callee])
      await page.evaluate(() => {
        call.beginGap();
      });
  }

  async hangUp(): Promise<void> {
    await Promise.all([this.#caller.context.close(), this.#callee.context.close()]);
  }
}
