import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { openMediaPage } from './media-tab.js';
import { servePages } from './page-server.js';
import type { PageServer } from './page-server.js';

describe('screens and received media in Chromium', { skip: skipWithoutChromium }, () => {
  let server: PageServer;
  let browser: Browser;

  before(async () => {
    server = await servePages();
    browser = await launchChromium(
      [],
      [
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=document-user-activation-required',
      ],
    );
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  test('a screen is captured with its sound and cannot be opened again', async () => {
    const page = await openMediaPage(browser, server);
    const seen = await page.evaluate(async () => {
      const [screen, sound] = await sdkMedia.captureScreen({ audio: true });
      const [film] = await sdkMedia.captureScreen({ contentHint: 'motion' });
      const element = screen!.attach();
      const track = screen!.mediaStreamTrack!;
      const { width = 0, height = 0 } = track.getSettings();
      const result = {
        sources: [screen!.source, sound!.source, film!.source],
        hints: [track.contentHint, sound!.mediaStreamTrack!.contentHint, film!.mediaStreamTrack!.contentHint],
        isBounded: width > 0 && width <= 2560 && height <= 1600,
        said: [screen!.label, screen!.deviceId],
        frames: await sdkMedia.framesShown(element),
      };
      screen!.stop();
      sound!.stop();
      film!.stop();
      return { ...result, after: track.readyState, detached: element.srcObject };
    });
    assert.deepEqual(seen.sources, ['screen', 'screenAudio', 'screen']);
    assert.deepEqual(seen.hints, ['detail', 'music', 'motion']);
    assert.ok(seen.isBounded);
    assert.deepEqual(seen.said, ['', undefined]);
    assert.ok(seen.frames >= 5, `${seen.frames} frames`);
    assert.equal(seen.after, 'ended');
    assert.equal(seen.detached, null);
    await page.close();
  });

  test('received tracks play at their volume, and their level is that of the voice', async () => {
    const page = await openMediaPage(browser, server);
    await page.mouse.click(10, 10);
    const seen = await page.evaluate(async () => {
      const camera = await sdkMedia.captureCamera();
      const microphone = await sdkMedia.captureMicrophone({ noiseSuppression: false });
      const { received } = await sdkMedia.call([camera, microphone]);
      let blocked = 0;
      const playback = new sdkMedia.Playback(() => blocked++);
      const tracks = received.map(
        ({ track, streams }) =>
          new sdkMedia.ReceivedTrack(
            { trackId: streams[0]!.id, source: track.kind === 'audio' ? 'microphone' : 'camera' },
            track,
            playback,
          ),
      );
      const video = tracks.find(({ kind }) => kind === 'video')!;
      const audio = tracks.find(({ kind }) => kind === 'audio')!;
      const shown = video.attach();
      audio.setVolume(0.25);
      const heard = audio.attach();
      const volumes = [heard.volume];
      audio.setVolume(7);
      volumes.push(heard.volume);
      await sdkMedia.until('the sound', () => !heard.paused);
      const frames = await sdkMedia.framesShown(shown);
      const { receiver } = received.find(({ track }) => track.kind === 'audio')!;
      const level = new sdkMedia.ReceivedLevel(receiver);
      const beep = await sdkMedia.loudest(() => level.read(performance.now()));
      const meter = sdkMedia.createLevelMeter(audio);
      const metered = await sdkMedia.loudest(() => meter.level);
      meter.stop();
      microphone.disable();
      await sdkMedia.sleep(1000);
      const muted = await sdkMedia.loudest(() => level.read(performance.now()));
      const detached = audio.detach(heard)[0] === heard && heard.srcObject === null;
      return {
        isSameId: video.trackId === camera.trackId && audio.trackId === microphone.trackId,
        isVideoMuted: shown.muted,
        isAudioMuted: heard.muted,
        volumes,
        frames,
        beep,
        metered,
        muted,
        detached,
        blocked,
      };
    });
    assert.ok(seen.isSameId, 'the id of the stream does not arrive');
    assert.ok(seen.isVideoMuted && !seen.isAudioMuted && seen.detached);
    assert.deepEqual(seen.volumes, [0.25, 1]);
    assert.ok(seen.frames >= 5, `${seen.frames} frames`);
    assert.ok(seen.beep > 0.4 && seen.beep <= 1 && seen.metered > 0.4, JSON.stringify(seen));
    assert.ok(seen.muted < 0.1, `${seen.muted} is heard of a muted microphone`);
    assert.equal(seen.blocked, 0);
    await page.close();
  });

  test('the level of a sender that is gone does not stay', async () => {
    const page = await openMediaPage(browser, server);
    const level = await page.evaluate(async () => {
      const { caller, received } = await sdkMedia.call([await sdkMedia.captureMicrophone()]);
      const { track, receiver } = received[0]!;
      // Browsers know the level of what they play only.
      const playback = new sdkMedia.Playback(() => undefined);
      new sdkMedia.ReceivedTrack({ trackId: 'voice', source: 'microphone' }, track, playback).attach();
      const level = new sdkMedia.ReceivedLevel(receiver);
      await sdkMedia.until('a loud moment', () => level.read(performance.now()) > 0.3);
      caller.close();
      for (let i = 0; i < 8; i++) {
        await sdkMedia.sleep(100);
        level.read(performance.now());
      }
      return {
        now: level.read(performance.now()),
        sources: received[0]!.receiver.getSynchronizationSources(),
      };
    });
    assert.equal(level.now, 0);
    assert.equal(level.sources.length, 1, 'the browser has forgotten the level itself: this proves nothing');
    await page.close();
  });

  test('sound that is blocked before a click is announced once and starts with the click', async () => {
    const page = await browser.newPage();
    // Runs by itself: whatever Playwright evaluates counts as a person's action.
    await page.addInitScript(() => {
      addEventListener(
        'DOMContentLoaded',
        () => void import('/tests/dist/client/media-page.js' as string).then(playBeforeClick),
      );
      function playBeforeClick(): void {
        const playback = new sdkMedia.Playback(() => console.log('blocked'));
        const { stream } = new AudioContext().createMediaStreamDestination();
        const elements = ['one', 'two'].map((trackId) =>
          new sdkMedia.ReceivedTrack(
            { trackId, source: 'microphone' },
            stream.getAudioTracks()[0]!,
            playback,
          ).attach(),
        );
        const isPaused = (): boolean[] => elements.map(({ paused }) => paused);
        setTimeout(() => console.log(JSON.stringify([playback.blocked, ...isPaused()])), 1000);
        addEventListener('click', () => {
          void playback.start().then(() => console.log(JSON.stringify([playback.blocked, ...isPaused()])));
        });
      }
    });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    const nextLine = () => page.waitForEvent('console', (message) => message.text().startsWith('['));
    const before = nextLine();
    await page.goto(server.url);
    await before;
    assert.deepEqual(said, ['blocked', '[true,true,true]']);
    const afterwards = nextLine();
    await page.mouse.click(10, 10);
    await afterwards;
    assert.deepEqual(said, ['blocked', '[true,true,true]', '[false,false,false]']);
    await page.close();
  });

  test('an unknown speaker is refused and the one before stays; a known one is used by all', async () => {
    const page = await openMediaPage(browser, server);
    await page.mouse.click(10, 10);
    const seen = await page.evaluate(async () => {
      const microphone = await sdkMedia.captureMicrophone();
      await sdkMedia.devices.refresh();
      const speaker = sdkMedia.devices.of('speaker').at(-1)!;
      const { received } = await sdkMedia.call([microphone]);
      const playback = new sdkMedia.Playback(() => undefined);
      const track = new sdkMedia.ReceivedTrack(
        { trackId: 'voice', source: 'microphone' },
        received[0]!.track,
        playback,
      );
      const early = track.attach() as HTMLAudioElement;
      await playback.setSpeaker(speaker.deviceId);
      const failure = await sdkMedia.failureOf(() => playback.setSpeaker('no-such-speaker'));
      const late = track.attach() as HTMLAudioElement;
      await sdkMedia.until('the late one', () => late.sinkId === speaker.deviceId);
      return {
        early: early.sinkId === speaker.deviceId,
        id: playback.speakerId === speaker.deviceId,
        failure,
      };
    });
    assert.ok(seen.early && seen.id);
    assert.equal(seen.failure.code, 'deviceNotFound');
    assert.equal(seen.failure.device, 'speaker');
    await page.close();
  });
});
