import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { openMediaPage } from './media-tab.js';
import { servePages } from './page-server.js';
import type { PageServer } from './page-server.js';

describe('media that the browser refuses', { skip: skipWithoutChromium }, () => {
  let server: PageServer;

  before(async () => {
    server = await servePages();
  });

  after(() => {
    server?.close();
  });

  /** A browser of its own, since flags decide which devices there are and who may use them. */
  async function inBrowser(
    flags: readonly string[],
    use: (browser: Browser) => Promise<void>,
  ): Promise<void> {
    const browser = await launchChromium([], flags);
    try {
      await use(browser);
    } finally {
      await browser.close();
    }
  }

  async function failures(page: Page) {
    return page.evaluate(async () => ({
      camera: await sdkMedia.failureOf(() => sdkMedia.captureCamera()),
      microphone: await sdkMedia.failureOf(() => sdkMedia.captureMicrophone()),
    }));
  }

  test('a permission that is denied', () =>
    inBrowser(['--use-fake-device-for-media-stream'], async (browser) => {
      const context = await browser.newContext();
      await context.grantPermissions([]);
      const { camera, microphone } = await failures(await openMediaPage(context, server));
      assert.equal(camera.code, 'permissionDenied');
      assert.equal(camera.device, 'camera');
      assert.match(camera.message, /site settings/);
      assert.equal(microphone.code, 'permissionDenied');
      assert.equal(microphone.device, 'microphone');
    }));

  test('a machine without devices, and a camera that is not what was asked for', () =>
    inBrowser([], async (browser) => {
      const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
      const { camera, microphone } = await failures(await openMediaPage(context, server));
      assert.equal(camera.code, 'deviceNotFound');
      assert.equal(microphone.code, 'deviceNotFound');
      assert.match(microphone.message, /The microphone was not found/);
    }));

  test('a page over plain http', () =>
    inBrowser(
      ['--use-fake-device-for-media-stream', '--host-resolver-rules=MAP plain.test 127.0.0.1'],
      async (browser) => {
        const page = await openMediaPage(browser, server, 'plain.test');
        const { camera, microphone } = await failures(page);
        assert.equal(camera.code, 'insecureContext');
        assert.match(camera.message, /https/);
        assert.equal(microphone.code, 'insecureContext');
        const seen = await page.evaluate(async () => (await sdkMedia.devices.refresh()).length);
        assert.equal(seen, 0);
      },
    ));
});
