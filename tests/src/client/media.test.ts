import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { openMediaPage } from './media-tab.js';
import { servePages } from './page-server.js';
import type { PageServer } from './page-server.js';

const FAKE_DEVICES = ['--use-fake-device-for-media-stream=device-count=3', '--use-fake-ui-for-media-stream'];

describe('media in Chromium with fake devices', { skip: skipWithoutChromium }, () => {
  let server: PageServer;
  let browser: Browser;

  before(async () => {
    server = await servePages();
    browser = await launchChromium([], FAKE_DEVICES);
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  async function inPage(use: (page: Page) => Promise<void>): Promise<void> {
    const page = await openMediaPage(browser, server);
    try {
      await use(page);
    } finally {
      await page.close();
    }
  }

  test('the device list learns names with the permission and says so', () =>
    inPage(async (page) => {
      const seen = await page.evaluate(async () => {
        const { devices } = sdkMedia;
        const changes: number[] = [];
        devices.on('changed', (all) => changes.push(all.filter(({ label }) => label !== '').length));
        const before = devices.all.length;
        const track = await sdkMedia.captureMicrophone();
        await sdkMedia.until('names', () => devices.of('microphone').some(({ label }) => label !== ''));
        track.stop();
        const cameras = devices.of('camera');
        const looks = changes.length;
        await devices.refresh();
        return {
          before,
          looksAgain: changes.length - looks,
          cameras: cameras.map(({ label }) => label),
          ids: new Set(cameras.map(({ deviceId }) => deviceId)).size,
          microphones: devices.of('microphone').length,
          speakers: devices.of('speaker').length,
          canChooseSpeaker: devices.canChooseSpeaker,
          named: changes.at(-1),
        };
      });
      assert.equal(seen.before, 0);
      assert.equal(seen.cameras.length, 3);
      assert.ok(
        seen.cameras.every((label) => label.startsWith('fake_device_')),
        seen.cameras.join(),
      );
      assert.equal(seen.ids, 3);
      assert.ok(seen.microphones >= 1 && seen.speakers >= 1);
      assert.ok(seen.canChooseSpeaker);
      assert.ok((seen.named ?? 0) > 3);
      assert.equal(seen.looksAgain, 0, 'nothing changed, but the list said so');
    }));

  test('a camera that is off is freed, and on again keeps the stream', () =>
    inPage(async (page) => {
      const seen = await page.evaluate(async () => {
        const track = await sdkMedia.captureCamera({ height: 360 });
        const replaced: (string | undefined)[] = [];
        track.on('replaced', (now) => replaced.push(now?.id));
        const first = track.mediaStreamTrack!;
        const { trackId, label, deviceId } = track;
        const { height } = first.getSettings();
        track.disable();
        const off = {
          state: first.readyState,
          muted: track.muted,
          inStream: track.stream.getTracks().length,
        };
        await track.enable();
        const second = track.mediaStreamTrack!;
        const result = {
          height,
          off,
          on: {
            state: second.readyState,
            muted: track.muted,
            inStream: track.stream.getTracks()[0] === second,
          },
          isSame: track.trackId === trackId && track.label === label && track.deviceId === deviceId,
          isNew: first !== second,
          replaced: replaced.map((id) => id === second.id),
        };
        track.stop();
        return {
          ...result,
          stopped: second.readyState,
          after: await sdkMedia.failureOf(() => track.enable()),
        };
      });
      assert.equal(seen.height, 360);
      assert.deepEqual(seen.off, { state: 'ended', muted: true, inStream: 0 });
      assert.deepEqual(seen.on, { state: 'live', muted: false, inStream: true });
      assert.ok(seen.isSame && seen.isNew);
      assert.deepEqual(seen.replaced, [false, true]);
      assert.equal(seen.stopped, 'ended');
      assert.equal(seen.after.code, 'invalidArgument');
    }));

  test('off while on still opens the camera wins, and no device stays open', () =>
    inPage(async (page) => {
      const seen = await page.evaluate(async () => {
        const opened: MediaStreamTrack[] = [];
        const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (constraints) => {
          const stream = await original(constraints);
          opened.push(...stream.getTracks());
          return stream;
        };
        const live = (): number => opened.filter(({ readyState }) => readyState === 'live').length;
        const track = await sdkMedia.captureCamera();
        track.disable();
        const enabling = track.enable();
        track.disable();
        await enabling;
        const off = { live: live(), muted: track.muted };
        track.enable().catch(() => undefined);
        track.disable();
        await Promise.all([track.enable(), track.enable()]);
        await sdkMedia.sleep(300);
        const on = { live: live(), muted: track.muted };
        const last = track.enable();
        track.stop();
        await last.catch(() => undefined);
        track.disable();
        return { off, on, end: live(), opened: opened.length };
      });
      assert.deepEqual(seen.off, { live: 0, muted: true });
      assert.deepEqual(seen.on, { live: 1, muted: false });
      assert.equal(seen.end, 0);
      assert.ok(seen.opened >= 3);
    }));

  test('a muted microphone stays open unless it is to be freed', () =>
    inPage(async (page) => {
      const seen = await page.evaluate(async () => {
        const track = await sdkMedia.captureMicrophone({ noiseSuppression: false });
        const first = track.mediaStreamTrack!;
        const { echoCancellation, noiseSuppression } = first.getSettings();
        track.disable();
        const muted = { state: first.readyState, enabled: first.enabled, muted: track.muted };
        await track.enable();
        const back = track.mediaStreamTrack === first && first.enabled;
        track.disable({ free: true });
        const freed = first.readyState;
        await track.enable();
        const again = track.mediaStreamTrack!.getSettings().noiseSuppression;
        track.stop();
        return { echoCancellation, noiseSuppression, muted, back, freed, again };
      });
      assert.deepEqual(seen, {
        echoCancellation: true,
        noiseSuppression: false,
        muted: { state: 'live', enabled: false, muted: true },
        back: true,
        freed: 'ended',
        again: false,
      });
    }));

  test('changing the camera replaces the track, and an unknown one changes nothing', () =>
    inPage(async (page) => {
      const seen = await page.evaluate(async () => {
        const track = await sdkMedia.captureCamera();
        const all = await sdkMedia.devices.refresh();
        const [other, third] = all.filter(
          ({ kind, deviceId }) => kind === 'camera' && deviceId !== track.deviceId,
        ) as [(typeof all)[0], (typeof all)[0]];
        const first = track.mediaStreamTrack!;
        const { trackId } = track;
        await track.setDevice(other.deviceId);
        const changed = {
          device: track.deviceId === other.deviceId && track.label === other.label,
          actual: track.mediaStreamTrack!.getSettings().deviceId === other.deviceId,
          previous: first.readyState,
          stream: track.trackId === trackId,
        };
        const failure = await sdkMedia.failureOf(() => track.setDevice('gone'));
        const kept = track.deviceId === other.deviceId && track.mediaStreamTrack!.readyState;
        track.disable();
        await track.setDevice(third.deviceId);
        const whileOff = track.mediaStreamTrack;
        await track.enable();
        const later = track.mediaStreamTrack!.getSettings().deviceId === third.deviceId;
        track.disable();
        await track.setDevice('gone');
        await track.enable();
        const fallback = track.mediaStreamTrack!.readyState;
        track.stop();
        return { changed, failure, kept, whileOff, later, fallback };
      });
      assert.deepEqual(seen.changed, { device: true, actual: true, previous: 'ended', stream: true });
      assert.equal(seen.failure.code, 'deviceNotFound');
      assert.equal(seen.failure.device, 'camera');
      assert.equal(seen.kept, 'live');
      assert.equal(seen.whileOff, undefined);
      assert.ok(seen.later);
      assert.equal(seen.fallback, 'live', 'a camera that has gone is not replaced by the default one');
    }));

  test('an element goes on showing the track through off, on and another device', () =>
    inPage(async (page) => {
      const seen = await page.evaluate(async () => {
        const track = await sdkMedia.captureCamera();
        const given = document.body.appendChild(document.createElement('video'));
        const element = track.attach(given);
        const other = track.attach();
        const first = await sdkMedia.framesShown(element);
        track.disable();
        const off = await sdkMedia.framesShown(element);
        await track.enable();
        const on = await sdkMedia.framesShown(element);
        const next = sdkMedia.devices.of('camera').find(({ deviceId }) => deviceId !== track.deviceId)!;
        await track.setDevice(next.deviceId);
        const changed = await sdkMedia.framesShown(element);
        const detached = track.detach(element).length + track.detach(element).length;
        const rest = track.detach();
        track.stop();
        return {
          isGiven: element === given,
          isMuted: element.muted,
          first,
          off,
          on,
          changed,
          detached,
          rest: rest.length === 1 && rest[0] === other,
          source: element.srcObject,
        };
      });
      assert.ok(seen.isGiven && seen.isMuted);
      assert.ok(seen.first >= 10 && seen.on >= 10 && seen.changed >= 10, JSON.stringify(seen));
      assert.ok(seen.off <= 1, `${seen.off} frames of a camera that is off`);
      assert.equal(seen.detached, 1);
      assert.ok(seen.rest);
      assert.equal(seen.source, null);
    }));

  test('an unplugged microphone is replaced by the default one; a screen that ends has ended', () =>
    inPage(async (page) => {
      const seen = await page.evaluate(async () => {
        // Browsers fire `ended` at a track when its device goes. Nothing can pull out a fake device.
        const unplug = (track: MediaStreamTrack): void => {
          track.stop();
          track.dispatchEvent(new Event('ended'));
        };
        const track = await sdkMedia.captureMicrophone();
        const events: string[] = [];
        track.on('replaced', (now) => events.push(now === undefined ? 'none' : 'other'));
        track.on('ended', () => events.push('ended'));
        unplug(track.mediaStreamTrack!);
        await sdkMedia.until('another microphone', () => track.mediaStreamTrack !== undefined);
        const replaced = { muted: track.muted, events: events.splice(0) };
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'));
        unplug(track.mediaStreamTrack!);
        await sdkMedia.until('its end', () => events.includes('ended'));
        const ended = { muted: track.muted, events: events.splice(0) };

        const canvas = document.createElement('canvas');
        canvas.getContext('2d');
        const screen = sdkMedia.wrapTrack(canvas.captureStream().getVideoTracks()[0]!, 'screen');
        screen.on('ended', () => events.push('screen ended'));
        const failure = await sdkMedia.failureOf(() => screen.setDevice('any'));
        unplug(screen.mediaStreamTrack!);
        await sdkMedia.until('the end of the screen', () => events.length > 0);
        return { replaced, ended, screen: { muted: screen.muted, events }, failure };
      });
      assert.deepEqual(seen.replaced, { muted: false, events: ['none', 'other'] });
      assert.deepEqual(seen.ended, { muted: true, events: ['none', 'ended'] });
      assert.deepEqual(seen.screen, { muted: true, events: ['screen ended'] });
      assert.equal(seen.failure.code, 'invalidArgument');
    }));

  test('a level meter hears the beep, follows the track and shows a mute', () =>
    inPage(async (page) => {
      const seen = await page.evaluate(async () => {
        const track = await sdkMedia.captureMicrophone({
          echoCancellation: false,
          noiseSuppression: false,
          autoGainControl: false,
        });
        const meter = sdkMedia.createLevelMeter(track);
        const beep = await sdkMedia.loudest(() => meter.level);
        track.disable({ free: true });
        await sdkMedia.sleep(200);
        const off = await sdkMedia.loudest(() => meter.level);
        await track.enable();
        const again = await sdkMedia.loudest(() => meter.level);
        const ofBrowserTrack = sdkMedia.createLevelMeter(track.mediaStreamTrack!);
        const other = await sdkMedia.loudest(() => ofBrowserTrack.level);
        ofBrowserTrack.stop();
        ofBrowserTrack.stop();
        const rest = await sdkMedia.loudest(() => meter.level);
        meter.stop();
        const stopped = await sdkMedia.loudest(() => meter.level);
        const later = sdkMedia.createLevelMeter(track);
        const woken = await sdkMedia.loudest(() => later.level);
        later.stop();
        track.stop();
        return { beep, off, again, other, rest, stopped, woken };
      });
      for (const level of [seen.beep, seen.again, seen.other, seen.rest, seen.woken]) {
        assert.ok(level > 0.5 && level <= 1, JSON.stringify(seen));
      }
      assert.equal(seen.off, 0);
      assert.equal(seen.stopped, 0);
    }));
});
