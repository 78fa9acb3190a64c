import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { openMediaPage } from './media-tab.js';
import { servePages } from './page-server.js';
import type { PageServer } from './page-server.js';

interface Offer {
  readonly iceServers: { urls: string[]; username?: string; credential?: string }[];
}

describe('statistics of calls in Chromium', { skip: skipWithoutChromium }, () => {
  let server: ServerProcess;
  let pages: PageServer;
  let browser: Browser;

  before(async () => {
    server = await ServerProcess.start();
    pages = await servePages();
    browser = await launchChromium(
      [server],
      ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
    );
  });

  after(async () => {
    await browser?.close();
    pages?.close();
    await server?.stop();
  });

  /** Only this relay, with the credential of somebody new. */
  async function relayOnly(pattern: RegExp): Promise<RTCConfiguration> {
    const { iceServers } = (await (await fetch(`${server.httpUrl}/api/ice-servers`)).json()) as Offer;
    const entry = iceServers.find(({ username }) => username !== undefined)!;
    const urls = entry.urls.find((url) => pattern.test(url))!;
    return { iceServers: [{ ...entry, urls }], iceTransportPolicy: 'relay' };
  }

  /** The fourth statistics of each end of a call with camera and microphone. */
  async function callAndWatch(configurations: RTCConfiguration[]) {
    const page = await openMediaPage(browser, pages);
    const seen = await page.evaluate(async (both) => {
      const camera = await sdkMedia.captureCamera({ height: 360 });
      const microphone = await sdkMedia.captureMicrophone();
      const { caller, callee, received } = await sdkMedia.call([camera, microphone], both);
      const playback = new sdkMedia.Playback(() => undefined);
      for (const { track } of received) {
        new sdkMedia.ReceivedTrack({ trackId: track.id, source: 'other' }, track, playback).attach();
      }
      const links = [
        { participantId: 'caller', state: 'connected' as const, peerConnection: caller },
        { participantId: 'callee', state: 'connected' as const, peerConnection: callee },
      ];
      const polls = new Map<
        string,
        Parameters<ConstructorParameters<typeof sdkMedia.StatisticsPoller>[1]>[1][]
      >();
      const poller = new sdkMedia.StatisticsPoller(
        () => links,
        (id, statistics) => polls.set(id, [...(polls.get(id) ?? []), statistics]),
      );
      await sdkMedia.until('four polls', () => (polls.get('caller')?.length ?? 0) >= 4);
      const [of, from] = [polls.get('caller')!, polls.get('callee')!];
      poller.stop();
      const count = of.length;
      await sdkMedia.sleep(1300);
      const sent = of[3]!;
      const got = from[3]!;
      const ids = [camera.trackId, microphone.trackId];
      return {
        sent,
        got,
        ids,
        apartMs: of[3]!.at - of[2]!.at,
        isStopped: polls.get('caller')!.length === count,
      };
    }, configurations);
    await page.close();
    return seen;
  }

  for (const [name, pattern, path] of [
    ['a direct call', undefined, { kind: 'direct', protocol: 'udp', relayProtocol: undefined }],
    ['a call over TURN/UDP', /^turn:.*udp$/, { kind: 'relayed', protocol: 'udp', relayProtocol: 'udp' }],
    ['a call over TURN/TCP', /^turn:.*tcp$/, { kind: 'relayed', protocol: 'udp', relayProtocol: 'tcp' }],
    ['a call over TURN/TLS', /^turns:/, { kind: 'relayed', protocol: 'udp', relayProtocol: 'tls' }],
  ] as const) {
    test(`${name}: path, tracks and rates of both ends`, async () => {
      const { sent, got, ids, apartMs, isStopped } = await callAndWatch(
        pattern === undefined ? [] : [await relayOnly(pattern), await relayOnly(pattern)],
      );
      for (const { path: used } of [sent, got]) {
        const { kind, protocol, relayProtocol } = used;
        assert.deepEqual({ kind, protocol, relayProtocol }, path);
      }
      assert.deepEqual(new Set(sent.sent.map(({ trackId }) => trackId)), new Set(ids));
      assert.deepEqual(new Set(got.received.map(({ trackId }) => trackId)), new Set(ids));
      assert.deepEqual([sent.received, got.sent], [[], []]);
      for (const { kind, bitrateBps, frames, height } of got.received) {
        assert.ok(bitrateBps > 10_000, `${kind}: ${bitrateBps} bit/s`);
        if (kind === 'video')
          assert.ok((frames ?? 0) > 10 && (height ?? 0) >= 180, `${frames} frames, ${height}`);
      }
      assert.ok(sent.sentBitrateBps > 30_000 && got.receivedBitrateBps > 30_000);
      assert.ok(sent.roundTripMs !== undefined && sent.roundTripMs < 1000);
      assert.ok(['excellent', 'good', 'poor'].includes(sent.quality), sent.quality);
      assert.ok(apartMs > 500 && apartMs < 3000, `polls ${apartMs} ms apart`);
      assert.ok(isStopped);
    });
  }
});
