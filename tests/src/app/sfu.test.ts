import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { PEOPLE } from '../calls/known-media.js';
import type { Person } from '../calls/known-media.js';
import { openSdkPage } from '../calls/sdk-page.js';
import { skipWithoutChromium } from '../chromium/browser.js';
import { findBarriers } from './accessibility.js';
import { AppLab } from './app-lab.js';
import type { Visitor } from './app-lab.js';
import { findOverflow } from './in-page.js';

const [MINA, JOON] = PEOPLE as [Person, Person];
const SFU = '&topology=sfu';
/** Longest time without a new frame while the way is changed. */
const LONGEST_BREAK_MS = 3000;

/** Fifteen people beside the one who looks. */
const CROWD = [
  ...['Joon', 'Ara', 'Ben', 'Chloé', '하늘', 'Noor', 'Emil', '서연'],
  ...['Luca', 'Zoë', '지호', 'Amara', 'Ivan', 'Sofía', '민서'],
];

describe('rooms through the media server', { skip: skipWithoutChromium, timeout: 240_000 }, () => {
  let lab: AppLab;
  before(async () => {
    lab = await AppLab.start();
  });
  after(() => lab.stop());

  const hasTopology = (at: Visitor, way: 'mesh' | 'sfu') =>
    at.page.locator(`[data-testid=room][data-topology=${way}]`).waitFor();
  const hasPath = (at: Visitor, path: 'direct' | 'server' | 'relayed') =>
    at.page.locator(`[data-testid=connection-badge][data-path=${path}]`).first().waitFor();

  /** Changes how the room is connected, as a host does. */
  async function change(at: Visitor, way: 'browsers' | 'server'): Promise<void> {
    await at.press('t');
    await at.part(`way-${way}`).click();
    await at.part('topology-change').click();
    await at.part('topology-dialog').waitFor({ state: 'detached' });
  }

  test('a room made by a link: its way is told, and a host changes it there and back while people talk', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, MINA.name, { media: MINA, query: SFU });
    const joon = await lab.inRoom(t, room, JOON.name, { media: JOON });
    await mina.assertSees(JOON);
    await joon.assertSees(MINA);
    for (const at of [mina, joon]) {
      await hasTopology(at, 'sfu');
      await hasPath(at, 'server');
    }
    await mina.part('connection-badge').hover();
    const badge = mina.page.locator('.connection-badge-words');
    await badge.getByText(/^through the server, \d+ ms/u).waitFor();
    await badge.getByText(/\d+ × \d+, \d+ fps, [\d.]+ [kM]bit\/s, VP8/u).waitFor();
    await mina.screenshot('sfu-badge');
    await mina.part('connection-badge').click();
    assert.match(await mina.part('connection-words').innerText(), /^through the server/u);
    await mina.part('connection-picture').filter({ hasText: /fps/u }).waitFor();
    await mina.screenshot('sfu-connection');
    await mina.part('panel-close').click();

    await joon.press('t');
    assert.equal(await joon.part('topology-change').count(), 0, 'only a host changes it');
    await joon.press('Escape');

    const longest = await Promise.all([mina, joon].map((at) => watchBreaks(at.page)));
    for (const [way, topology, path] of [
      ['browsers', 'mesh', 'direct'],
      ['server', 'sfu', 'server'],
    ] as const) {
      await change(mina, way);
      for (const at of [mina, joon]) {
        await hasTopology(at, topology);
        await hasPath(at, path);
        await at.part('notice').first().waitFor();
      }
      await mina.assertSees(JOON);
      await joon.assertSees(MINA);
    }
    for (const watched of longest) {
      const ms = await watched();
      t.diagnostic(`longest break ${Math.round(ms)} ms`);
      assert.ok(ms < LONGEST_BREAK_MS, `no new frame for ${Math.round(ms)} ms`);
    }
  });

  test('a wish that is not fulfilled is told', async (t) => {
    const mina = await lab.inRoom(t, lab.newRoom(), 'Mina', {
      query: '&camera=0&microphone=0&topology=mcu',
    });
    await mina.part('notice').getByText('This server cannot').waitFor();
    const room = lab.newRoom();
    await lab.inRoom(t, room, 'Ara', { query: '&camera=0&microphone=0' });
    const joon = await lab.inRoom(t, room, 'Joon', { query: `&camera=0&microphone=0${SFU}` });
    await joon.part('notice').getByText('from browser to browser').waitFor();
    await hasTopology(joon, 'mesh');
  });

  test('sixteen people: all are seen, pages turn, what is on no page is not sent', async (t) => {
    const room = lab.newRoom();
    const looks = { colorScheme: 'light', viewport: { width: 1440, height: 900 } } as const;
    const mina = await lab.inRoom(t, room, MINA.name, { media: MINA, query: SFU, ...looks });
    await crowd(t, lab, room);
    await mina.part('tile').nth(CROWD.length).waitFor();
    await allShown(mina);
    const check = async (at: Visitor, screen: string) => {
      await at.page.mouse.move(300, 10);
      await at.page.mouse.move(320, 4);
      await at.page.waitForTimeout(300);
      await at.screenshot(`sfu-16-${screen}`);
      assert.deepEqual(await findBarriers(at.page), [], screen);
      assert.deepEqual(await at.page.evaluate(findOverflow), [], screen);
    };
    await check(mina, 'grid');
    assert.deepEqual(await redrawn(mina.page), [], 'what is measured each second draws no picture anew');

    await mina.press('l');
    await mina.page.locator('[data-testid=room][data-layout=spotlight]').waitFor();
    const strip = await mina.page.locator('.tile-strip').count();
    assert.ok(strip >= 4 && strip < CROWD.length, `${strip} small pictures`);
    await mina.page.emulateMedia({ colorScheme: 'dark' });
    await check(mina, 'speaker-dark');
    await mina.press('l');

    // A phone shows eight at once: the others are on further pages, reached by keys, buttons and a finger.
    await mina.page.setViewportSize({ width: 390, height: 844 });
    await mina.part('stage-pages').waitFor();
    const first = await names(mina);
    assert.equal(first.length, 8);
    await mina.press('PageDown');
    await mina.part('stage-page').getByText('2/2').waitFor();
    const second = await names(mina);
    assert.deepEqual([...first, ...second].length, CROWD.length + 1);
    assert.equal(new Set([...first, ...second]).size, CROWD.length + 1, 'everybody stands on one page');
    await allShown(mina);
    await check(mina, 'phone-dark-page-2');
    await assertReceives(mina, second);
    await mina.part('previous-page').click();
    await mina.part('stage-page').getByText('1/2').waitFor();
    await mina.press('p');
    await mina.part('people-way').waitFor();
    await check(mina, 'phone-dark-people');
    await mina.press('Escape');
    await mina.press('t');
    await mina.part('topology-dialog').waitFor();
    await check(mina, 'phone-dark-topology');
    await mina.press('Escape');

    const sora = await lab.inRoom(t, room, '소라', {
      query: '&camera=0&microphone=0',
      locale: 'ko-KR',
      colorScheme: 'light',
      viewport: { width: 390, height: 844 },
    });
    await allShown(sora);
    await check(sora, 'ko-phone');
    await assertReceives(sora, await names(sora));
    await sora.page.setViewportSize({ width: 1440, height: 900 });
    await sora.press('t');
    await check(sora, 'ko-topology');
  });
});

