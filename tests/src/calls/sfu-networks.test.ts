import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { Impairment } from '@madang/testkit/impairment/link-model';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { look, measure, nextPicture, openGuest, whenLines } from './bad-network.js';
import type { Guest, Reception } from './bad-network.js';
import { assertHears, assertSees, PEOPLE } from './known-media.js';
import { CALL_SWITCHES } from './sdk-page.js';

const [MINA, JOON, ARA] = PEOPLE as [(typeof PEOPLE)[0], (typeof PEOPLE)[0], (typeof PEOPLE)[0]];

// Mina sends, Joon has a good network, Ara's and in the end Mina's own are bad in turn.
describe(
  'calls through the media server over bad networks',
  { skip: skipWithoutChromium, timeout: 300_000 },
  () => {
    let server: ServerProcess;
    let browser: Browser;
    let mina: Guest;
    let joon: Guest;
    let ara: Guest;
    before(async () => {
      server = await ServerProcess.start({ workers: 0 });
      browser = await launchChromium([], CALL_SWITCHES);
      const enter = async (name: string): Promise<Guest> =>
        openGuest(browser, server, { room: 'networks', name, topology: 'sfu' });
      mina = await enter(MINA.name);
      await mina.page.evaluate(async ({ colour, frequencyHz }) => {
        await Promise.all([window.caller.publishNoise(colour), window.caller.publishTone(frequencyHz)]);
      }, MINA);
      joon = await enter(JOON.name);
      ara = await enter(ARA.name);
      for (const { page } of [joon, ara]) {
        await assertSees(page, MINA);
        await page.evaluate(async (name) => {
          await Promise.all([window.caller.watchGaps(name), window.caller.listen(name)]);
        }, MINA.name);
      }
      await Promise.all([joon, ara].map(({ page }) => whenLines(page, 720, 720)));
    });
    after(async () => {
      await browser.close();
      await server.stop();
      for (const guest of [mina, joon, ara]) guest.network.close();
    });

    function report(t: TestContext, what: string, figures: unknown): void {
      t.diagnostic(`${what}: ${JSON.stringify(figures)}`);
    }

    /** Ara's network is like this to her, and from now on good. */
    async function impaired<T>(impairment: Impairment, run: () => Promise<T>): Promise<T> {
      ara.network.change('toClients', impairment);
      try {
        return await run();
      } finally {
        ara.network.change('toClients', {});
      }
    }

    const whatAraGets = (milliseconds: number): Promise<Reception> =>
      measure(ara.page, MINA.name, milliseconds);

    async function whatBothGet(milliseconds: number): Promise<{ hers: Reception; his: Reception }> {
      const [hers, his] = await Promise.all([
        whatAraGets(milliseconds),
        measure(joon.page, MINA.name, milliseconds),
      ]);
      return { hers, his };
    }

    test('who has 500 kbit/s gets lower layers, with 150 sound at least; others keep theirs, and all of it comes back', async (t) => {
      const settledMs = await impaired({ rateBps: 500_000 }, async () => {
        const milliseconds = await whenLines(ara.page, 1, 360);
        await wait(2000);
        const { hers, his } = await whatBothGet(5000);
        report(t, '500 kbit/s', hers);
        report(t, 'not limited', his);
        assert.ok(hers.frames >= 10 && hers.gapMs < 3000, `pictures stood still for ${hers.gapMs} ms`);
        assertSound(hers);
        assert.equal(his.lines, 720);
        return milliseconds;
      });
      report(t, 'ms to lower layers', settledMs);
      assert.ok(settledMs < 10_000, `${settledMs} ms`);
      await impaired({ rateBps: 150_000 }, async () => {
        await wait(4000);
        const { hers, his } = await whatBothGet(5000);
        report(t, '150 kbit/s', hers);
        report(t, 'not limited', his);
        // There is hardly room for a picture beside the sound, which goes first.
        assertSound(hers);
        assert.equal(his.lines, 720);
      });
      report(t, 'ms until 720 lines are back', await whenLines(ara.page, 720, 720, 40_000));
    });

    test('over 1 Mbit/s pictures and sound come and no queue stands', async (t) => {
      await impaired({ rateBps: 1_000_000, queueMs: 1000 }, async () => {
        await wait(8000);
        ara.network.restartFigures();
        const hers = await whatAraGets(6000);
        const { deliveredBps, meanWaitMs, maximumWaitMs } = ara.network.figures('toClients');
        report(t, 'limited', hers);
        report(t, 'of the network', { deliveredBps: Math.round(deliveredBps), meanWaitMs, maximumWaitMs });
        assert.ok(hers.frames >= 10, `${hers.frames} frames`);
        assert.ok(meanWaitMs < 150, `packets wait for ${meanWaitMs} ms`);
        assertSound(hers);
      });
    });

    for (const [what, impairment] of [
      ['5 % random loss', { lossFraction: 0.05 }],
      ['5 % loss in bursts', { burstLoss: { beginFraction: 0.0125, endFraction: 0.25 } }],
      ['reordering', { delayMs: 20, reorderFraction: 0.1, reorderMs: 40 }],
      ['jitter of 200 ms', { delayMs: 100, jitterMs: 100 }],
    ] as const) {
      test(`under ${what} pictures and sound go on`, async (t) => {
        await impaired(impairment, async () => {
          await wait(1500);
          const { hers, his } = await whatBothGet(6000);
          report(t, 'impaired', hers);
          report(t, 'not impaired', his);
          report(t, 'share of frames', hers.frames / his.frames);
          // The lowest layer of an estimate that fell has a quarter of the frames.
          assert.ok(hers.frames > 0.2 * his.frames, `${hers.frames} of ${his.frames} frames`);
          assert.ok(hers.gapMs < 3000, `pictures stood still for ${hers.gapMs} ms`);
          assert.ok(hers.nackShare < 0.2, `${hers.nacks} NACKs for ${hers.packets} packets`);
          assert.ok(hers.plis <= 3, `${hers.plis} requests for key frames in 6 s`);
          assertSound(hers);
        });
      });
    }

    test('media follows a client whose address changes', async (t) => {
      const began = performance.now();
      ara.network.rebind();
      const hers = await whatAraGets(6000);
      const strayMs = ara.network.strayAtMs - began;
      report(t, 'rebound', {
        gapMs: hers.gapMs,
        strays: ara.network.strays,
        lastStrayMs: Math.round(strayMs),
      });
      // A browser checks a path that works every 2.5 s.
      assert.ok(hers.gapMs < 5000, `no picture for ${hers.gapMs} ms`);
      assert.ok(strayMs < 5000, `still sent to the old address after ${strayMs} ms`);
    });

    test('media is back soon after a cut of 8 s, and after one of 20 s, which ends the connection', async (t) => {
      const cut = async ({ network, page }: Guest, seconds: number): Promise<number> => {
        network.cut();
        await wait(1000 * seconds);
        network.mend();
        return nextPicture(page);
      };
      const [afterShortMs, afterLongMs] = await Promise.all([cut(ara, 8), cut(joon, 20)]);
      report(t, 'back after ms', { afterShortMs, afterLongMs });
      assert.ok(afterShortMs < 8000, `${afterShortMs} ms`);
      assert.ok(afterLongMs < 12_000, `${afterLongMs} ms`);
      await Promise.all([ara, joon].map(({ page }) => assertSees(page, MINA)));
    });

    test('a publisher with 300 kbit/s is seen and heard', async (t) => {
      mina.network.change('toServer', { rateBps: 300_000 });
      await wait(6000);
      const counted = await look(joon.page);
      await wait(6000);
      const frames = (await look(joon.page)).framesDecoded - counted.framesDecoded;
      report(t, 'frames in 6 s', frames);
      mina.network.change('toServer', {});
      assert.ok(frames >= 10, `${frames} frames`);
      await assertHears(joon.page, MINA);
    });
  },
);

/** The share of sound that is made up under 5 % loss is near that: there is no other protection than that of Opus. */
function assertSound({ concealedShare }: Reception): void {
  assert.ok(concealedShare < 0.1, `${concealedShare} of the sound is made up`);
}
