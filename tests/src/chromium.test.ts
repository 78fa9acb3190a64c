import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from './chromium/browser.js';
import { callThroughRelays, findPoorContrast, gatherKinds } from './chromium/in-page.js';
import type { RelayServer } from './chromium/in-page.js';
import { ServerProcess, runMadang } from '@madang/testkit/server-process';

/** Screenshots stay in SCREENSHOTS_FOLDER where that is set. */
const kept = process.env['SCREENSHOTS_FOLDER'];
const screenshots = kept ?? mkdtempSync(path.join(tmpdir(), 'madang-screenshots-'));

const PATHS = ['host', 'stun', 'turn-udp', 'turn-tcp', 'turn-tls'];
const DESKTOP = { viewport: { width: 900, height: 860 }, locale: 'en-US' } as const;
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'ko-KR' } as const;

describe('Chromium', { skip: skipWithoutChromium }, () => {
  let server: ServerProcess;
  let closedServer: ServerProcess;
  let browser: Browser;

  before(async () => {
    server = await ServerProcess.start();
    closedServer = await ServerProcess.start({ options: ['--require-token'] });
    browser = await launchChromium([server, closedServer]);
  });

  after(async () => {
    await browser?.close();
    await Promise.all([server?.stop(), closedServer?.stop()]);
    if (kept === undefined) rmSync(screenshots, { recursive: true, force: true });
  });

  test('gathers srflx over UDP and relay candidates over UDP, TCP and TLS', async () => {
    await inPage(server, {}, async ({ page }) => {
      const { iceServers } = (await (await fetch(`${server.httpUrl}/api/ice-servers`)).json()) as Offer;
      const kinds = new Set(await page.evaluate(gatherKinds, iceServers));
      for (const kind of ['srflx', 'relay/udp', 'relay/tcp', 'relay/tls']) {
        assert.ok(kinds.has(kind), `no ${kind} candidate, only ${[...kinds].join(', ')}`);
      }
    });
  });

  for (const [transport, url] of [
    ['udp', /^turn:.*udp$/],
    ['tcp', /^turn:.*tcp$/],
    ['tls', /^turns:/],
  ] as const) {
    test(`passes 100 messages through relays reached over ${transport}`, async () => {
      await inPage(server, {}, async ({ page }) => {
        const servers = [await relayServer(server, url), await relayServer(server, url)];
        const messages = Array.from({ length: 100 }, (_, i) => `${i} ${'마당 '.repeat(i)}`);
        const packetsBefore = await relayedPackets(server);
        const { echoed, used } = await page.evaluate(callThroughRelays, { servers, messages });
        assert.deepEqual(echoed, messages);
        assert.deepEqual(used, [`relay/${transport}`, `relay/${transport}`]);
        // There and back, in and out of two relays: bundling may put several messages into one packet.
        assert.ok((await relayedPackets(server)) - packetsBefore > 50, 'the server relayed next to nothing');
      });
    });
  }

  const looks: Record<string, BrowserContextOptions> = {
    light: { ...DESKTOP, colorScheme: 'light' },
    dark: { ...DESKTOP, colorScheme: 'dark' },
    'phone-korean': { ...PHONE, colorScheme: 'light' },
    'phone-korean-dark': { ...PHONE, colorScheme: 'dark', reducedMotion: 'reduce' },
  };
  for (const [name, look] of Object.entries(looks)) {
    test(`the page finds every path open, with nothing to complain about (${name})`, async () => {
      await inPage(server, look, async ({ page, complaints }) => {
        await finished(page);
        assert.deepEqual(
          await states(page),
          PATHS.map((path) => `${path} works`),
        );
        assert.equal(await page.getAttribute('[data-testid=verdict]', 'data-state'), 'all');
        assert.equal(await page.getAttribute('html', 'lang'), look.locale?.slice(0, 2));
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        assert.equal(await page.evaluate(overflow), 0, 'the page scrolls sideways');
        await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });

        await page.click('[data-testid=path-turn-tls] summary');
        const words = await page.innerText('[data-testid=path-turn-tls] dl');
        assert.match(words, /relay\/tls[^]*turns:127\.0\.0\.1:\d+/);
        await page.mouse.move(0, 0);
        assert.deepEqual(await page.evaluate(findPoorContrast), []);
        assert.deepEqual(complaints, []);
        await page.waitForTimeout(300);
        await page.screenshot({ path: path.join(screenshots, `${name}-open.png`), fullPage: true });
      });
    });
  }

  test('the page changes language without another round, and remembers it', async () => {
    await inPage(server, DESKTOP, async ({ page }) => {
      await finished(page);
      const english = await page.innerText('h1');
      await page.click('[data-testid=language-ko]');
      assert.match(await page.innerText('h1'), /통화/);
      assert.deepEqual(
        await states(page),
        PATHS.map((path) => `${path} works`),
      );
      assert.doesNotMatch(await page.innerText('main'), /\b(works|Relay|browser)\b/);
      await page.reload();
      await finished(page);
      assert.match(await page.innerText('h1'), /통화/);
      await page.click('[data-testid=language-en]');
      assert.equal(await page.innerText('h1'), english);
    });
  });

  test('the page works with the keyboard alone and tells results to screen readers', async () => {
    await inPage(server, DESKTOP, async ({ page }) => {
      await finished(page);
      assert.match(await page.innerText('[data-testid=announcement]'), /Calls get through/);
      assert.equal(await page.getAttribute('[data-testid=announcement]', 'aria-live'), 'polite');
      for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('[data-testid=path-host] details').getAttribute('open'), '');
      for (let i = 0; i < PATHS.length; i++) await page.keyboard.press('Tab');
      assert.equal(await page.evaluate('document.activeElement.dataset.testid'), 'again');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[data-testid=again]:disabled');
      await finished(page);
    });
  });

  test('the page says how to get credentials where strangers get none, and takes them', async () => {
    await inPage(closedServer, DESKTOP, async ({ page, complaints }) => {
      await finished(page);
      assert.deepEqual(await states(page), [
        'host works',
        ...PATHS.slice(1).map((path) => `${path} untried`),
      ]);
      assert.match(await page.innerText('[data-testid=credentials]'), /madang turn-credentials --json/);
      await page.fill('[data-testid=credentials-text]', '{ "iceServers": ');
      await page.click('[data-testid=credentials-use]');
      assert.match(await page.innerText('[data-testid=credentials-problem]'), /not what the commands print/);
      await page.screenshot({ path: path.join(screenshots, 'credentials.png'), fullPage: true });
      assert.deepEqual(await page.evaluate(findPoorContrast), []);

      const printed = await Promise.all(
        ['ann', 'ben'].map((identity) => credentials(closedServer, identity)),
      );
      await page.fill('[data-testid=credentials-text]', printed.join('\n'));
      await page.click('[data-testid=credentials-use]');
      await page.waitForSelector('[data-testid=verdict][data-state=all]', { timeout: 60_000 });
      assert.deepEqual(
        await states(page),
        PATHS.map((path) => `${path} works`),
      );

      // With one credential the relays are asked for, and the page says what it has not tried.
      await page.reload();
      await finished(page);
      await page.fill('[data-testid=credentials-text]', printed[0]!);
      await page.click('[data-testid=credentials-use]');
      await page.waitForSelector('[data-testid=verdict][data-state=all]', { timeout: 60_000 });
      assert.match(await page.innerText('[data-testid=path-turn-tls]'), /gives a relay.*two people/);
      // The browser itself reports the 401; there is nothing else.
      assert.ok(
        complaints.every((line) => line.includes('401')),
        complaints.join('\n'),
      );
    });
  });

  test('the page says what is wrong with a certificate nobody trusts, and with a server that has gone', async () => {
    const ownServer = await ServerProcess.start();
    const wary = await launchChromium();
    try {
      const page = await wary.newPage({ ...DESKTOP });
      await page.goto(`${ownServer.httpUrl}/doctor`);
      await finished(page);
      assert.equal(await page.getAttribute('[data-testid=path-turn-tls]', 'data-state'), 'fails');
      assert.match(await page.innerText('[data-testid=path-turn-tls]'), /does not trust the certificate/);
      assert.equal(await page.getAttribute('[data-testid=verdict]', 'data-state'), 'fast');
      assert.deepEqual(await page.evaluate(findPoorContrast), []);
      await page.screenshot({ path: path.join(screenshots, 'untrusted.png'), fullPage: true });
      await ownServer.stop();
      await page.click('[data-testid=again]');
      await page.waitForSelector('[data-testid=verdict][data-state=server]');
    } finally {
      await wary.close();
      await ownServer.stop();
    }
  });

  test('the app loads from this server alone, with nothing to complain about', async () => {
    await inPage(server, DESKTOP, async ({ page, complaints }) => {
      for (const address of ['/', '/r/tea', '/r/%EC%B0%A8']) {
        const response = await page.goto(`${server.httpUrl}${address}`);
        assert.equal(response?.status(), 200, address);
        await page.waitForSelector('#app *');
        await page.waitForLoadState('networkidle');
      }
      assert.deepEqual(complaints, []);
    });
  });

  /** Opens the doctor in a context of its own and collects what a developer would see in the console. */
  async function inPage(
    where: ServerProcess,
    look: BrowserContextOptions,
    use: (opened: { page: Page; complaints: string[] }) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext(look);
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith(where.httpUrl)) complaints.push(`third party: ${request.url()}`);
      });
      await page.addInitScript(
        "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))",
      );
      const response = await page.goto(`${where.httpUrl}/doctor`);
      assert.match(response?.headers()['content-security-policy'] ?? '', /default-src 'none'/);
      await use({ page, complaints });
    } finally {
      await context.close();
    }
  }
});

