import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runMadang } from '@madang/testkit/server-process';
import { skipWithoutChromium } from '../chromium/browser.js';
import { AppLab } from './app-lab.js';
import { watchVideo } from './in-page.js';

describe('the way into a room', { skip: skipWithoutChromium, timeout: 240_000 }, () => {
  let lab: AppLab;
  before(async () => {
    lab = await AppLab.start({ options: ['--participants-per-room', '2'] });
  });
  after(() => lab.stop());

  test('from the first page: a room, a look at oneself, a name, in', async (t) => {
    const mina = await lab.visitor(t);
    await mina.goto('/');
    const offered = await mina.part('room-name').inputValue();
    assert.match(offered, /\S{3,}/);
    await mina.part('another-name').click();
    assert.notEqual(await mina.part('room-name').inputValue(), offered);
    await mina.part('room-name').fill('tea time');
    await mina.part('start').click();
    await mina.part('prejoin').waitFor();
    assert.equal(new URL(mina.page.url()).pathname, '/r/tea%20time');
    assert.equal(await mina.part('prejoin-room').innerText(), 'tea time');

    const { frames, width } = await mina.part('preview-video').evaluate(watchVideo);
    assert.ok(frames >= 5 && width > 0, `the preview showed ${frames} frames ${width} wide`);
    await mina.page.locator('[data-testid=microphone-meter][data-state=heard]').waitFor();
    const level = () =>
      mina.page
        .locator('.microphone-meter-bar')
        .evaluate((bar) => (bar as HTMLElement).style.getPropertyValue('--level'));
    const levels = new Set<string>();
    for (let i = 0; i < 15; i++) {
      levels.add(await level());
      await mina.page.waitForTimeout(100);
    }
    assert.ok(levels.size > 3, `the meter stood at ${[...levels].join(', ')}`);

    await mina.part('enter').click();
    assert.equal(
      await mina.part('name').getAttribute('aria-invalid'),
      'true',
      'nobody comes in without a name',
    );
    await mina.part('toggle-camera').click();
    await mina.page.locator('[data-testid=preview][data-state=off]').waitFor();
    assert.equal(await mina.part('preview-video').count(), 0);
    await mina.screenshot('prejoin');
    await mina.part('name').fill('Mina');
    await mina.part('enter').click();

    await mina.part('room').waitFor();
    assert.equal(await mina.part('camera-button').getAttribute('data-on'), 'false');
    assert.equal(await mina.part('microphone-button').getAttribute('data-on'), 'true');
    assert.match(await mina.part('invitation').innerText(), /\/r\/tea%20time/);
    assert.equal(await mina.part('qr-code').count(), 1);
    const inside = await mina.page.evaluate(() => {
      const { name, localParticipant } = window.madang.room!;
      return [name, localParticipant.name, localParticipant.role];
    });
    assert.deepEqual(inside, ['tea time', 'Mina', 'host']);
    await mina.screenshot('room-alone');
    await mina.part('camera-button').click();
    const self = await mina.part('self-view').getByTestId('picture-video').evaluate(watchVideo);
    assert.ok(self.frames >= 5, 'the camera was turned on inside');
  });

  test('with the keyboard alone: from the first page into a room, out, and in again', async (t) => {
    const mina = await lab.visitor(t);
    const tabTo = async (testId: string) => {
      for (let i = 0; i < 40; i++) {
        const at = await mina.page.evaluate(() => (document.activeElement as HTMLElement).dataset['testid']);
        if (at === testId) return;
        await mina.press('Tab');
      }
      assert.fail(`Tab does not reach ${testId}`);
    };
    await mina.goto('/');
    await tabTo('room-name');
    await mina.press('Control+a');
    await mina.page.keyboard.type('by hand');
    await mina.press('Enter');
    await mina.part('prejoin').waitFor();
    await tabTo('name');
    await mina.page.keyboard.type('Mina');
    await mina.press('Enter');
    await mina.part('room').waitFor();
    await mina.press('m');
    await mina.page.locator('[data-testid=microphone-button][data-on=false]').waitFor();
    await mina.press('?');
    await mina.part('shortcuts-dialog').waitFor();
    await mina.press('Escape');
    await mina.part('shortcuts-dialog').waitFor({ state: 'detached' });
    await tabTo('more-button');
    await mina.press('Enter', 'End', 'Enter');
    await mina.part('settings').waitFor();
    await mina.press('Escape');
    await mina.part('settings').waitFor({ state: 'detached' });
    await tabTo('leave-button');
    await mina.press('Enter');
    await mina.part('ended').waitFor();
    await tabTo('rejoin');
    await mina.press('Enter');
    await tabTo('enter');
    await mina.press('Enter');
    await mina.part('room').waitFor();
  });

  test('by an invitation that is pasted, and by a room one has been in', async (t) => {
    const mina = await lab.visitor(t);
    await mina.goto('/');
    assert.equal(await mina.part('recent-rooms').count(), 0);
    await mina.part('join').click();
    assert.equal(await mina.part('join-link').getAttribute('aria-invalid'), 'true');
    await mina.part('join-link').fill('https://elsewhere.example/r/tea');
    await mina.part('join').click();
    assert.match(
      await mina.part('home').innerText(),
      /elsewhere\.example/,
      'another server is named before one goes there',
    );
    await mina.part('join-link').fill(`${lab.server.httpUrl}/r/pasted`);
    await mina.part('join').click();
    await mina.part('name').fill('Mina');
    await mina.part('enter').click();
    await mina.part('room').waitFor();
    await mina.part('leave-button').click();
    await mina.part('go-home').click();
    await mina.part('recent-rooms').getByText('pasted').click();
    await mina.part('prejoin').waitFor();
    assert.equal(await mina.part('prejoin-room').innerText(), 'pasted');
    assert.equal(await mina.part('name').inputValue(), 'Mina', 'the name is remembered');
    await mina.page.goBack();
    await mina.part('home').waitFor();
  });

  test('a full room says so, and takes one when somebody has left', async (t) => {
    const room = lab.newRoom();
    const quiet = { query: '&camera=0&microphone=0' };
    await lab.inRoom(t, room, 'Mina', quiet);
    const joon = await lab.inRoom(t, room, 'Joon', quiet);
    const ara = await lab.visitor(t);
    await ara.goto(`/r/${room}?name=Ara&join=1`);
    await ara.page.locator('[data-testid=problem][data-code=roomFull]').waitFor();
    await ara.screenshot('room-full');
    await joon.part('leave-button').click();
    await joon.part('ended').waitFor();
    await ara.part('problem-action').click();
    await ara.part('room').waitFor();
  });

  test('an address that leads nowhere', async (t) => {
    const mina = await lab.visitor(t);
    mina.expect(/404/);
    await mina.goto('/r/a%2Fb%00');
    await mina.page.locator('[data-testid=problem][data-code=unknownPage]').waitFor();
    await mina.part('problem-action').click();
    await mina.part('home').waitFor();
  });

  test('language and theme change at once and are remembered', async (t) => {
    const mina = await lab.visitor(t, { colorScheme: 'light' });
    await mina.goto('/');
    const ground = () => mina.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const english = await mina.part('start').innerText();
    const light = await ground();
    await mina.part('language-ko').click();
    const korean = await mina.part('start').innerText();
    assert.match(korean, /[가-힣]/);
    assert.equal(await mina.page.getAttribute('html', 'lang'), 'ko');
    await mina.part('open-settings').click();
    await mina.part('theme').selectOption('dark');
    assert.notEqual(await ground(), light);
    await mina.part('settings-done').click();
    await mina.page.reload();
    assert.equal(await mina.part('start').innerText(), korean);
    assert.notEqual(await ground(), light);
    await mina.part('open-settings').click();
    await mina.part('language').selectOption('en');
    assert.match(await mina.part('settings').innerText(), /Language/);
    await mina.part('settings-done').click();
    assert.equal(await mina.part('start').innerText(), english);
  });
});

