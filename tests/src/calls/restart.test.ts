import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { assertSees, PEOPLE, publishPerson } from './known-media.js';
import { CALL_SWITCHES, openCaller } from './sdk-page.js';

test(
  'kill -9 of the server: media goes on, and the room is whole within 5 s of the restart',
  {
    skip: skipWithoutChromium,
    timeout: 120_000,
  },
  async (t) => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'madang-restart-'));
    const first = await ServerProcess.start({ dataDir });
    const browser = await launchChromium([], CALL_SWITCHES);
    let server = first;
    t.after(async () => {
      await browser.close();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    });
    const people = PEOPLE.slice(0, 3);
    const pages = [];
    for (const person of people) {
      const page = await openCaller(browser, first.httpUrl, { room: 'tea', name: person.name });
      await publishPerson(page, person);
      pages.push(page);
    }
    for (const [index, page] of pages.entries()) {
      for (const person of people) if (person !== people[index]) await assertSees(page, person);
    }
    await pages[0]!.evaluate((name) => window.caller.watchGaps(name), people[1]!.name);
    const ids = await Promise.all(
      pages.map((page) => page.evaluate(() => window.caller.room.localParticipant.participantId)),
    );

    first.kill('SIGKILL');
    await first.ended;
    await pages[0]!.evaluate(() => window.caller.wasTold('state reconnecting'));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await assertSees(pages[0]!, people[1]!);
    const { port } = new URL(first.httpUrl);
    server = await ServerProcess.start({ dataDir, options: ['--http-port', port] });
    const restartedAt = performance.now();
    await Promise.all(
      pages.map((page) => page.waitForFunction(() => window.caller.room.state === 'connected')),
    );
    await pages[2]!.evaluate(() => window.caller.room.sendChat('still here'));
    await Promise.all(
      pages.map((page) =>
        page.evaluate((what) => window.caller.wasTold(what), `chat ${people[2]!.name}: still here`),
      ),
    );
    const wholeMs = performance.now() - restartedAt;
    assert.ok(wholeMs < 5000, `whole only after ${Math.round(wholeMs)} ms`);

    for (const [index, page] of pages.entries()) {
      const told = await page.evaluate(() => window.caller.told);
      assert.equal(told.filter((one) => one.startsWith('left')).length, 0, 'nobody was seen leaving');
      assert.equal(await page.evaluate(() => window.caller.room.localParticipant.participantId), ids[index]);
      for (const person of people) if (person !== people[index]) await assertSees(page, person);
    }
    const gapMs = await pages[0]!.evaluate((name) => window.caller.gapMs.get(name)!, people[1]!.name);
    assert.ok(gapMs < 1500, `the picture stood still for ${Math.round(gapMs)} ms`);
    t.diagnostic(
      `whole ${Math.round(wholeMs)} ms after the restart; longest gap between frames ${Math.round(gapMs)} ms`,
    );
  },
);
