import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { ConnectOptions } from '@madang/client';
import { DatagramRelay } from '@madang/testkit/impairment/datagram-relay';
import type { ServerProcess } from '@madang/testkit/server-process';
import { collectConnections } from './in-page-figures.js';
import type { MediaCounts } from './in-page-figures.js';
import { openCaller } from './sdk-page.js';

/** A participant whose media takes a way of its own to the server, which can be made bad. */
export interface Guest {
  readonly page: Page;
  readonly network: DatagramRelay;
}

/** Opens a page in the room behind a network of its own, which is good at first. */
export async function openGuest(
  browser: Browser,
  server: ServerProcess,
  options: ConnectOptions & { readonly seed?: number },
): Promise<Guest> {
  const { seed = 1, ...connectOptions } = options;
  const network = await DatagramRelay.open({ serverPort: mediaPortOf(server), seed });
  const context = await browser.newContext();
  await leadThrough(context, network);
  await context.addInitScript(collectConnections);
  return { page: await openCaller(context, server.httpUrl, connectOptions), network };
}

/** In descriptions from the media server, its port is that of the network, and there is no way around it over TCP. */
async function leadThrough(context: BrowserContext, { port }: DatagramRelay): Promise<void> {
  await context.routeWebSocket(/\/signal/, (client) => {
    const server = client.connectToServer();
    server.onMessage((message) => {
      const parsed = JSON.parse(message.toString()) as { sdp?: string };
      if (parsed.sdp === undefined) client.send(message);
      else client.send(JSON.stringify({ ...parsed, sdp: withPort(parsed.sdp, port) }));
    });
  });
}

function withPort(sdp: string, port: number): string {
  return sdp
    .replaceAll(/^a=candidate:\S+ \d+ tcp .*\r\n/gim, '')
    .replaceAll(/^(a=candidate:\S+ \d+ udp \d+) \S+ \d+/gim, `$1 127.0.0.1 ${port}`);
}

function mediaPortOf(server: ServerProcess): number {
  const line = server.output.split('\n').find((text) => text.includes('"event":"ready"'))!;
  const [url = ''] = (JSON.parse(line) as { media: readonly string[] }).media;
  return Number(/:(\d+)/.exec(url.replace(/^\w+:/, ''))![1]);
}

/** What a receiver got between two looks. */
export interface Reception {
  readonly seconds: number;
  readonly lines: number;
  readonly framesPerSecond: number;
  readonly frames: number;
  readonly keyFrames: number;
  readonly freezes: number;
  readonly freezesSeconds: number;
  /** Longest time between two pictures. */
  readonly gapMs: number;
  readonly videoBps: number;
  readonly packets: number;
  /** Requests as a share of packets. */
  readonly nackShare: number;
  readonly nacks: number;
  readonly retransmitted: number;
  readonly plis: number;
  readonly videoLost: number;
  readonly audioLost: number;
  /** Share of the sound that was made up. */
  readonly concealedShare: number;
  readonly stretchedShare: number;
}

export async function look(page: Page): Promise<MediaCounts> {
  return page.evaluate(async () => {
    for (;;) {
      const counts = await window.lab.mediaCounts();
      if (counts !== undefined) return counts;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
}

/** What this page gets of somebody's picture and of all sound during some time. */
export async function measure(page: Page, name: string, milliseconds: number): Promise<Reception> {
  await page.evaluate((who) => window.caller.takeGap(who), name);
  const before = await look(page);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const after = await look(page);
  const gapMs = await page.evaluate((who) => window.caller.takeGap(who), name);
  return { ...between(before, after), gapMs: Math.round(gapMs) };
}

function between(before: MediaCounts, after: MediaCounts): Omit<Reception, 'gapMs'> {
  const grown = (key: keyof MediaCounts): number => after[key] - before[key];
  const seconds = grown('atMs') / 1000;
  const share = (part: number, whole: number): number => Math.round((1e4 * part) / Math.max(whole, 1)) / 1e4;
  return {
    seconds: Math.round(10 * seconds) / 10,
    lines: after.lines,
    framesPerSecond: Math.round((10 * grown('framesDecoded')) / seconds) / 10,
    frames: grown('framesDecoded'),
    keyFrames: grown('keyFrames'),
    freezes: grown('freezes'),
    freezesSeconds: Math.round(100 * grown('freezesSeconds')) / 100,
    videoBps: Math.round((8 * grown('videoBytes')) / seconds),
    packets: grown('videoPackets'),
    nackShare: share(grown('nacks'), grown('videoPackets')),
    nacks: grown('nacks'),
    retransmitted: grown('retransmitted'),
    plis: grown('plis'),
    videoLost: grown('videoLost'),
    audioLost: grown('audioLost'),
    concealedShare: share(grown('concealedSamples'), grown('samples')),
    stretchedShare: share(grown('stretchedSamples'), grown('samples')),
  };
}

/** Waits until a picture is decoded that was not yet; answers after how many milliseconds. */
export function nextPicture(page: Page, timeoutMs = 40_000): Promise<number> {
  return page.evaluate(async (limit) => {
    const began = performance.now();
    const counted = async () => (await window.lab.mediaCounts())?.framesDecoded ?? 0;
    const before = await counted();
    // Counts of another connection begin at 0.
    for (let now = before; now === before || now === 0; now = await counted()) {
      if (performance.now() - began > limit) throw new Error(`no picture within ${limit} ms`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return Math.round(performance.now() - began);
  }, timeoutMs);
}

/** Waits until pictures come that satisfy; answers after how many milliseconds. */
export async function whenLines(page: Page, from: number, to: number, timeoutMs = 30_000): Promise<number> {
  return page.evaluate(
    async ([least, most, limit]) => {
      const began = performance.now();
      for (;;) {
        const lines = (await window.lab.mediaCounts())?.lines ?? 0;
        if (lines >= least && lines <= most) return Math.round(performance.now() - began);
        if (performance.now() - began > limit)
          throw new Error(`${lines} lines, not ${least} to ${most}, after ${limit} ms`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    [from, to, timeoutMs] as const,
  );
}
