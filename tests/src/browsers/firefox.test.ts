import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { watchMedia } from '../examples/in-page.js';
import { untilPlayed } from '../examples/until-played.js';
import { clickJoin } from './in-page.js';
import { Firefox, skipWithoutFirefox } from './firefox.js';

/** One's own picture and the other's, and the other's voice. */
const BOTH = { pictures: 2, voices: 1 };

describe('Firefox', { skip: skipWithoutFirefox || skipWithoutChromium, timeout: 240_000 }, () => {
  let server: ServerProcess;
  let firefox: Firefox;
  let chromium: Browser;

  before(async () => {
    server = await ServerProcess.start();
    firefox = await Firefox.launch();
    chromium = await launchChromium(
      [],
      ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
    );
  });

  after(async () => {
    await Promise.all([firefox?.close(), chromium?.close()]);
    await server?.stop();
  });

  test('Firefox and Chromium see and hear each other', async () => {
    const mina = await firefox.newPage(`${server.httpUrl}/examples/call.html`);
    const joon = await chromium.newPage();
    await joon.goto(`${server.httpUrl}/examples/call.html`);
    await mina.evaluate(clickJoin);
    await joon.click('#join');
    await untilPlayed(BOTH, () => mina.evaluate(watchMedia));
    await untilPlayed(BOTH, () => joon.evaluate(watchMedia));
    assert.deepEqual(mina.complaints, []);
    await mina.close();
    await joon.close();
  });

  test('two Firefox pages see and hear each other', async () => {
    const pages = [
      await firefox.newPage(`${server.httpUrl}/examples/call.html`),
      await firefox.newPage(`${server.httpUrl}/examples/call.html`),
    ];
    for (const page of pages) await page.evaluate(clickJoin);
    for (const page of pages) await untilPlayed(BOTH, () => page.evaluate(watchMedia));
    for (const page of pages) await page.close();
  });
});
