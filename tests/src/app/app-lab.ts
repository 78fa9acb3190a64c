import { mkdirSync } from 'node:fs';
import path from 'node:path';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import type { ServerProcessOptions } from '@madang/testkit/server-process';
import type { Person } from '../calls/known-media.js';
import { CALL_SWITCHES } from '../calls/sdk-page.js';
import { launchChromium } from '../chromium/browser.js';
import { noteViolations, presetPreferences, replaceDevices, watchVideo } from './in-page.js';

/**
 * Cameras and microphones that Chromium plays itself, given without a question. Of the cameras the second one gives depths
 * of 16 bits, which nobody can send.
 */
export const FAKE_DEVICES = [
  '--use-fake-device-for-media-stream=device-count=3',
  '--use-fake-ui-for-media-stream',
];

/** Small pictures, so that machines with little to spare carry them. */
const PREFERENCES = { cameraHeight: 360 };

export interface Look extends BrowserContextOptions {
  /** What is stored as this person's choice before the first visit. */
  readonly preferences?: object;
  /** Camera and microphone whose content is known, in place of the browser's own. */
  readonly media?: Person;
}

/** The built server and a browser, for the tests of one file. */
export class AppLab {
  readonly server: ServerProcess;
  readonly browser: Browser;
  #rooms = 0;

  static async start(
    options: ServerProcessOptions = {},
    switches: readonly string[] = FAKE_DEVICES,
  ): Promise<AppLab> {
    const server = await ServerProcess.start(options);
    try {
      return new AppLab(server, await launchChromium([], [...CALL_SWITCHES, ...switches]));
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(server: ServerProcess, browser: Browser) {
    this.server = server;
    this.browser = browser;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
  }

  /** The name of a room nobody has been in. */
  newRoom(): string {
    return `yard-${++this.#rooms}`;
  }

  /** Somebody with a browser of their own. With the test it is closed, and it must have had nothing to complain about. */
  async visitor(t: TestContext, look: Look = {}): Promise<Visitor> {
    const { preferences, media, ...options } = look;
    const context = await this.browser.newContext({
      viewport: { width: 1000, height: 700 },
      locale: 'en-US',
      ...options,
    });
    await context.addInitScript(noteViolations);
    await context.addInitScript(presetPreferences, { ...PREFERENCES, ...preferences });
    if (media !== undefined) await context.addInitScript(replaceDevices, media);
    const visitor = new Visitor(this.server.httpUrl, context, await context.newPage());
    t.after(async () => {
      await visitor.violationsNow();
      await context.close();
      assert.deepEqual(visitor.complaints, []);
    });
    return visitor;
  }

  /** Somebody who is in the room, by a link that asks nothing. */
  async inRoom(
    t: TestContext,
    room: string,
    name: string,
    look: Look & { query?: string } = {},
  ): Promise<Visitor> {
    const { query = '', ...rest } = look;
    const visitor = await this.visitor(t, rest);
    await visitor.goto(`/r/${room}?join=1&name=${encodeURIComponent(name)}${query}`);
    await visitor.part('room').waitFor();
    return visitor;
  }
}

/** Somebody at the app. */
export class Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What a developer would have to look into: errors and warnings of the console, foreign requests, violations. */
  readonly complaints: string[] = [];
  readonly #origin: string;
  readonly #expected: RegExp[] = [];

  constructor(origin: string, context: BrowserContext, page: Page) {
    this.#origin = origin;
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()))
        this.#complain(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => {
      this.#complain(`uncaught: ${error.stack ?? error.message}`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && !['data:', 'blob:'].includes(url.protocol))
        this.#complain(`foreign: ${url.href}`);
    });
  }

  /** What the console may say in this test: the browser itself reports answers such as 401, and servers that have gone. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Fetches violations of the content security policy of the page as it is now; a page that is left forgets them. */
  async violationsNow(): Promise<void> {
    const noted = await this.page.evaluate(() => window.violations?.splice(0) ?? []).catch(() => []);
    for (const violation of noted) this.#complain(`policy: ${violation}`);
  }

  async goto(address: string): Promise<void> {
    await this.violationsNow();
    await this.page.goto(new URL(address, this.#origin).href);
  }

  /** A part of the page by its `data-testid`. */
  part(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** The tile of somebody else. */
  tileOf(name: string, source: 'camera' | 'screen' = 'camera'): Locator {
    return this.page.locator(`[data-testid=tile][data-source=${source}]`).filter({ hasText: name });
  }

  /** Fails unless new frames of somebody's picture are shown; with a person, unless they are of the person's colour. */
  async assertSees(who: string | Person, source: 'camera' | 'screen' = 'camera'): Promise<void> {
    const name = typeof who === 'string' ? who : who.name;
    const seen = await this.tileOf(name, source).getByTestId('picture-video').evaluate(watchVideo);
    assert.ok(seen.frames >= 5, `only ${seen.frames} frames of ${name} were shown`);
    if (typeof who === 'string') return;
    const distance = Math.max(...who.colour.map((part, index) => Math.abs(part - seen.colour[index]!)));
    assert.ok(
      distance <= 40,
      `${name} should be rgb(${who.colour.join(' ')}), is rgb(${seen.colour.join(' ')})`,
    );
  }

  async screenshot(name: string): Promise<void> {
    const folder = process.env['SCREENSHOTS_FOLDER'];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `app-${name}.png`) });
  }

  #complain(complaint: string): void {
    if (!this.#expected.some((pattern) => pattern.test(complaint))) this.complaints.push(complaint);
  }
}
