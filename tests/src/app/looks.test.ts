import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { skipWithoutChromium } from '../chromium/browser.js';
import { findBarriers } from './accessibility.js';
import { AppLab } from './app-lab.js';
import type { Look, Visitor } from './app-lab.js';
import { findOverflow, findUnreachable, runningAnimations } from './in-page.js';

const QUIET = { query: '&camera=0&microphone=0' };

const LOOKS: Readonly<Record<string, Look>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'phone-upright': phone(390, 844, 'light'),
  'phone-lying': phone(844, 390, 'dark'),
};

function phone(width: number, height: number, colorScheme: 'light' | 'dark'): Look {
  return {
    viewport: { width, height },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
    locale: 'ko-KR',
    colorScheme,
  };
}

/** Controls that are pointed at do not fade. Between the buttons, so that no tip is shown. */
async function pointAtControls(at: Visitor): Promise<void> {
  const { x, y } = (await at.part('controls').boundingBox())!;
  await at.page.mouse.move(x + 40, y - 40);
  await at.page.locator('.room:not(.room-idle)').waitFor();
  await at.page.mouse.move(x + 3, y + 24);
}

describe('how the app looks and moves', { skip: skipWithoutChromium, timeout: 300_000 }, () => {
  let lab: AppLab;
  before(async () => {
    lab = await AppLab.start();
  });
  after(() => lab.stop());

  for (const [name, look] of Object.entries(LOOKS)) {
    const check = async (at: Visitor, screen: string) => {
      // What fades or glides is looked at when it has arrived.
      await at.page.waitForTimeout(350);
      await at.screenshot(`${name}-${screen}`);
      assert.deepEqual(await findBarriers(at.page), [], screen);
      assert.deepEqual(await at.page.evaluate(findOverflow), [], screen);
    };

    test(`before and after a call nothing stands in the way (${name})`, async (t) => {
      const mina = await lab.visitor(t, look);
      mina.expect(/404/);
      await mina.goto('/');
      await mina.part('home').waitFor();
      await check(mina, 'home');
      await mina.part('open-settings').click();
      await check(mina, 'settings');
      await mina.part('settings-done').click();
      await mina.part('invite').click();
      await check(mina, 'invitation');
      await mina.part('dialog-close').click();
      await mina.goto(`/r/${lab.newRoom()}`);
      await mina.part('preview-video').waitFor();
      await check(mina, 'prejoin');
      await mina.part('name').fill('미나');
      await mina.part('enter').click();
      await mina.part('room').waitFor();
      await check(mina, 'alone');
      await mina.part('leave-button').click();
      await mina.part('ended').waitFor();
      await check(mina, 'ended');
      await mina.goto('/r/a%00');
      await mina.part('problem').waitFor();
      await check(mina, 'problem');
    });

    test(`in a call nothing stands in the way (${name})`, async (t) => {
      const room = lab.newRoom();
      const mina = await lab.inRoom(t, room, 'Mina', look);
      const joon = await lab.inRoom(t, room, 'Joon', QUIET);
      await mina.tileOf('Joon').waitFor();
      await joon.page.evaluate(() => window.madang.room!.sendChat('안녕, https://example.org'));
      await pointAtControls(mina);
      await check(mina, 'room');
      assert.deepEqual(await mina.part('controls').evaluate(findUnreachable), []);
      await mina.part('more-button').click();
      await check(mina, 'menu');
      assert.deepEqual(await mina.part('more-menu').evaluate(findUnreachable), []);
      await mina.press('Escape');
      for (const [key, panel] of [
        ['c', 'chat-panel'],
        ['p', 'people-panel'],
      ] as const) {
        await mina.press(key);
        await mina.part(panel).waitFor();
        await check(mina, panel);
        await mina.part('panel-close').click();
      }
      await mina.part('more-button').click();
      await mina.part('menu-connection').click();
      await mina.part('connection-words').waitFor();
      await check(mina, 'connection-panel');
      await mina.part('panel-close').click();
      await mina.press('?');
      await mina.part('shortcuts-dialog').waitFor();
      await check(mina, 'shortcuts');
    });
  }

  test('nothing moves for whoever wants no motion', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.visitor(t, { reducedMotion: 'reduce' });
    const still = async (where: string) => {
      assert.deepEqual(await mina.page.evaluate(runningAnimations), [], where);
    };
    await mina.goto('/');
    await still('home');
    await mina.goto(`/r/${room}?join=1&name=Mina`);
    await mina.part('room').waitFor();
    await still('room');
    const joon = await lab.inRoom(t, room, 'Joon', QUIET);
    await mina.tileOf('Joon').waitFor();
    await still('somebody came');
    await mina.press('c');
    await still('a panel opens');
    await mina.press('l');
    await still('another layout');
    await joon.press('h');
    await mina.tileOf('Joon').getByTestId('tile-hand').waitFor();
    await still('a hand');
    await mina.part('more-button').click();
    await mina.part('menu-settings').click();
    await still('a dialog opens');
  });
});
