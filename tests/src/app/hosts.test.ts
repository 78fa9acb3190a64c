import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { skipWithoutChromium } from '../chromium/browser.js';
import { AppLab } from './app-lab.js';
import type { Visitor } from './app-lab.js';

const QUIET = { query: '&camera=0&microphone=0' };

describe('what hosts do', { skip: skipWithoutChromium, timeout: 240_000 }, () => {
  let lab: AppLab;
  before(async () => {
    lab = await AppLab.start();
  });
  after(() => lab.stop());

  const personRow = (at: Visitor, name: string) => at.part('person').filter({ hasText: name });
  const problem = (at: Visitor, code: string) =>
    at.page.locator(`[data-testid=problem][data-code=${code}]`).waitFor();

  /** Chooses something from the menu of somebody in the list of people. */
  async function choose(at: Visitor, name: string, entry: string): Promise<void> {
    await personRow(at, name).getByTestId('person-menu').click();
    await at.part(entry).click();
  }

  test('who waits in the lobby is let in or sent away', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, 'Mina', QUIET);
    await mina.press('p');
    await mina.part('lobby-switch').check();
    const joon = await lab.visitor(t);
    await joon.goto(`/r/${room}?join=1&name=Joon&camera=0&microphone=0`);
    await joon.part('waiting').waitFor();
    await mina.part('waiting-person').filter({ hasText: 'Joon' }).waitFor();
    await mina.screenshot('lobby-host');
    await joon.screenshot('lobby-waiting');
    await mina.part('admit').click();
    await joon.part('room').waitFor();
    await personRow(mina, 'Joon').waitFor();

    await mina.press('Escape');
    const ara = await lab.visitor(t);
    await ara.goto(`/r/${room}?join=1&name=Ara&camera=0&microphone=0`);
    await mina.part('knocking').getByText('Ara').waitFor();
    assert.equal(await joon.part('knocking').count(), 0, 'only hosts are asked');
    await mina.part('knocking-deny').click();
    await problem(ara, 'denied');
    await mina.part('knocking').waitFor({ state: 'detached' });

    const ben = await lab.visitor(t);
    await ben.goto(`/r/${room}?join=1&name=Ben&camera=0&microphone=0`);
    await mina.part('knocking-admit').click();
    await ben.part('room').waitFor();
  });

  test('a locked room takes nobody new', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, 'Mina', QUIET);
    const joon = await lab.inRoom(t, room, 'Joon', QUIET);
    await mina.press('p');
    await mina.part('lock-switch').check();
    await joon.press('p');
    await joon
      .part('people-panel')
      .getByText(/locked/i)
      .waitFor();
    assert.equal(await joon.part('lock-switch').count(), 0, 'it is the host who locks');
    const ara = await lab.visitor(t);
    await ara.goto(`/r/${room}?join=1&name=Ara&camera=0&microphone=0`);
    await problem(ara, 'roomLocked');
    await mina.part('lock-switch').uncheck();
    await ara.part('problem-action').click();
    await ara.part('room').waitFor();
  });

  test('somebody is asked to mute, does, and is removed: their page says why', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, 'Mina', QUIET);
    const joon = await lab.inRoom(t, room, 'Joon');
    await mina.assertSees('Joon');
    await mina.press('p');
    await choose(mina, 'Joon', 'ask-mute');
    await joon.part('mute-requested').getByText('Mina').waitFor();
    assert.equal(
      await joon.part('microphone-button').getAttribute('data-on'),
      'true',
      'it is their decision',
    );
    await joon.part('mute-now').click();
    await mina.tileOf('Joon').getByTestId('tile-muted').waitFor();
    await joon.part('mute-requested').waitFor({ state: 'detached' });

    await choose(mina, 'Joon', 'remove-person');
    await mina.part('remove-dialog').getByText('Joon').first().waitFor();
    await mina.part('remove-confirm').click();
    await problem(joon, 'removed');
    await joon.screenshot('removed');
    assert.match(await joon.part('call-people').innerText(), /Mina/);
    await personRow(mina, 'Joon').waitFor({ state: 'detached' });
    assert.equal(await joon.page.evaluate(() => window.madang.room), undefined);
  });

  test('a viewer sees and has nothing to turn on, until the host makes a member of them', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, 'Mina');
    const joon = await lab.inRoom(t, room, 'Joon', { query: '&role=viewer' });
    await joon.assertSees('Mina');
    for (const testId of ['camera-button', 'microphone-button', 'share-button']) {
      assert.equal(await joon.part(testId).count(), 0, testId);
    }
    await joon.press('m', 'v', 's');
    await joon.screenshot('viewer');
    await mina.press('p');
    await choose(mina, 'Joon', 'make-member');
    await joon.part('camera-button').click();
    await mina.assertSees('Joon');
    await choose(mina, 'Joon', 'make-host');
    await joon.press('p');
    await joon.part('lock-switch').waitFor();
  });

  test('when the host leaves, whoever is left is the host', async (t) => {
    const room = lab.newRoom();
    const mina = await lab.inRoom(t, room, 'Mina', QUIET);
    const joon = await lab.inRoom(t, room, 'Joon', QUIET);
    await joon.press('p');
    assert.equal(await joon.part('lock-switch').count(), 0);
    await mina.part('leave-button').click();
    await joon.part('lock-switch').waitFor();
  });
});