interface Offer {
  readonly iceServers: { urls: string[]; username?: string; credential?: string }[];
}

/** Every path is tried, and nothing changes its colour any more. */
async function finished(page: Page): Promise<void> {
  await page.waitForSelector('[data-testid=again]:enabled', { timeout: 60_000 });
  await page.evaluate(async () => {
    const transitions = document.getAnimations().filter((one) => one instanceof CSSTransition);
    await Promise.allSettled(transitions.map(({ finished: end }) => end));
  });
}

async function states(page: Page): Promise<string[]> {
  const rows = await page.locator('[data-testid=paths] > li').all();
  return Promise.all(
    rows.map(async (row) => {
      const name = (await row.getAttribute('data-testid'))?.replace('path-', '');
      return `${name} ${await row.getAttribute('data-state')}`;
    }),
  );
}

/** The server's relay for one URL, with a fresh credential of somebody new. */
async function relayServer(server: ServerProcess, pattern: RegExp): Promise<RelayServer> {
  const { iceServers } = (await (await fetch(`${server.httpUrl}/api/ice-servers`)).json()) as Offer;
  const entry = iceServers.find(({ username }) => username !== undefined)!;
  const urls = entry.urls.find((url) => pattern.test(url))!;
  return { urls, username: entry.username!, credential: entry.credential! };
}

/** Packets the server has relayed since its start, both directions. */
async function relayedPackets(server: ServerProcess): Promise<number> {
  const metrics = await server.metrics();
  return ['to_peer', 'to_client'].reduce(
    (sum, direction) => sum + metrics.get(`madang_relay_packets_total{direction="${direction}"}`)!,
    0,
  );
}

/** What `madang turn-credentials --json` prints for a server whose ports were given when it started. */
async function credentials(server: ServerProcess, identity: string): Promise<string> {
  const run = runMadang([
    ...['turn-credentials', '--json', '--identity', identity, '--data-dir', server.dataDir],
    ...[
      '--host',
      '127.0.0.1',
      '--turn-port',
      `${server.turnPort}`,
      '--turn-tls-port',
      `${server.turnTlsPort}`,
    ],
  ]);
  assert.equal((await run.ended).status, 0, run.stderr());
  return run.stdout();
}
