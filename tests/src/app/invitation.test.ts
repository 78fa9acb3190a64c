import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runMadang } from '@madang/testkit/server-process';
import { skipWithoutChromium } from '../chromium/browser.js';
import { AppLab } from './app-lab.js';
import type { Visitor } from './app-lab.js';

describe(
  'invitations to a server that wants access tokens',
  {
    skip: skipWithoutChromium,
    timeout: 240_000,
  },
  () => {
    let lab: AppLab;
    before(async () => {
      lab = await AppLab.start({ options: ['--require-token'] });
    });
    after(() => lab.stop());

    async function token(...options: readonly string[]): Promise<string> {
      const run = runMadang(['token', '--data-dir', lab.server.dataDir, ...options]);
      const { status } = await run.ended;
      assert.equal(status, 0, run.stderr());
      return run.stdout().trim();
    }

    const permissions = ['camera', 'microphone', 'clipboard-read', 'clipboard-write'];

    async function copied(visitor: Visitor, button: string): Promise<string> {
      await visitor.part(button).click();
      await visitor.part(button).filter({ hasText: 'Copied' }).waitFor();
      return visitor.page.evaluate(() => navigator.clipboard.readText());
    }

    test("a host's link lets others in, who say a name, see who is inside, and can pass it on", async (t) => {
      const host = await lab.visitor(t, { permissions });
      await host.goto(`/r/tea#token=${await token('--room', 'tea', '--role', 'host')}`);
      await host.page.locator('[data-testid=inside][data-count="0"]').waitFor();
      await host.part('name').fill('Mina');
      await host.part('enter').click();
      await host.part('invitation').waitFor();
      assert.doesNotMatch(await host.part('invitation').innerText(), /token/, 'nobody sees the token');
      const link = await copied(host, 'invitation-copy');
      assert.match(link, /\/r\/tea#token=[\w-]+\.[\w-]+\.[\w-]+$/);

      const guest = await lab.visitor(t, { permissions });
      // The bare address first: what comes after it changes the fragment only, and nothing is loaded anew.
      await guest.goto('/r/tea');
      await guest.page.locator('[data-testid=problem][data-code=unauthorized]').waitFor();
      await guest.page.evaluate((href) => location.assign(href), link);
      await guest.part('prejoin').waitFor();
      assert.doesNotMatch(guest.page.url(), /token/);
      await guest.part('inside').filter({ hasText: 'Mina' }).waitFor();
      await guest.part('name').fill('Joon');
      await guest.part('enter').click();
      await guest.part('room').waitFor();
      assert.equal(await guest.page.evaluate(() => window.madang.room!.localParticipant.role), 'member');
      await host.assertSees('Joon');
      await guest.assertSees('Mina');
      await guest.press('p');
      assert.equal(await copied(guest, 'copy-link'), link);
    });

    test('who was invited by name has nothing to pass on, and is told who has', async (t) => {
      const ara = await lab.visitor(t);
      await ara.goto(`/r/yard?join=1#token=${await token('--room', 'yard', '--name', 'Ara')}`);
      await ara.part('invitation').filter({ hasText: 'only hosts' }).waitFor();
      assert.equal(await ara.part('invitation-copy').count(), 0);
      assert.equal(await ara.part('qr-code').count(), 0);
    });
  },
);
