/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 780 } };
const DARK: BrowserContextOptions = { colorScheme: 'dark', locale: 'ko-KR' };

describe('the room of the app', { skip: skipWithoutChromium, timeout: 240_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;
  before(async () => {
    server = await ServerProcess.start();
    browser = await launchChromium(
      [],
      [
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
      ],
    );
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  let rooms = 0;
  /** Opens the app in a room of its own, once for each person, without clicks. */
  function gathering(t: TestContext) {
    const room = `room ${++rooms}`;
    return async (name: string, query = '', look: BrowserContextOptions = {}): Promise<Page> => {
      const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...look });
      t.after(() => context.close());
      const page = await context.newPage();
      await page.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) =>
          console.error(`CSP ${event.violatedDirective}`),
        );
      });
      page.on('console', (message) => {
        if (message.text().startsWith('CSP')) violations.push(message.text());
      });
      await page.goto(`${server.httpUrl}/r/${encodeURIComponent(room)}?join=1&name=${name}${query}`);
      await page.getByTestId('room').waitFor({ timeout: 30_000 });
      return page;
    };
  }
  const violations: string[] = [];

  test('two people see each other, and each sees what the other turns off', async (t) => {
    const enter = gathering(t);
    const mina = await enter('Mina');
    await mina.getByTestId('invitation').waitFor();
    const joon = await enter('Joon', '', PHONE);
    await seesPictures(mina, 1);
    await seesPictures(joon, 1);
    assert.equal(await mina.getByTestId('invitation').count(), 0);
    assert.equal(await joon.getByTestId('tile-name').innerText(), 'Mina');

    await mina.keyboard.press('m');
    await joon.getByTestId('tile-muted').waitFor();
    await mina.keyboard.down('Space');
    await joon.getByTestId('tile-muted').waitFor({ state: 'detached' });
    await mina.keyboard.up('Space');
    await joon.getByTestId('tile-muted').waitFor();
    await mina.keyboard.press('v');
    await joon.getByTestId('tile').locator('video').waitFor({ state: 'detached' });
    await mina.keyboard.press('v');
    await seesPictures(joon, 1);

    await joon.getByTestId('leave-button').click();
    await mina.getByTestId('invitation').waitFor();
  });

  test('the badge says how one is connected, the panel plots it', async (t) => {
    const enter = gathering(t);
    const mina = await enter('Mina', '&camera=0');
    await enter('Joon', '&camera=0');
    await mina.locator('[data-testid=connection-badge][data-path=direct]').waitFor({ timeout: 30_000 });
    await mina.getByTestId('connection-badge').click();
    await mina.locator('.history-plot canvas').first().waitFor();
    assert.match(await mina.getByTestId('connection-words').innerText(), /^direct, \d+ ms$/u);
    assert.equal(await mina.locator('.history-plot canvas').count(), 3);
  });

  test('what strangers write stays text, and tells that it is new', async (t) => {
    const enter = gathering(t);
    const mina = await enter('Mina', '&camera=0&microphone=0');
    const joon = await enter('%3Cimg%20src%3Dx%3E', '&camera=0&microphone=0');
    await joon.keyboard.press('c');
    await joon
      .getByTestId('chat-field')
      .fill('<b>tea?</b> https://madang.example/(tea). javascript:alert(1)');
    await joon.keyboard.press('Enter');
    assert.equal(await mina.getByTestId('chat-unread').innerText(), '1');
    await mina.keyboard.press('c');
    const said = mina.getByTestId('chat-text');
    assert.equal(await said.innerText(), '<b>tea?</b> https://madang.example/(tea). javascript:alert(1)');
    assert.equal(await said.locator('b').count(), 0);
    assert.equal(await said.locator('a').count(), 1);
    assert.equal(await said.locator('a').getAttribute('href'), 'https://madang.example/(tea)');
    assert.match((await said.locator('a').getAttribute('rel')) ?? '', /noopener/u);
    assert.equal(await mina.getByTestId('chat-unread').count(), 0);
    assert.equal(await mina.getByTestId('tile').locator('img').count(), 0);
    const late = await enter('Late', '&camera=0&microphone=0');
    await late.keyboard.press('c');
    assert.equal(await late.getByTestId('chat-text').count(), 1);
  });

  test('a host lets people in, asks one to mute and removes one; a viewer has nothing to turn on', async (t) => {
    const enter = gathering(t);
    const mina = await enter('Mina', '&camera=0');
    const joon = await enter('Joon', '&camera=0');
    const viewer = await enter('Ara', '&role=viewer', DARK);
    for (const button of ['microphone-button', 'camera-button', 'share-button']) {
      assert.equal(await viewer.getByTestId(button).count(), 0, button);
    }
    assert.equal(await mina.getByTestId('tile').count(), 1, 'a viewer has no tile');

    await mina.keyboard.press('p');
    const row = mina.getByTestId('person').filter({ hasText: 'Joon' });
    await row.getByTestId('person-menu').click();
    await mina.getByTestId('ask-mute').click();
    await joon.getByTestId('mute-now').click();
    await mina.getByTestId('tile-muted').waitFor();

    await mina.getByTestId('lobby-switch').click();
    await mina.getByTestId('lobby-switch').and(mina.locator(':checked')).waitFor();
    const waiting = enter('Sora', '&camera=0&microphone=0');
    await mina.getByTestId('admit').click();
    const sora = await waiting;
    await sora.getByTestId('tile').first().waitFor();

    await row.getByTestId('person-menu').click();
    await mina.getByTestId('remove-person').click();
    await mina.getByTestId('remove-confirm').click();
    await joon.getByTestId('room').waitFor({ state: 'detached' });
    await row.waitFor({ state: 'detached' });
  });

  test('controls fade and come back; the keys are shown', async (t) => {
    const enter = gathering(t);
    const mina = await enter('Mina', '&camera=0&microphone=0');
    await enter('Joon', '&camera=0&microphone=0');
    await mina.mouse.move(300, 300);
    await mina.locator('.room-idle').waitFor({ timeout: 15_000 });
    await mina.mouse.move(320, 300);
    await mina.locator('.room-idle').waitFor({ state: 'detached' });
    await mina.keyboard.press('?');
    await mina.getByTestId('shortcuts-dialog').waitFor();
    await mina.keyboard.press('Escape');
    await mina.getByTestId('shortcuts-dialog').waitFor({ state: 'detached' });
    await mina.keyboard.press('l');
    await mina.locator('[data-testid=room][data-layout=spotlight]').waitFor();
    await mina.keyboard.press('l');
    await mina.locator('[data-testid=room][data-layout=grid]').waitFor();
  });

  test('nothing keeps people who use assistive technology out', async (t) => {
    const enter = gathering(t);
    const mina = await enter('Mina', '&camera=0');
    await assertAccessible(mina, 'alone');
    const joon = await enter('Joon', '&camera=0', DARK);
    for (const [key, panel] of [
      ['c', 'chat-panel'],
      ['p', 'people-panel'],
    ] as const) {
      for (const page of [mina, joon]) {
        await page.keyboard.press(key);
        await page.getByTestId(panel).waitFor();
        await assertAccessible(page, panel);
        await page.keyboard.press('Escape');
        await page.getByTestId(panel).waitFor({ state: 'detached' });
      }
    }
    await joon.getByTestId('connection-badge').click();
    await joon.getByTestId('connection-panel').waitFor();
    await assertAccessible(joon, 'connection');
    await mina.getByTestId('more-button').click();
    await mina.getByTestId('more-menu').waitFor();
    await assertAccessible(mina, 'menu');
  });

  test('the content security policy was never in the way', () => {
    assert.deepEqual(violations, []);
  });
});

/** Waits until so many tiles show a picture that moves. */
async function seesPictures(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const videos = [...document.querySelectorAll<HTMLVideoElement>('[data-testid=tile] video')];
      return videos.filter((video) => video.videoWidth > 0 && video.currentTime > 0).length >= wanted;
    },
    count,
    { timeout: 30_000 },
  );
}

interface Finding {
  readonly impact?: string | null;
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function assertAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(AXE);
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(target: Document): Promise<{ violations: readonly Finding[] }> };
    };
    return (await axe.run(document)).violations;
  });
  const serious = findings.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(
    serious.map(({ id, nodes }) => `${where}: ${id}: ${nodes[0]?.html}`),
    [],
  );
}
