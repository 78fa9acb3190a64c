import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { LabIceServer, LabServer } from '@madang/testkit/nat/lab-server';
import type { Site } from '@madang/testkit/nat/laboratory';
import { SITES } from '@madang/testkit/nat/topology';

const CHROMIUM = '/usr/bin/chromium';
const ORIGIN = 'https://laboratory.test';
// The page needs no network: the site may have none but for TURN.
const PAGE = '<!doctype html><body><script type="module" src="/call-page.js"></script>';

/** Why no browser can be started here; undefined when one can. */
export function browserObstacle(): string | undefined {
  return existsSync(CHROMIUM) ? undefined : `the program ${CHROMIUM} is missing`;
}

/** Chromium inside the namespace of a site, driven over a pipe, which no network namespace holds up. */
export class SiteBrowser {
  readonly site: Site;
  readonly #iceServers: readonly LabIceServer[];
  readonly #browser: Browser;
  readonly #folder: string;

  /** Starts a browser in a site, with a TURN credential of its own. */
  static async launch(site: Site, server: LabServer): Promise<SiteBrowser> {
    const iceServers = await server.iceServers(randomUUID(), SITES[site.kind].family);
    const folder = mkdtempSync(join(tmpdir(), 'madang-lab-browser-'));
    const wrapper = join(folder, 'chromium');
    writeFileSync(wrapper, `#!/bin/sh\nexec ip netns exec ${site.namespace} ${CHROMIUM} "$@"\n`);
    chmodSync(wrapper, 0o755);
    try {
      // TURN over TLS with the server's self-signed certificate needs the switch; a page's setting does not reach it.
      const args = [
        '--ignore-certificate-errors',
        '--disable-quic',
        '--disable-background-networking',
        // Who may use a microphone also learns, and offers, real host addresses.
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
      ];
      const browser = await chromium.launch({ executablePath: wrapper, args, timeout: 60_000 });
      return new SiteBrowser(site, iceServers, browser, folder);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  private constructor(site: Site, iceServers: readonly LabIceServer[], browser: Browser, folder: string) {
    this.site = site;
    this.#iceServers = iceServers;
    this.#browser = browser;
    this.#folder = folder;
  }

  /** What an RTCPeerConnection of this browser is given: everything, or without TURN. */
  iceServers(servers: 'all' | 'stunOnly'): LabIceServer[] {
    return this.#iceServers.filter(
      ({ urls }) => servers === 'all' || urls.every((url) => url.startsWith('stun:')),
    );
  }

  /** A fresh page of call-page.ts. */
  async openPage(): Promise<{ page: Page; context: BrowserContext }> {
    const context = await this.#browser.newContext();
    await context.route('**', (route) => {
      const { pathname } = new URL(route.request().url());
      if (!pathname.endsWith('.js')) return route.fulfill({ contentType: 'text/html', body: PAGE });
      const body = readFileSync(new URL(`.${pathname}`, import.meta.url), 'utf8');
      return route.fulfill({ contentType: 'text/javascript', body });
    });
    const page = await context.newPage();
    await page.goto(`${ORIGIN}/`);
    return { page, context };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
