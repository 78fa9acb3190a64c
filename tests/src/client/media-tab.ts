import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { PageServer } from './page-server.js';

/**
 * Opens a page with `sdkMedia` (media-page.ts) in it.
 * @param host a name that leads to this machine; browsers open devices on localhost only, or over https
 */
export async function openMediaPage(
  from: Browser | BrowserContext,
  server: PageServer,
  host = 'localhost',
): Promise<Page> {
  const url = new URL(server.url);
  url.hostname = host;
  const page = await from.newPage();
  await page.goto(url.href);
  await page.addScriptTag({ type: 'module', content: "import '/tests/dist/client/media-page.js'" });
  await page.waitForFunction('globalThis.sdkMedia');
  return page;
}
