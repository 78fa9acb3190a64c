import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from './chromium/browser.js';
import {
  countDeviceRequests,
  describeConnections,
  recordConnections,
  watchMedia,
} from './examples/in-page.js';
import { untilPlayed } from './examples/until-played.js';
import type { Expected } from './examples/until-played.js';

const EXAMPLES = new URL('../../examples/', import.meta.url);
const FAKE_DEVICES = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

describe('examples', { skip: skipWithoutChromium, timeout: 240_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;

  before(async () => {
    server = await ServerProcess.start();
    browser = await launchChromium([], FAKE_DEVICES);
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** Opens a page in a context of its own; a complaint of the browser fails the test. */
  async function open(t: TestContext, url: string): Promise<Page> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    t.after(async () => {
      await context.close();
      assert.deepEqual(complaints, []);
    });
    await page.addInitScript(countDeviceRequests);
    await page.addInitScript(recordConnections);
    await page.goto(url);
    return page;
  }

  const openExample = (t: TestContext, name: string): Promise<Page> =>
    open(t, `${server.httpUrl}/examples/${name}`);

  test('call.html: two see and hear each other, in 40 lines', async (t) => {
    const lines = readFileSync(new URL('call.html', EXAMPLES), 'utf8').trim().split('\n');
    assert.ok(lines.length <= 40, `${lines.length} lines`);
    const pages = [await openExample(t, 'call.html'), await openExample(t, 'call.html')] as const;
    for (const page of pages) await page.click('#join');
    for (const page of pages) await seesAndHears(page, { pictures: 2, voices: 1 });
    await pages[0].close();
    await pages[1].waitForSelector('text=The other one has left.');
    assert.equal(await pages[1].locator('video').count(), 1);
  });

  test('broadcast.html: viewers see and hear the sender, and are asked for no device', async (t) => {
    const sender = await openExample(t, 'broadcast.html');
    await sender.click('#send');
    await sender.waitForSelector('video');
    const viewers = [await openExample(t, 'broadcast.html'), await openExample(t, 'broadcast.html')];
    for (const viewer of viewers) await viewer.click('#watch');
    for (const viewer of viewers) {
      await seesAndHears(viewer, { pictures: 1, voices: 1 });
      assert.equal(await viewer.evaluate('deviceRequests'), 0);
    }
    assert.equal(await sender.innerText('#status'), 'Viewers: 2');
    assert.equal(await sender.locator('video, audio').count(), 1);
  });

  test('data-channel.html: words and bulk data arrive', async (t) => {
    const [one, other] = [
      await openExample(t, 'data-channel.html'),
      await openExample(t, 'data-channel.html'),
    ];
    for (const page of [one, other]) await page.waitForSelector('text=Open this page twice');
    await one.fill('#text', '마당에서 만나요');
    await one.click('#form button:not([id])');
    await other.waitForSelector('text=received: 마당에서 만나요');
    await other.click('#bulk');
    await one.waitForSelector('text=received 64 messages of 64 KiB');
    assert.match(await one.innerText('#log'), /sent to 1: 마당에서 만나요/);
  });

  test('index.html leads to every example', async (t) => {
    const page = await openExample(t, '');
    const links = await page.locator('a').all();
    assert.equal(links.length, 3);
    for (const link of links) {
      const url = new URL((await link.getAttribute('href'))!, page.url());
      assert.equal((await fetch(url)).status, 200, url.href);
    }
  });

  test('a page of another site loads the SDK, and connects where the server allows its origin', async (t) => {
    const site = createServer((_request, response) => {
      const example = readFileSync(new URL('call.html', EXAMPLES), 'utf8');
      response.setHeader('content-type', 'text/html');
      response.end(
        example
          .replace("'/sdk/", `'${generous.httpUrl}/sdk/`)
          .replace('connect(location.origin', 'connect(new URLSearchParams(location.search).get("server")'),
      );
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    const generous = await ServerProcess.start({ options: ['--allowed-origins', origin] });
    t.after(async () => {
      site.close();
      site.closeAllConnections();
      await generous.stop();
    });
    const page = await open(t, `${origin}/?server=${generous.httpUrl}`);
    await page.click('#join');
    await page.waitForSelector('text=You are in.');
    await page.close();

    const context = await browser.newContext();
    t.after(() => context.close());
    const refused = await context.newPage();
    await refused.goto(`${origin}/?server=${server.httpUrl}`);
    await refused.click('#join');
    await refused.waitForSelector('text=serverUnreachable', { timeout: 60_000 });
  });
});

/** Waits until a page shows so many moving pictures and hears so many voices. */
function seesAndHears(page: Page, expected: Expected): Promise<void> {
  return untilPlayed(
    expected,
    () => page.evaluate(watchMedia),
    () => page.evaluate(describeConnections),
  );
}