describe('devices that are refused', { skip: skipWithoutChromium, timeout: 120_000 }, () => {
  let lab: AppLab;
  before(async () => {
    // Without the switch that answers every question of the browser with yes.
    lab = await AppLab.start({}, ['--use-fake-device-for-media-stream']);
  });
  after(() => lab.stop());

  test('the page says how to allow camera and microphone, takes them then, or lets in without', async (t) => {
    const mina = await lab.visitor(t);
    await mina.context.grantPermissions([]);
    await mina.goto(`/r/${lab.newRoom()}`);
    await mina.page.locator('[data-testid=device-problem][data-code=permissionDenied]').waitFor();
    const words = await mina.part('device-problem').innerText();
    assert.match(words, /camera and microphone/i);
    assert.match(words, /address|site|settings/i, 'it says where permission is given');
    await mina.screenshot('permission-denied');
    await mina.part('device-again').click();
    await mina.page.locator('[data-testid=device-problem][data-code=permissionDenied]').waitFor();
    // Once it is given nothing more has to be pressed.
    await mina.context.grantPermissions(['camera', 'microphone']);
    const { frames } = await mina.part('preview-video').evaluate(watchVideo);
    assert.ok(frames >= 5);

    const joon = await lab.visitor(t);
    await joon.context.grantPermissions([]);
    await joon.goto(`/r/${lab.newRoom()}`);
    await joon.part('device-problem').waitFor();
    await joon.part('name').fill('Joon');
    await joon.part('enter').click();
    await joon.part('room').waitFor();
    assert.equal(await joon.part('camera-button').getAttribute('data-on'), 'false');
    assert.equal(await joon.part('microphone-button').getAttribute('data-on'), 'false');
    await joon.press('v');
    await joon.part('notice').waitFor();
    assert.match(await joon.part('notice').innerText(), /camera/i);
  });
});

