import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { ConnectionPath } from '@madang/client';
import { ServerProcess } from '@madang/testkit/server-process';
import { Firefox, skipWithoutFirefox } from '../browsers/firefox.js';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import type { Colour } from './in-page.js';
import { assertHears, assertSees, PEOPLE, publishPerson } from './known-media.js';
import type { TestPage } from './known-media.js';
import { CALL_SWITCHES, openCaller, openFirefoxCaller } from './sdk-page.js';

const [MINA, JOON, ARA] = PEOPLE as [(typeof PEOPLE)[0], (typeof PEOPLE)[0], (typeof PEOPLE)[0]];

/** Firefox has no candidate of a loopback address for servers elsewhere, so media goes by one of the machine's own. */
const OWN_ADDRESS = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

const skip =
  skipWithoutFirefox ||
  skipWithoutChromium ||
  (OWN_ADDRESS === undefined && 'this machine has no IPv4 address but loopback');

describe('Firefox through the media server', { skip, timeout: 240_000 }, () => {
  let server: ServerProcess;
  let firefox: Firefox;
  let chromium: Browser;
  before(async () => {
    server = await ServerProcess.start({
      workers: 1,
      hosts: ['127.0.0.1', OWN_ADDRESS!],
      options: ['--open', '--public-address', OWN_ADDRESS!],
    });
    firefox = await Firefox.launch();
    chromium = await launchChromium([], CALL_SWITCHES);
  });
  after(async () => {
    await Promise.all([firefox?.close(), chromium?.close()]);
    await server?.stop();
  });

  test('Firefox and Chromium see and hear each other', async () => {
    const enter = { room: 'two browsers', topology: 'sfu' } as const;
    const mina = await openFirefoxCaller(firefox, server.httpUrl, { ...enter, name: MINA.name });
    const joon = await openCaller(chromium, server.httpUrl, { ...enter, name: JOON.name });
    await Promise.all([publishPerson(mina, MINA), publishPerson(joon, JOON)]);
    await Promise.all([assertSees(joon, MINA), assertSees(mina, JOON)]);
    await Promise.all([assertHears(joon, MINA), assertHears(mina, JOON)]);
    const pathTo = (name: string): Promise<ConnectionPath> => window.caller.path(name);
    assert.equal((await mina.evaluate(pathTo, JOON.name)).kind, 'server');
    assert.equal((await joon.evaluate(pathTo, MINA.name)).kind, 'server');
    await mina.evaluate(() => window.caller.room.localParticipant.setCameraEnabled(false));
    await joon.evaluate((what) => window.caller.wasTold(what), `muted ${MINA.name} camera`);
    await mina.evaluate(() => window.caller.room.localParticipant.setCameraEnabled(true));
    await joon.evaluate((what) => window.caller.wasTold(what), `unmuted ${MINA.name} camera`);
    await assertSees(joon, MINA);
    await mina.evaluate((colour) => window.caller.publishColour(colour, 'screen'), ARA.colour);
    await assertSees(joon, { ...MINA, colour: ARA.colour }, 'screen');
    assert.deepEqual(mina.complaints, []);
    await Promise.all([mina.close(), joon.close()]);
  });

  test('a picture comes in the size it is shown at, from Firefox and to it', async (t) => {
    const enter = { room: 'sizes', topology: 'sfu' } as const;
    const mina = await openFirefoxCaller(firefox, server.httpUrl, { ...enter, name: MINA.name });
    const joon = await openCaller(chromium, server.httpUrl, { ...enter, name: JOON.name });
    for (const [page, { colour }] of [
      [mina, MINA],
      [joon, JOON],
    ] as const)
      await publishInTwoSizes(page, colour);
    const figures: Record<string, number> = {};
    for (const [width, height] of [
      [640, 360],
      [320, 180],
    ] as const) {
      for (const [page, { name }] of [
        [joon, MINA],
        [mina, JOON],
      ] as const)
        figures[`${height} lines of ${name}`] = await inSize(page, name, width, height);
    }
    t.diagnostic(JSON.stringify(figures));
    await Promise.all([assertSees(joon, MINA), assertSees(mina, JOON)]);
    assert.deepEqual(mina.complaints, []);
    await Promise.all([mina.close(), joon.close()]);
  });

  // H.264 of Firefox is a component that it fetches from its maker, which these tests do not let it.
  for (const videoCodec of ['VP9', 'AV1'] as const) {
    test(`${videoCodec} of Firefox is seen in Chromium, and that of Chromium in Firefox`, async (t) => {
      const enter = { room: videoCodec, topology: 'sfu', videoCodec } as const;
      const mina = await openFirefoxCaller(firefox, server.httpUrl, { ...enter, name: MINA.name });
      const joon = await openCaller(chromium, server.httpUrl, { ...enter, name: JOON.name });
      await Promise.all([publishPerson(mina, MINA), publishPerson(joon, JOON)]);
      await Promise.all([assertSees(joon, MINA), assertSees(mina, JOON)]);
      t.diagnostic(`from Firefox ${await joon.evaluate(codecFrom, MINA.name)}`);
      t.diagnostic(`to Firefox ${await mina.evaluate(codecFrom, JOON.name)}`);
      assert.deepEqual(mina.complaints, []);
      await Promise.all([mina.close(), joon.close()]);
    });
  }
});

async function publishInTwoSizes(page: TestPage, colour: Colour): Promise<void> {
  await page.evaluate(async (one) => {
    await window.caller.publishColour(one, 'camera', 640, 360);
  }, colour);
}

/** Shows somebody in this size; answers after how many milliseconds pictures of it came. */
function inSize(page: TestPage, name: string, width: number, height: number): Promise<number> {
  return page.evaluate(
    async ([who, w, h]) => {
      await window.caller.trackOf(who, 'camera');
      await window.caller.show(who, w, h);
      return window.caller.height(who, h);
    },
    [name, width, height] as const,
  );
}

/** Runs in a page. */
function codecFrom(name: string): Promise<string> {
  return window.lab.until(
    () =>
      window.caller.room.participants
        .find((one) => one.name === name)
        ?.connection.received.find(({ kind }) => kind === 'video')?.codec,
    'no codec',
  );
}
