/// <reference lib="dom" />
// npm run bench -- join: from `connect()` to the first decoded frame of the other side, Madang and PeerJS (with
// peerjs-server) alternately in the same two pages of one browser.
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import { readBenchmarkOptions, writeJson } from './measure/command-line.js';
import { setUpMadang, setUpMedia, setUpPeerJs } from './join/in-page.js';
import { describeMachine } from './measure/machine.js';
import { note } from './measure/progress.js';
import { median, percentile } from './measure/statistics.js';
import { waitForQuiet } from './measure/wait-for-quiet.js';
import { startPeerServer } from './servers/peer-server.js';

const LIBRARIES = ['madang', 'peerjs'] as const;
type Library = (typeof LIBRARIES)[number];

/** Milliseconds of each call: until who joined saw the other, and until both saw each other. */
interface Times {
  readonly joinerMs: number[];
  readonly bothMs: number[];
}

const options = readBenchmarkOptions();
const rounds = options.rounds ?? 20;
const madang = await ServerProcess.start({ options: ['--new-rooms-per-minute', '0'] });
const peerServer = await startPeerServer();
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    ...[
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
    ...['--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
    // The pages are answered by playwright and talk to servers on this machine.
    '--disable-features=LocalNetworkAccessChecks',
  ],
});
try {
  const times: Record<Library, Times> = {
    madang: { joinerMs: [], bothMs: [] },
    peerjs: { joinerMs: [], bothMs: [] },
  };
  const pages = {
    madang: [await openPage(browser, 'madang'), await openPage(browser, 'madang')],
    peerjs: [await openPage(browser, 'peerjs'), await openPage(browser, 'peerjs')],
  } as const;
  // The first call of a page loads codecs.
  for (const library of LIBRARIES) await call(pages[library], `${library}-warm`);
  for (let round = 0; round < rounds; round++) {
    for (const library of LIBRARIES) {
      await waitForQuiet();
      const { joinerMs, bothMs } = await call(pages[library], `${library}-${round}`);
      times[library].joinerMs.push(joinerMs);
      times[library].bothMs.push(bothMs);
    }
    note(`round ${round + 1} of ${rounds}`);
  }
  const machine = describeMachine(`Chromium ${browser.version()}, PeerJS ${versionOf('peerjs')}`);
  writeJson(options, { machine, times });
  process.stdout.write(`${machine}\n\n${table(times)}\n`);
} finally {
  await browser.close();
  await peerServer.stop();
  await madang.stop();
}

async function openPage(from: Browser, library: Library): Promise<Page> {
  const page = await from.newPage();
  const url = `${madang.httpUrl}/bench`;
  await page.route(url, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>bench</title>' }),
  );
  await page.goto(url);
  await page.evaluate(setUpMedia);
  if (library === 'madang') {
    await page.evaluate(`import('/sdk/madang-client.js').then((module) => { window.madang = module; })`);
    await page.evaluate(setUpMadang);
  } else {
    await page.addScriptTag({ path: path.join(folderOf('peerjs'), 'peerjs.min.js') });
    const answer = await fetch(`${madang.httpUrl}/api/ice-servers`);
    const { iceServers } = (await answer.json()) as { iceServers: RTCIceServer[] };
    await page.evaluate(setUpPeerJs, { port: peerServer.port, iceServers });
  }
  return page;
}

async function call(
  pages: readonly [Page, Page],
  name: string,
): Promise<{ joinerMs: number; bothMs: number }> {
  const [waiting, joining] = pages;
  await waiting.evaluate((who) => window.side.wait(who), name);
  const begin = await joining.evaluate(() => Date.now());
  const joinerMs = await joining.evaluate((who) => window.side.join(who), name);
  const seenAt = await waiting.evaluate(() => window.side.seenAt());
  for (const page of pages) await page.evaluate(() => window.side.leave());
  return { joinerMs, bothMs: Math.max(joinerMs, seenAt - begin) };
}

function table(times: Record<Library, Times>): string {
  const row = (what: string, part: keyof Times): string => {
    const [ours, theirs] = [times.madang[part], times.peerjs[part]];
    const cell = (values: readonly number[]) =>
      `${Math.round(median(values))} / ${Math.round(percentile(values, 95))}`;
    return `| ${what} | ${cell(ours)} | ${cell(theirs)} | ${(median(ours) / median(theirs)).toFixed(2)} |`;
  };
  return [
    `| until (ms, p50 / p95 of ${rounds} calls) | Madang | PeerJS | ratio of medians |`,
    '| --- | --- | --- | --- |',
    row('who joins decodes the other', 'joinerMs'),
    row('both decode each other', 'bothMs'),
  ].join('\n');
}

function folderOf(name: string): string {
  return path.dirname(createRequire(import.meta.url).resolve(name));
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  return (require(`${name}/package.json`) as { version: string }).version;
}