/** Fifteen people in one page with the SDK, each with a small picture of a colour of their own. */
async function crowd(t: TestContext, lab: AppLab, room: string): Promise<void> {
  const page = await openSdkPage(lab.browser, lab.server.httpUrl);
  t.after(() => page.close());
  await page.evaluate(
    async ({ roomName, people }) => {
      const enter = async (name: string, index: number) => {
        const canvas = document.createElement('canvas');
        Object.assign(canvas, { width: 160, height: 90 });
        const context = canvas.getContext('2d')!;
        let turn = 0;
        setInterval(() => {
          context.fillStyle = `hsl(${index * 24} 45% 62%)`;
          context.fillRect(0, 0, 160, 90);
          context.fillStyle = `hsl(${index * 24} 45% 40%)`;
          context.beginPath();
          context.arc(80, 38 + Math.sin(turn++ / 2), 18, 0, 7);
          context.ellipse(80, 92, 36, 32, 0, 0, 7);
          context.fill();
        }, 200);
        const entered = await window.lab.connect(location.origin, { room: roomName, name });
        const [track] = canvas.captureStream(5).getVideoTracks();
        await entered.localParticipant.publish(track!, { source: 'camera' });
      };
      // All at once is more than one page on a small machine can do in time.
      for (let at = 0; at < people.length; at += 3) {
        await Promise.all(people.slice(at, at + 3).map((name, index) => enter(name, at + index)));
      }
    },
    { roomName: room, people: CROWD },
  );
}

/** Waits until the picture of everybody on this page is shown who sends one. */
async function allShown(at: Visitor): Promise<void> {
  await at.page.waitForFunction(
    () => {
      const tiles = [...document.querySelectorAll('[data-testid=tile]')];
      return tiles.every((tile) => tile.querySelector('.picture-video-shown') ?? tile.matches('.tile-self'));
    },
    undefined,
    { timeout: CROWD_MS },
  );
}

/** Sixteen people are much work for a small machine that does other things too. */
const CROWD_MS = 60_000;

/** Who stands on the stage now. */
function names(at: Visitor): Promise<string[]> {
  return at.page
    .locator('[data-testid=tile]')
    .evaluateAll((tiles) => tiles.map((tile) => (tile as HTMLElement).dataset['participant']!));
}

/** Waits until pictures come of those who are shown and of nobody else. */
async function assertReceives(at: Visitor, shown: readonly string[]): Promise<void> {
  await at.page.waitForFunction(
    (ids) => {
      const { participants } = window.madang.room!;
      return participants.every(({ participantId, connection }) => {
        const comes = connection.received.some(({ kind, bitrateBps }) => kind === 'video' && bitrateBps > 0);
        return comes === ids.includes(participantId);
      });
    },
    shown,
    { timeout: CROWD_MS },
  );
}

/** Begins to look for the longest time in which the picture of the other stands; answers what ends it. */
async function watchBreaks(page: Page): Promise<() => Promise<number>> {
  const watch = await page.evaluateHandle(() => {
    const state = { longestMs: 0, lastMs: performance.now(), seen: -1 };
    setInterval(() => {
      const video = document.querySelector<HTMLVideoElement>('[data-testid=tile] video');
      const frames = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
      if (frames !== state.seen && frames > 0) state.lastMs = performance.now();
      state.seen = frames;
      state.longestMs = Math.max(state.longestMs, performance.now() - state.lastMs);
    }, 30);
    return state;
  });
  return () => watch.evaluate(({ longestMs }) => longestMs);
}

/** Parts of the stage, other than marks of connections, that change within two seconds in which nobody does anything. */
function redrawn(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const changed: string[] = [];
    const observer = new MutationObserver((records) => {
      for (const { target, attributeName } of records) {
        const element = target instanceof Element ? target : target.parentElement!;
        if (element.closest('.connection-badge') === null)
          changed.push(`${element.getAttribute('class')} ${attributeName}`);
      }
    });
    observer.observe(document.querySelector('[data-testid=stage]')!, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    await new Promise((resolve) => setTimeout(resolve, 2200));
    observer.disconnect();
    return changed;
  });
}
