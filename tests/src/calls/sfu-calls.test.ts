import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import type { ConnectOptions } from '@madang/client';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { assertHears, assertSees, PEOPLE, publishPerson } from './known-media.js';
import { CALL_SWITCHES, openCaller } from './sdk-page.js';

const [MINA, JOON] = PEOPLE as [(typeof PEOPLE)[0], (typeof PEOPLE)[0]];

describe('calls through the media server', { skip: skipWithoutChromium, timeout: 240_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;
  before(async () => {
    server = await ServerProcess.start({ workers: 2 });
    browser = await launchChromium([], CALL_SWITCHES);
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  let rooms = 0;
  /** Opens pages in one room in topology sfu; they are closed with the test. */
  function gathering(t: TestContext) {
    const room = `room ${++rooms}`;
    const pages: Page[] = [];
    t.after(() => Promise.all(pages.map((page) => page.close())));
    return async (name: string, more: Partial<ConnectOptions> = {}): Promise<Page> => {
      const page = await openCaller(browser, server.httpUrl, { room, name, topology: 'sfu', ...more });
      pages.push(page);
      return page;
    };
  }

  test('two people see and hear each other through the server', async (t) => {
    const enter = gathering(t);
    const mina = await enter(MINA.name);
    await publishPerson(mina, MINA);
    const joon = await enter(JOON.name);
    await publishPerson(joon, JOON);
    await assertSees(mina, JOON);
    await assertSees(joon, MINA);
    await assertHears(mina, JOON);
    await assertHears(joon, MINA);
    const path = await mina.evaluate((name) => window.caller.path(name), JOON.name);
    assert.equal(path.kind, 'server');
  });
});
