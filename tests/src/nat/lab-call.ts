/// <reference lib="dom" />
import type { BrowserContext, Page } from 'playwright-core';
import type { SideResult } from './call-page.js';
import type { SiteBrowser } from './site-browser.js';

export interface LabCallOptions {
  /** Leave the TURN servers out: what can then not connect does need a relay. Default: `all`. */
  readonly servers?: 'all' | 'stunOnly';
}

/** How a call is going, seen from both sides. */
export interface LabCallResult {
  readonly caller: SideResult;
  readonly callee: SideResult;
}

/** A call with video and audio between two browsers that is going on. */
export class LabCall {
  readonly #caller: Side;
  readonly #callee: Side;

  /** Begins a call; it may never connect. This function is the signaling. */
  static async start(from: SiteBrowser, to: SiteBrowser, options: LabCallOptions = {}): Promise<LabCall> {
    const [caller, callee] = await Promise.all([from.openPage(), to.openPage()]);
    try {
      const send = (page: Page) => (candidate: RTCIceCandidateInit) =>
        // The page of a call that has ended is no longer there.
        page.evaluate((one) => call.addCandidate(one), candidate).catch(() => undefined);
      await caller.page.exposeFunction('sendCandidate', send(callee.page));
      await callee.page.exposeFunction('sendCandidate', send(caller.page));
      const servers = options.servers ?? 'all';
      const offer = await caller.page.evaluate((ice) => call.offer(ice), from.iceServers(servers));
      const answer = await callee.page.evaluate(({ ice, sdp }) => call.answer(ice, sdp), {
        ice: to.iceServers(servers),
        sdp: offer,
      });
      await caller.page.evaluate((sdp) => call.accept(sdp), answer);
      return new LabCall(caller, callee);
    } catch (error) {
      await Promise.all([caller.context.close(), callee.context.close()]);
      throw error;
    }
  }

  private constructor(caller: Side, callee: Side) {
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

interface Side {
  readonly page: Page;
  readonly context: BrowserContext;
}