describe('a server that wants access tokens', { skip: skipWithoutChromium, timeout: 120_000 }, () => {
  let lab: AppLab;
  before(async () => {
    lab = await AppLab.start({ options: ['--require-token'] });
  });
  after(() => lab.stop());

  async function token(room: string, name: string, role: string): Promise<string> {
    const run = runMadang([
      ...['token', '--data-dir', lab.server.dataDir],
      ...['--room', room, '--name', name, '--role', role],
    ]);
    const { status } = await run.ended;
    assert.equal(status, 0, run.stderr());
    return run.stdout().trim();
  }

  test('a token in the address lets in, under its name, also after a reload; the address forgets it', async (t) => {
    const host = await lab.visitor(t);
    await host.goto(`/r/tea#token=${await token('tea', '김미나', 'host')}`);
    await host.part('prejoin').waitFor();
    assert.doesNotMatch(host.page.url(), /token/);
    assert.equal(await host.part('name').inputValue(), '김미나');
    assert.equal(await host.part('name').getAttribute('readonly'), '');
    await host.part('enter').click();
    await host.part('room').waitFor();
    await host.page.reload();
    await host.part('enter').click();
    await host.part('room').waitFor();
    assert.equal(await host.page.evaluate(() => window.madang.room!.localParticipant.role), 'host');

    const viewer = await lab.visitor(t);
    await viewer.goto(`/r/tea?join=1#token=${await token('tea', 'Joon', 'viewer')}`);
    await viewer.part('room').waitFor();
    assert.equal(await viewer.part('camera-button').count(), 0);
    await viewer.assertSees('김미나');
  });

  test('without a token, with one for another room and with one that is made up: the page says why not', async (t) => {
    for (const hash of ['', `#token=${await token('coffee', 'Mina', 'member')}`, '#token=e30.e30.e30']) {
      const mina = await lab.visitor(t);
      await mina.goto(`/r/tea?join=1&name=Mina${hash}`);
      await mina.page.locator('[data-testid=problem][data-code=unauthorized]').waitFor();
      assert.match(await mina.part('problem').innerText(), /invitation|link|token/i);
    }
  });
});
