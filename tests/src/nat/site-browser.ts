import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { runCommand } from '@madang/testkit/nat/command';
import type { Site } from '@madang/testkit/nat/laboratory';
import { SITES, webOrigin } from '@madang/testkit/nat/topology';
import { pageModule } from '../chromium/page-module.js';

const CHROMIUM = '/usr/bin/chromium';

/** Why no browser can be started here; undefined when one can. */
export function browserObstacle(): string | undefined {
  return existsSync(CHROMIUM) ? undefined : `the program ${CHROMIUM} is missing`;
}

/** Of the browser the laboratory uses, as it says itself: `156.0.1.2`. */
export async function browserVersion(): Promise<string> {
  const said = await runCommand(CHROMIUM, ['--version', '--no-sandbox']);
  return /[\d.]+/.exec(said)?.[0] ?? said.trim();
}

/** A page of call-page.ts. */
export interface SitePage {
  readonly page: Page;
  readonly context: BrowserContext;
}

/** Chromium inside the namespace of a site, driven over a pipe, which no network namespace holds up. */
export class SiteBrowser {
  readonly site: Site;
  readonly #browser: Browser;
  readonly #folder: string;

  /** Starts a browser in a site. */
  static async launch(site: Site): Promise<SiteBrowser> {
    const folder = mkdtempSync(join(tmpdir(), 'madang-lab-browser-'));
    const wrapper = join(folder, 'chromium');
    writeFileSync(wrapper, `#!/bin/sh\nexec ip netns exec ${site.namespace} ${CHROMIUM} "$@"\n`);
    chmodSync(wrapper, 0o755);
    try {
      const browser = await chromium.launch({
        executablePath: wrapper,
        args: [...SWITCHES],
        timeout: 60_000,
      });
      return new SiteBrowser(site, browser, folder);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  private constructor(site: Site, browser: Browser, folder: string) {
    this.site = site;
    this.#browser = browser;
    this.#folder = folder;
  }

  /** A fresh page. `stunOnly`: its connections get no TURN server. */
  async openPage(servers: 'all' | 'stunOnly'): Promise<SitePage> {
    const origin = webOrigin(SITES[this.site.kind].family);
    const context = await this.#browser.newContext();
    // The page comes from here, so that nothing but the call uses the network; its WebSocket goes to the server.
    await context.route(`${origin}/lab/**`, (route) => serve(route, servers));
    const page = await context.newPage();
    await page.goto(`${origin}/lab/`);
    await page.waitForFunction(() => 'call' in globalThis, undefined, { timeout: 20_000 });
    return { page, context };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const SWITCHES: readonly string[] = [
  // TURN over TLS with the server's self-signed certificate needs this; a page's setting does not reach it.
  '--ignore-certificate-errors',
  '--disable-quic',
  '--disable-background-networking',
  // Who may use a microphone also learns, and offers, real host addresses.
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  // A page that was answered here counts as public, and documentation addresses as private.
  '--disable-features=LocalNetworkAccessChecks',
];

const HEAD = `<!doctype html><meta charset="utf-8"><title>Laboratory</title><body>`;
const script = (name: string): string => `<script type="module" src="/lab/${name}"></script>`;

async function serve(route: Route, servers: 'all' | 'stunOnly'): Promise<void> {
  const path = new URL(route.request().url()).pathname.slice('/lab/'.length);
  if (path === '') {
    const scripts = [...(servers === 'stunOnly' ? ['no-relay-page.js'] : []), 'call-page.js'];
    return route.fulfill({ contentType: 'text/html', body: HEAD + scripts.map(script).join('') });
  }
  const body = await pageModule(new URL(path, import.meta.url));
  return route.fulfill({ contentType: 'text/javascript', body });
}
