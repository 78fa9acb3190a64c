import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import type { ConnectOptions } from '@madang/client';

/** What a page may load, by the first part of its path: the compiled modules of the repository. */
const FOLDERS: Readonly<Record<string, string>> = {
  client: '../../../packages/client/dist',
  wire: '../../../packages/wire/dist',
  calls: '.',
};

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

async function serve(route: Route): Promise<void> {
  const [, , folder = '', ...rest] = new URL(route.request().url()).pathname.split('/');
  if (folder === '') return route.fulfill({ contentType: 'text/html', body: PAGE });
  const root = fileURLToPath(new URL(`${FOLDERS[folder] ?? 'none'}/`, import.meta.url));
  const named = path.join(root, ...rest);
  const file = path.extname(named) === '' ? `${named}.js` : named;
  if (!existsSync(file)) return route.fulfill({ status: 404 });
  await route.fulfill({ contentType: 'text/javascript', body: readFileSync(file) });
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>A page of the tests</title>
<script type="importmap">{"imports":{
  "@madang/client":"/sdk-test/client/index.js",
  "@madang/wire/":"/sdk-test/wire/"}}</script>
<script type="module">globalThis.lab = await import('/sdk-test/calls/in-page.js')</script>`;
