import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { servePages } from './page-server.js';
import type { PageServer } from './page-server.js';
import type * as Scenarios from './server-media-scenarios.js';

describe('media through a server, in Chromium', { skip: skipWithoutChromium, timeout: 180_000 }, () => {
  let browser: Browser;
  let pages: PageServer;

  before(async () => {
    pages = await servePages();
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    pages?.close();
  });

  /** Plays a scenario in a page of its own; whatever nobody caught there fails the test. */
  async function play<Name extends keyof typeof Scenarios>(
    name: Name,
    ...parameters: Parameters<(typeof Scenarios)[Name]>
  ): Promise<Awaited<ReturnType<(typeof Scenarios)[Name]>>> {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    try {
      await page.goto(pages.url);
      const result = await page.evaluate(
        `import('/tests/dist/client/server-media-scenarios.js').then((scenarios) => scenarios[${JSON.stringify(name)}](...${JSON.stringify(parameters)}))`,
      );
      assert.deepEqual(errors, []);
      return result as Awaited<ReturnType<(typeof Scenarios)[Name]>>;
    } finally {
      await page.close();
    }
  }

  test('one connection up and one down serve everybody; sections are used again', async () => {
    const result = await play('throughTheServer');
    const { upOffers, sections, told, directOffers, states } = result;
    assert.deepEqual(
      upOffers,
      [1, 1, 0],
      'two tracks go into one offer, and who only receives offers nothing',
    );
    assert.equal(sections[1], sections[0], 'the next track takes the place of the one before');
    assert.deepEqual(
      told.filter((one) => one.endsWith(' b')),
      ['track b', 'end b', 'track b'],
    );
    assert.equal(result.upSections, 2, 'so it does in what is sent');
    assert.ok(!result.isUpWithoutTracks, 'who sends nothing any more needs no connection');
    assert.deepEqual(directOffers, []);
    assert.equal(states.at(-1), 'connected', states.join());
    assert.equal(result.path, 'server');
    assert.deepEqual(result.received, ['audio', 'video']);
    assert.deepEqual(result.ownTrack, [true]);
    assert.deepEqual(result.fromViewer, ['server', 0]);
  });

  test('in another network up restarts ICE and down comes anew; no track ends', async () => {
    const { isUpTheSame, upOffers, downAsked, told } = await play('anotherNetwork');
    assert.ok(isUpTheSame);
    assert.deepEqual([upOffers, downAsked], [2, 1]);
    assert.deepEqual(
      told.filter((one) => one.startsWith('end')),
      [],
    );
  });

  test('after a restart of the server both are negotiated anew; no track ends', async () => {
    assert.equal(await play('serverRestart'), 0);
  });

  test('channels connect browsers when they are opened, and outlive changes of the topology', async () => {
    const { before, connected, pathsInMesh, texts } = await play('dataBesideTheServer');
    assert.equal(before, 0);
    assert.deepEqual(connected, ['a>b offer', 'b>a answer']);
    assert.equal(pathsInMesh, 2);
    assert.deepEqual(texts, ['one', 'two', 'three']);
  });

  test('a camera goes in three sizes, of which those are sent that the server wants', async () => {
    assert.deepEqual(await play('sizesThatAreWanted'), ['q,h,f', 'h', '', 'q,f', 'q']);
  });

  for (const [codec, mode] of [
    ['VP8', undefined],
    ['VP9', 'L1T3'],
    ['AV1', 'L1T3'],
  ] as const) {
    test(`${codec} where that is chosen`, async () => {
      const [mimeType, scalabilityMode] = await play('videoIn', codec);
      assert.equal(mimeType, `video/${codec}`);
      if (mode !== undefined) assert.equal(scalabilityMode, mode);
    });
  }

  test('the largest element in sight says the size; after two seconds without any, nothing is wanted', async () => {
    const { told, pausedAfterMs } = await play('sizesThatAreShown');
    assert.deepEqual(told, ['160x90', '480x270', '160x90', 'paused', '160x90', 'paused']);
    assert.ok(pausedAfterMs > 1900, `${pausedAfterMs} ms`);
  });

  test('what is wanted is told in few messages, the newest of it', async () => {
    assert.deepEqual(await play('whatIsAskedFor'), [['320x180'], ['640x360']]);
  });
});
