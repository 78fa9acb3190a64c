import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import type * as DataScenarios from './mesh-data-scenarios.js';
import type * as MediaScenarios from './mesh-scenarios.js';
import { servePages } from './page-server.js';
import type { PageServer } from './page-server.js';

type Scenarios = typeof MediaScenarios & typeof DataScenarios;

describe('meshes in Chromium', { skip: skipWithoutChromium }, () => {
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
  async function play<Name extends keyof Scenarios>(
    name: Name,
    ...parameters: Parameters<Scenarios[Name]>
  ): Promise<Awaited<ReturnType<Scenarios[Name]>>> {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    try {
      await page.goto(pages.url);
      const result = await page.evaluate(
        `Promise.all([import('/tests/dist/client/mesh-scenarios.js'), import('/tests/dist/client/mesh-data-scenarios.js')])
           .then(([media, data]) => ({ ...media, ...data })[${JSON.stringify(name)}](...${JSON.stringify(parameters)}))`,
      );
      assert.deepEqual(errors, []);
      return result as Awaited<ReturnType<Scenarios[Name]>>;
    } finally {
      await page.close();
    }
  }

  test('audio and video flow both ways after one offer and one answer', async () => {
    const { carried, kinds, ended, states } = await play('mediaBothWays');
    assert.deepEqual(carried, ['b>a offer', 'a>b answer']);
    assert.deepEqual(kinds, ['audio', 'audio']);
    assert.deepEqual(ended, [0, 0]);
    for (const list of states) assert.equal(list.at(-1), 'connected', list.join());
  });

  for (const sender of ['present', 'newcomer'] as const) {
    test(`one offer is enough when only the ${sender} one sends, and its m-sections serve the other later`, async () => {
      const { offers, sections } = await play('oneSendsOnly', sender);
      assert.deepEqual(offers, ['b>a offer']);
      assert.equal(sections, 2);
    });
  }

  test('a track is published later, freed and replaced without negotiation, and unpublished; its place serves again', async () => {
    const { framesWhileFreed, carriedByReplace, ended, sections } = await play('lifeOfATrack');
    assert.equal(framesWhileFreed, 0);
    assert.equal(carriedByReplace, 0);
    assert.equal(ended, 6);
    // Audio, video, data.
    assert.equal(sections, 3);
  });

  test('a camera that is off at first is sent once it is on; one track can follow another in one breath', async () => {
    const { nothing, ended } = await play('offAtFirst');
    assert.equal(nothing, 0);
    assert.equal(ended.length, 1);
  });

  test('offers that cross', async () => {
    const { crossed, connectedOnce } = await play('glare');
    assert.ok(crossed, 'offers did cross');
    assert.deepEqual(connectedOnce, [1, 1]);
  });

  for (const ends of ['polite', 'impolite'] as const) {
    test(`the ${ends} side ends a track while the other begins one in the same place`, async () => {
      assert.deepEqual(await play('endMeetsBeginning', ends), [1, 1]);
    });
  }

  test('a track taken back at once leaves nothing to negotiate', async () => {
    await play('takenBackAtOnce');
  });

  for (const by of ['polite', 'impolite'] as const) {
    test(`the ${by} side exchanges a track while its offer is on its way`, async () => {
      assert.deepEqual(await play('exchangedOnTheWay', by), ['young']);
    });
  }

  test('ICE restarts of both sides at once keep connection and media', async () => {
    assert.deepEqual(await play('iceRestart'), { same: true, ended: 0 });
  });

  test('what restarts do not mend is connected anew', { timeout: 90_000 }, async () => {
    const { generations, states, ended } = await play('rebuild');
    assert.ok(generations.length >= 2, generations.join());
    for (const list of states) assert.equal(list.at(-1), 'connected', list.join());
    assert.deepEqual(ended, [0, 0]);
  });

  test('a connection made anew goes on with the same tracks and channels', async () => {
    assert.deepEqual(await play('rebuildOfWorking'), {
      ended: [0, 0],
      receivers: 1,
      texts: ['before', 'meanwhile'],
      closed: ['closed', 'closed'],
    });
  });

  test('the one in the room offers when nobody else does', async () => {
    await play('firstOfferMissing', 'nobody');
  });

  test('an offer that gets lost is sent again', async () => {
    assert.ok((await play('firstOfferMissing', 'lost')).lost >= 2);
  });

  for (const seed of [1, 2, 3]) {
    test(`three people who do everything at once agree and see each other in the end (seed ${seed})`, async () => {
      const { expected, got } = await play('turmoil', seed);
      assert.ok(expected.length >= 3, 'something is sent in the end');
      assert.deepEqual(got, expected);
    });
  }

  test('three people, one plan for what each gets, and one leaves', async () => {
    const { unlimited, forOne, forTwo, links, ended, states } = await play('three');
    assert.deepEqual(unlimited, [undefined], 'the first frames');
    assert.deepEqual(forOne, [2_500_000]);
    assert.deepEqual(forTwo, [1_200_000, 1_200_000]);
    assert.equal(links, 1);
    for (const list of ended) assert.match(list.join(), /^a\/[^,]+$/);
    assert.deepEqual(states, ['closed']);
  });

  test('32 MiB through a channel: in order, and never more than a little over 1 MiB waiting', async () => {
    const { most, inOrder, first } = await play('bulk');
    assert.ok(inOrder);
    assert.ok(most <= 1024 * 1024 + 65_536, `${most} bytes waited`);
    assert.deepEqual(first, { from: 'a', label: 'bulk', reliable: true, size: 65_536 });
  });

  test('messages before the connection, to all and to one, and those that are refused', async () => {
    const result = await play('beforeConnected');
    assert.deepEqual(result.sentEarly, [2, 0]);
    assert.equal(result.droppedEarly, 2);
    assert.deepEqual(result.early, [[[true, 'early']], [[true, 'early']]]);
    assert.equal(result.receivers, 2);
    assert.deepEqual(result.refused, [
      'tooLarge',
      'unknownParticipant',
      'invalidArgument',
      'invalidArgument',
      'invalidArgument',
    ]);
    assert.equal(result.leaked, false);
    assert.equal(result.toNobody, 0);
  });

  test('a sender that does not wait is refused, and lossy messages are dropped', async () => {
    const { most, codes, accepted, lossyAccepted, lossyDropped } = await play('flood');
    assert.ok(most <= 2 * 1024 * 1024 + 2 * 65_536, `${most} bytes waited`);
    assert.deepEqual(codes, ['bufferFull']);
    assert.ok(accepted >= 16 && accepted < 100, `${accepted} accepted`);
    assert.ok(lossyDropped > 0);
    assert.equal(lossyAccepted + lossyDropped, 100);
  });

  test('channels that nobody should open are closed, messages too large are dropped', async () => {
    const { open, sizes } = await play('strangeChannels');
    assert.equal(open, 32);
    assert.deepEqual(sizes, [4, 65_536]);
  });

  test('nonsense in SDP, candidates and names disturbs nothing', async () => {
    const { uncaught, connections } = await play('hostile');
    assert.deepEqual(uncaught, []);
    assert.equal(connections, 1);
  });
});
