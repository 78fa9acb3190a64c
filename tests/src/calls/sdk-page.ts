import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import type { ConnectOptions } from '@madang/client';
import type { Answer, Firefox, FirefoxPage } from '../browsers/firefox.js';
import { pageModule } from '../chromium/page-module.js';

/** Sound without a click; and a page that playwright answers may reach the server it stands for on this machine. */
export const CALL_SWITCHES = [
  '--autoplay-policy=no-user-gesture-required',
  '--disable-features=LocalNetworkAccessChecks',
];

/** A page of a server's origin in which `window.lab` is in-page.ts, over the SDK as it was compiled. */
export async function openSdkPage(from: Browser | BrowserContext, origin: string): Promise<Page> {
  const page = await from.newPage();
  await page.route(`${origin}/sdk-test/**`, serve);
  await page.goto(`${origin}/sdk-test/`);
  await page.waitForFunction(() => 'lab' in globalThis, undefined, { timeout: 20_000 });
  return page;
}

/** A page whose `window.caller` is in the room. */
export async function openCaller(
  from: Browser | BrowserContext,
  origin: string,
  options: ConnectOptions,
): Promise<Page> {
  const page = await openSdkPage(from, origin);
  await page.evaluate(async (chosen) => {
    await window.lab.join(chosen);
  }, options);
  return page;
}

/** The same in Firefox. */
export async function openFirefoxCaller(
  from: Firefox,
  origin: string,
  options: ConnectOptions,
): Promise<FirefoxPage> {
  await from.answer(`${origin}/sdk-test/`, fileAt);
  const page = await from.newPage(`${origin}/sdk-test/`);
  await page.evaluate(async (chosen) => {
    // The page has loaded before its module has been evaluated.
    while (!('lab' in globalThis)) await new Promise((resolve) => setTimeout(resolve, 20));
    await window.lab.join(chosen);
  }, options);
  return page;
}

async function serve(route: Route): Promise<void> {
  await route.fulfill(await fileAt(route.request().url()));
}

/** What is at a URL under /sdk-test/. */
async function fileAt(url: string): Promise<Answer> {
  if (!url.endsWith('.js')) return { contentType: 'text/html', body: PAGE };
  return { contentType: 'text/javascript', body: await pageModule(IN_PAGE) };
}

const IN_PAGE = new URL('in-page.js', import.meta.url);

const PAGE = `<!doctype html><meta charset="utf-8"><title>A page of the tests</title>
<script type="module">globalThis.lab = await import('/sdk-test/in-page.js')</script>`;
