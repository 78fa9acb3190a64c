import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { findFreePorts } from '@madang/testkit/free-ports';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { assertHears, assertSees, PEOPLE, publishPerson } from './known-media.js';
import type { Person } from './known-media.js';
import { CALL_SWITCHES, openCaller } from './sdk-page.js';

const OPTIONS = { skip: skipWithoutChromium, timeout: 120_000 };

/** A server with two workers on ports that a second one can take over, and a browser. */
async function setUp(t: TestContext) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'madang-deaths-'));
  const [turnPort, mediaPort] = await findFreePorts(4, ['127.0.0.1']);
  const ports = ['--turn-port', `${turnPort}`, '--turn-tls-port', 'off', '--media-port', `${mediaPort}`];
  const servers: ServerProcess[] = [];
  const browser = await launchChromium([], CALL_SWITCHES);
  t.after(async () => {
    await browser.close();
    for (const server of servers) await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const start = async (more: readonly string[] = []): Promise<ServerProcess> => {
    const server = await ServerProcess.start({ workers: 2, dataDir, options: [...ports, ...more] });
    servers.push(server);
    return server;
  };
  /** A room of topology sfu with these people in it, all of whom see each other and watch for standing pictures. */
  const gather = async (server: ServerProcess, room: string, people: readonly Person[]): Promise<Page[]> => {
    const pages: Page[] = [];
    for (const { name } of people) {
      pages.push(await openCaller(browser, server.httpUrl, { room, name, topology: 'sfu' }));
    }
    await Promise.all(pages.map((page, index) => publishPerson(page, people[index]!)));
    await seeEachOther(pages, people);
    for (const [index, page] of pages.entries()) {
      const other = people[(index + 1) % people.length]!;
      await page.evaluate((name) => window.caller.watchGaps(name), other.name);
    }
    return pages;
  };
  return { start, gather };
}

async function seeEachOther(pages: readonly Page[], people: readonly Person[]): Promise<void> {
  await Promise.all(
    pages.map(async (page, index) => {
      for (const person of people) if (person !== people[index]) await assertSees(page, person);
    }),
  );
}

/** By page the browser's track of the other one's camera; '' where there is none. */
function tracksOf(pages: readonly Page[]): Promise<string[]> {
  return Promise.all(
    pages.map((page) =>
      page.evaluate(
        () => window.caller.room.participants[0]?.publication('camera')?.track?.mediaStreamTrack.id ?? '',
      ),
    ),
  );
}

/** The longest time a picture stood still, so far. */
async function longestGapMs(pages: readonly Page[]): Promise<number> {
  const gaps = await Promise.all(
    pages.map((page) => page.evaluate(() => Math.max(...window.caller.gapMs.values()))),
  );
  return Math.round(Math.max(...gaps));
}

test(
  'kill -9 of a worker: its rooms have their media back, and other rooms notice nothing',
  OPTIONS,
  async (t) => {
    const { start, gather } = await setUp(t);
    const server = await start();
    const people = PEOPLE.slice(0, 2);
    const rooms = [await gather(server, 'tea', people), await gather(server, 'coffee', people)];
    const before = await Promise.all(rooms.map(tracksOf));
    process.kill(server.workerPids[0]!, 'SIGKILL');
    const killedAt = performance.now();
    // The room of the worker that died gets other connections, and with them other tracks.
    for (let isAnew = false; !isAnew;) {
      assert.ok(performance.now() - killedAt < 15_000, 'no room got its media anew');
      await new Promise((resolve) => setTimeout(resolve, 50));
      const now = await Promise.all(rooms.map(tracksOf));
      isAnew = now.some((ids, room) => ids.every((id, page) => id !== '' && id !== before[room]![page]));
    }
    await Promise.all(rooms.map((pages) => seeEachOther(pages, people)));
    const seenMs = Math.round(performance.now() - killedAt);
    const gaps = await Promise.all(rooms.map(longestGapMs));
    t.diagnostic(`all seen after ${seenMs} ms; longest gap in the other room ${Math.min(...gaps)} ms`);
    assert.ok(Math.min(...gaps) < 1000, `the room of the other worker went on: ${gaps.join()} ms`);
    // 3 s on a machine that does nothing else.
    assert.ok(seenMs < 6000, `${seenMs} ms`);
    await assertHears(rooms[0]![0]!, people[1]!);
    await assertHears(rooms[1]![0]!, people[1]!);
  },
);

test(
  'kill -9 of the control process: media goes on, and the room is whole after the restart',
  OPTIONS,
  async (t) => {
    const { start, gather } = await setUp(t);
    const first = await start();
    const people = PEOPLE.slice(0, 3);
    const pages = await gather(first, 'tea', people);
    first.kill('SIGKILL');
    await first.ended;
    await pages[0]!.evaluate(() => window.caller.wasTold('state reconnecting'));
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await assertSees(pages[0]!, people[1]!);
    const during = await longestGapMs(pages);
    const second = await start(['--http-port', new URL(first.httpUrl).port]);
    await Promise.all(
      pages.map((page) => page.waitForFunction(() => window.caller.room.state === 'connected')),
    );
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await seeEachOther(pages, people);
    await assertHears(pages[0]!, people[2]!);
    const gapMs = await longestGapMs(pages);
    t.diagnostic(`longest gap between frames without a control process ${during} ms, all in all ${gapMs} ms`);
    assert.ok(during < 1500, `${during} ms`);
    assert.ok(gapMs < 6000, `${gapMs} ms`);
    for (const page of pages) {
      const told = await page.evaluate(() => window.caller.told);
      assert.equal(told.filter((one) => one.startsWith('left')).length, 0, 'nobody was seen leaving');
    }
    assert.ok(second.pid !== first.pid);
  },
);
