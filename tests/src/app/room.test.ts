import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PEOPLE } from '../calls/known-media.js';
import type { Person } from '../calls/known-media.js';
import { toneOf } from '../calls/in-page.js';
import { skipWithoutChromium } from '../chromium/browser.js';
import { AppLab } from './app-lab.js';
import type { Visitor } from './app-lab.js';
import { watchVideo } from './in-page.js';

const [MINA, JOON] = PEOPLE as [Person, Person];
/** Whoever is there only to look needs no camera. */
const QUIET = { query: '&camera=0&microphone=0' };

describe('a call in the app', { skip: skipWithoutChromium, timeout: 300_000 }, () => {
  let lab: AppLab;
  before(async () => {
    lab = await AppLab.start();
  });
  after(() => lab.stop());

  /** The loudest tone of what somebody's microphone sends here. */
  async function heard(at: Visitor, name: string): Promise<{ frequencyHz: number; aboveRestDb: number }> {
    const track = await at.page.waitForFunction(
      (who) =>
        window.madang.room!.participants.find((one) => one.name === who)?.publication('microphone')?.track
          ?.mediaStreamTrack,
      name,
    );
    return at.page.evaluate(toneOf, track as never);
  }

  test('two people see and hear each other; the keys M and V; who it was afterwards; in again', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, MINA.name, { media: MINA });
    const joon = await lab.inRoom(t, room, JOON.name, { media: JOON });
    await mina.assertSees(JOON);
    await joon.assertSees(MINA);
    for (const [at, person] of [
      [mina, JOON],
      [joon, MINA],
    ] as const) {
      const { frequencyHz, aboveRestDb } = await heard(at, person.name);
      assert.ok(Math.abs(frequencyHz - person.frequencyHz) < 15, `${person.name} at ${frequencyHz} Hz`);
      assert.ok(aboveRestDb > 25, `only ${aboveRestDb} dB above the rest`);
    }
    await mina.page.locator('[data-testid=connection-badge][data-path=direct]').waitFor();
    await mina.screenshot('two-people');

    const tile = mina.tileOf(JOON.name);
    await joon.press('m');
    await tile.getByTestId('tile-muted').waitFor();
    const silence = await heard(mina, JOON.name);
    assert.ok(
      silence.aboveRestDb < 10 || Math.abs(silence.frequencyHz - JOON.frequencyHz) > 15,
      'it is silent',
    );
    await joon.press('m');
    await tile.getByTestId('tile-muted').waitFor({ state: 'detached' });
    const again = await heard(mina, JOON.name);
    assert.ok(Math.abs(again.frequencyHz - JOON.frequencyHz) < 15);

    await joon.press('v');
    await tile.getByTestId('picture-video').waitFor({ state: 'detached' });
    await joon.page.locator('[data-testid=camera-button][data-on=false]').waitFor();
    await joon.press('v');
    await mina.assertSees(JOON);

    await joon.part('leave-button').click();
    await joon.part('ended').waitFor();
    assert.match(await joon.part('call-people').innerText(), new RegExp(MINA.name));
    assert.equal(await joon.part('call-path').getAttribute('data-path'), 'direct');
    await joon.screenshot('ended');
    await tile.waitFor({ state: 'detached' });
    await mina.part('invitation').waitFor();
    await joon.part('rejoin').click();
    await joon.part('name').fill(JOON.name);
    await joon.part('enter').click();
    await mina.assertSees(JOON);
    await joon.page.reload();
    await joon.part('room').waitFor();
    await mina.assertSees(JOON);
    assert.equal(await mina.part('tile').count(), 1, 'a reload leaves nobody behind');
  });

  test('chat: unread mark, history for who comes later, safe links, text that stays text', async (t) => {
    const room = lab.newRoom();
    const name = '<img src=x onerror=alert(1)>';
    const mina = await lab.inRoom(t, room, 'Mina', QUIET);
    const joon = await lab.inRoom(t, room, name, QUIET);
    await joon.press('c');
    const lines = [
      '마당 is open',
      'see https://example.org/a?b=1, and javascript:alert(1)',
      '<b>bold</b> <script>alert(1)</script>',
    ];
    for (const line of lines) {
      await joon.part('chat-field').fill(line);
      await joon.press('Enter');
    }
    await joon.part('chat-text').nth(2).waitFor();
    assert.equal(await joon.part('chat-unread').count(), 0, 'what one says oneself is read');
    await mina.part('chat-unread').getByText('3').waitFor();
    await mina.part('chat-button').click();
    await mina.part('chat-unread').waitFor({ state: 'detached' });
    const ara = await lab.inRoom(t, room, 'Ara', QUIET);
    assert.equal(await ara.part('chat-unread').count(), 0);
    await ara.press('c');
    for (const reader of [mina, ara]) {
      await reader.part('chat-text').nth(2).waitFor();
      assert.deepEqual(await reader.part('chat-text').allInnerTexts(), lines);
      const link = reader.part('chat-panel').locator('a');
      assert.equal(await link.count(), 1);
      assert.equal(await link.getAttribute('href'), 'https://example.org/a?b=1');
      assert.match((await link.getAttribute('rel'))!, /noopener.*noreferrer/);
      assert.equal(await link.getAttribute('target'), '_blank');
      assert.equal(await reader.page.locator('main b, main script, main img').count(), 0);
      assert.ok((await reader.part('chat-list').innerText()).includes(name));
    }
    await mina.screenshot('chat');
    await ara.press('Escape');
    await ara.part('chat-panel').waitFor({ state: 'detached' });
  });

  test('a raised hand is seen at the picture and in the list, until it is lowered', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, 'Mina', QUIET);
    const joon = await lab.inRoom(t, room, 'Joon', QUIET);
    await joon.press('h');
    await mina.tileOf('Joon').getByTestId('tile-hand').waitFor();
    await mina.press('p');
    const row = mina.part('person').filter({ hasText: 'Joon' });
    await row.getByText('Hand').waitFor({ state: 'attached' });
    await mina.part('announcer').getByText('Joon').waitFor({ state: 'attached' });
    await joon.part('hand-button').click();
    await mina.tileOf('Joon').getByTestId('tile-hand').waitFor({ state: 'detached' });
  });

  test('a shared screen appears large at the others, beside the camera, and goes again', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, MINA.name, { media: MINA });
    const joon = await lab.inRoom(t, room, JOON.name, QUIET);
    await joon.assertSees(MINA);
    await mina.press('s');
    await joon.assertSees(MINA.name, 'screen');
    await joon.page.locator('[data-testid=room][data-layout=spotlight]').waitFor();
    const area = async (source: 'camera' | 'screen') => {
      const box = await joon.tileOf(MINA.name, source).boundingBox();
      return box!.width * box!.height;
    };
    await joon.page.waitForTimeout(500);
    assert.ok((await area('screen')) > 4 * (await area('camera')), 'the screen is the large one');
    await joon.assertSees(MINA);
    await joon.screenshot('shared-screen');
    await mina.part('share-button').click();
    await joon.tileOf(MINA.name, 'screen').waitFor({ state: 'detached' });
    await joon.page.locator('[data-testid=room][data-layout=grid]').waitFor();
    await joon.assertSees(MINA);
  });

  test('one large, all alike, and one that is pinned', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, 'Mina', QUIET);
    const joon = await lab.inRoom(t, room, 'Joon', QUIET);
    await lab.inRoom(t, room, 'Ara', QUIET);
    await mina.tileOf('Ara').waitFor();
    assert.equal(await mina.part('room').getAttribute('data-layout'), 'grid');
    await mina.press('l');
    await mina.page.locator('[data-testid=room][data-layout=spotlight]').waitFor();
    await mina.press('l');
    await mina.page.locator('[data-testid=room][data-layout=grid]').waitFor();
    for (const name of ['Joon', 'Ara']) {
      await mina.tileOf(name).hover();
      await mina.tileOf(name).getByTestId('tile-pin').click();
      await mina.page.locator('.tile-main').filter({ hasText: name }).waitFor();
      assert.equal(await mina.page.locator('.tile-main').count(), 1);
      await mina.press('l');
      await mina.page.locator('[data-testid=room][data-layout=grid]').waitFor();
    }
    await mina.tileOf('Ara').hover();
    await mina.tileOf('Ara').getByTestId('tile-pin').click();
    await mina.page.locator('[data-testid=room][data-layout=spotlight]').waitFor();
    assert.equal(await joon.part('room').getAttribute('data-layout'), 'grid', 'others see what they chose');
    await mina.part('more-button').click();
    await mina.part('layout-grid').click();
    await mina.page.locator('[data-testid=room][data-layout=grid]').waitFor();
  });

  test('settings count within the call: language, theme, another camera, another microphone', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, 'Mina', { colorScheme: 'light' });
    const joon = await lab.inRoom(t, room, 'Joon', QUIET);
    await joon.assertSees('Mina');
    await mina.part('more-button').click();
    await mina.part('menu-settings').click();
    const deviceOf = (source: 'camera' | 'microphone') =>
      mina.page.evaluate(
        (which) => window.madang.room!.localParticipant.publication(which)!.track.deviceId,
        source,
      );
    for (const source of ['camera', 'microphone'] as const) {
      const before = await deviceOf(source);
      const values = await mina
        .part(`device-${source}`)
        .locator('option')
        .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
      const other = values.at(-1)!;
      await mina.part(`device-${source}`).selectOption(other);
      await mina.page.waitForFunction(
        ([which, id]) => window.madang.room!.localParticipant.publication(which)?.track.deviceId === id,
        [source, other] as const,
      );
      assert.notEqual(before, other);
    }
    await joon.assertSees('Mina');
    assert.equal(await joon.part('tile').count(), 1);
    const ground = () => mina.part('settings').evaluate((sheet) => getComputedStyle(sheet).color);
    const light = await ground();
    await mina.part('theme').selectOption('dark');
    assert.notEqual(await ground(), light);
    await mina.part('language').selectOption('ko');
    assert.match(await mina.part('settings').innerText(), /[가-힣]/);
    await mina.part('settings-done').click();
    assert.match((await mina.part('leave-button').getAttribute('aria-label'))!, /[가-힣]/);
    await mina.screenshot('room-korean-dark');
  });

  test('Space talks while it is held', async (t) => {
    const mina = await lab.inRoom(t, lab.newRoom(), 'Mina', { query: '&camera=0' });
    const on = (state: boolean) =>
      mina.page.locator(`[data-testid=microphone-button][data-on=${state}]`).waitFor();
    await on(true);
    await mina.press('m');
    await on(false);
    await mina.page.keyboard.down('Space');
    await on(true);
    await mina.part('talking').waitFor();
    await mina.page.keyboard.up('Space');
    await on(false);
    await mina.part('chat-button').click();
    await mina.part('chat-field').fill('');
    await mina.page.keyboard.type('m v');
    await on(false);
    assert.equal(await mina.part('chat-field').inputValue(), 'm v', 'keys belong to whoever writes');
  });

  test('the own picture can be hidden and shown again', async (t) => {
    const mina = await lab.inRoom(t, lab.newRoom(), 'Mina');
    await mina.part('self-view').getByTestId('picture-video').waitFor();
    const { frames } = await mina.part('self-view').getByTestId('picture-video').evaluate(watchVideo);
    assert.ok(frames >= 5);
    await mina.part('more-button').click();
    await mina.part('menu-self-view').click();
    await mina.part('self-view').waitFor({ state: 'detached' });
    await mina.part('more-button').click();
    await mina.part('menu-self-view').click();
    await mina.part('self-view').waitFor();
  });
});
