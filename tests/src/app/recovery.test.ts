import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ServerProcess } from '@madang/testkit/server-process';
import { PEOPLE } from '../calls/known-media.js';
import type { Person } from '../calls/known-media.js';
import { skipWithoutChromium } from '../chromium/browser.js';
import { AppLab } from './app-lab.js';

const [MINA, JOON] = PEOPLE as [Person, Person];
const GONE = /ERR_CONNECTION_REFUSED|WebSocket connection|ERR_CONNECTION_RESET/;

test(
  'kill -9 of the server: the page says so, pictures go on, and all is whole after the restart',
  { skip: skipWithoutChromium, timeout: 180_000 },
  async (t) => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'madang-app-'));
    const lab = await AppLab.start({ dataDir });
    let restarted: ServerProcess | undefined;
    try {
      await t.test('a call outlives its server', async (call) => {
        const mina = await lab.inRoom(call, 'tea', MINA.name, { media: MINA });
        const joon = await lab.inRoom(call, 'tea', JOON.name, { media: JOON });
        for (const visitor of [mina, joon]) visitor.expect(GONE);
        await mina.assertSees(JOON);
        await joon.assertSees(MINA);

        lab.server.kill('SIGKILL');
        await lab.server.ended;
        for (const visitor of [mina, joon]) {
          await visitor.part('reconnecting').waitFor();
          assert.equal(await visitor.part('room').getAttribute('data-state'), 'reconnecting');
        }
        await mina.screenshot('reconnecting');
        await mina.assertSees(JOON);
        await joon.press('c');
        await joon.part('chat-field').fill('still here');
        await joon.press('Enter');

        const { port } = new URL(lab.server.httpUrl);
        restarted = await ServerProcess.start({ dataDir, options: ['--http-port', port] });
        for (const visitor of [mina, joon]) {
          await visitor.page.locator('[data-testid=room][data-state=connected]').waitFor();
          await visitor.part('reconnecting').waitFor({ state: 'detached' });
        }
        await mina.press('c');
        await mina.part('chat-text').getByText('still here').waitFor();
        assert.equal(await mina.part('chat-text').count(), 1, 'what was written meanwhile comes once');
        await joon.part('camera-button').click();
        await mina.tileOf(JOON.name).getByTestId('picture-video').waitFor({ state: 'detached' });
        await joon.part('camera-button').click();
        await mina.assertSees(JOON);
        await joon.assertSees(MINA);
        assert.equal(await mina.part('tile').count(), 1);
      });

      await t.test('a server that has gone before one enters', async (late) => {
        const ara = await lab.visitor(late);
        ara.expect(GONE);
        await ara.goto('/r/tea?camera=0&microphone=0');
        await ara.part('name').fill('Ara');
        restarted!.kill('SIGKILL');
        await restarted!.ended;
        await ara.part('enter').click();
        await ara.page.locator('[data-testid=problem][data-code=serverUnreachable]').waitFor();
        await ara.screenshot('server-gone');
        const { port } = new URL(lab.server.httpUrl);
        restarted = await ServerProcess.start({ dataDir, options: ['--http-port', port] });
        await ara.part('problem-action').click();
        await ara.part('room').waitFor();
      });
    } finally {
      await lab.stop();
      await restarted?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);
