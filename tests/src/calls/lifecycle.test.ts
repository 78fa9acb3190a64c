import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import type { ConnectOptions } from '@madang/client';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { CALL_SWITCHES, openCaller } from './sdk-page.js';

const FAKE_DEVICES = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** Devices that open when the test says so, and what was opened. */
interface Devices {
  readonly tracks: MediaStreamTrack[];
  asked: number;
  /** Answers the questions for permission that are open. */
  answer(): void;
}

declare global {
  interface Window {
    devices: Devices;
    settled: Promise<string>;
    openConnections(): number;
  }
}

describe('what crosses in a call', { skip: skipWithoutChromium, timeout: 240_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium([], [...CALL_SWITCHES, ...FAKE_DEVICES]);
  });
  after(() => browser.close());

  async function start(t: TestContext) {
    let server = await ServerProcess.start();
    t.after(() => server.stop());
    const enter = async (name: string, more: Partial<ConnectOptions> = {}): Promise<Page> => {
      const page = await openCaller(browser, server.httpUrl, { room: 'tea', name, ...more });
      t.after(() => page.close());
      return page;
    };
    const kill = async (pages: readonly Page[]) => {
      server.kill('SIGKILL');
      await server.ended;
      for (const page of pages) await page.evaluate(() => window.caller.wasTold('state reconnecting'));
    };
    /** Another server in its place, which knows nothing of anybody. */
    const replace = async () => {
      server = await ServerProcess.start({ options: ['--http-port', new URL(server.httpUrl).port] });
    };
    return { enter, kill, replace };
  }

  /** From now on each question for a device waits for `answer`. */
  function holdPermission(page: Page): Promise<void> {
    return page.evaluate(() => {
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      let questions: (() => void)[] = [];
      window.devices = {
        tracks: [],
        asked: 0,
        answer: () => {
          for (const answer of questions) answer();
          questions = [];
        },
      };
      mediaDevices.getUserMedia = async (constraints) => {
        window.devices.asked++;
        await new Promise<void>((resolve) => questions.push(resolve));
        const stream = await open(constraints);
        window.devices.tracks.push(...stream.getTracks());
        return stream;
      };
    });
  }

  const nameAndCode = (promise: string) =>
    `${promise}.then(() => 'done', ({ name, code }) => name + ' ' + code)`;

  test(
    'a camera that is allowed after leaving goes out again, and who has left is not asked',
    { timeout: 40_000 },
    async (t) => {
      const { enter } = await start(t);
      const page = await enter('Mina');
      await holdPermission(page);
      await page.evaluate(
        `void (window.settled = ${nameAndCode('caller.room.localParticipant.setCameraEnabled(true)')})`,
      );
      await page.evaluate(async () => {
        await window.lab.until(() => window.devices.asked || undefined, 'not asked');
        window.caller.room.on('localTrackPublished', () => window.caller.told.push('published here'));
        await window.caller.room.leave();
        window.devices.answer();
      });
      assert.equal(await page.evaluate(() => window.settled), 'NetworkError notConnected');
      const after = await page.evaluate(
        `Promise.all(['setCameraEnabled(true)', 'setMicrophoneEnabled(true)', 'setScreenShareEnabled(true)'].map(
        (call) => ${nameAndCode("eval('caller.room.localParticipant.' + call)")}))`,
      );
      assert.deepEqual(after, Array(3).fill('NetworkError notConnected'));
      const { states, asked, told } = await page.evaluate(() => ({
        states: window.devices.tracks.map(({ readyState }) => readyState),
        asked: window.devices.asked,
        told: window.caller.told,
      }));
      assert.deepEqual({ states, asked }, { states: ['ended'], asked: 1 });
      assert.deepEqual(told, ['state disconnected', 'disconnected left']);
    },
  );

  test(
    'who becomes a viewer while being asked for the camera sends nothing',
    { timeout: 40_000 },
    async (t) => {
      const { enter } = await start(t);
      const host = await enter('Mina');
      const page = await enter('Joon');
      await holdPermission(page);
      await page.evaluate(
        `void (window.settled = ${nameAndCode('caller.room.localParticipant.setCameraEnabled(true)')})`,
      );
      await page.evaluate(() =>
        window.caller.room.on('localTrackPublished', () => window.caller.told.push('published here')),
      );
      await host.evaluate(async () => {
        const { participantId } = await window.caller.named('Joon');
        await window.caller.room.setRole(participantId, 'viewer');
      });
      await page.evaluate(async () => {
        const { localParticipant } = window.caller.room;
        await window.lab.until(() => localParticipant.role === 'viewer' || undefined, 'still no viewer');
        window.devices.answer();
      });
      assert.equal(await page.evaluate(() => window.settled), 'UsageError viewerCannotPublish');
      assert.deepEqual(await page.evaluate(() => window.devices.tracks.map(({ readyState }) => readyState)), [
        'ended',
      ]);
      assert.deepEqual(await page.evaluate(() => window.caller.told), []);
    },
  );

  test(
    'while the server is away mute and unmute work at once, and a new server learns what is so',
    { timeout: 40_000 },
    async (t) => {
      const { enter, kill, replace } = await start(t);
      const mina = await enter('Mina');
      const joon = await enter('Joon');
      const ara = await enter('Ara');
      await joon.evaluate(() => window.caller.room.localParticipant.setMicrophoneEnabled(true));
      await mina.evaluate(() => window.caller.wasTold('published Joon microphone'));
      await ara.evaluate(() => {
        const { room, told } = window.caller;
        room.on('localTrackUnpublished', () => told.push('unpublished here'));
        room.on('participantLeft', () => void room.leave());
        const Original = RTCPeerConnection;
        const made: RTCPeerConnection[] = [];
        window.RTCPeerConnection = class extends Original {
          constructor(configuration?: RTCConfiguration) {
            super(configuration);
            made.push(this);
          }
        };
        window.openConnections = () =>
          made.filter(({ signalingState }) => signalingState !== 'closed').length;
      });
      await kill([mina, joon, ara]);
      const states = await joon.evaluate(async () => {
        const { localParticipant } = window.caller.room;
        const seen: boolean[] = [];
        const asked: Promise<void>[] = [];
        for (const enabled of [false, true, false]) {
          asked.push(localParticipant.setMicrophoneEnabled(enabled));
          await new Promise((resolve) => setTimeout(resolve, 200));
          seen.push(localParticipant.microphoneEnabled);
        }
        asked.push(localParticipant.setCameraEnabled(true));
        await window.lab.until(() => localParticipant.cameraEnabled || undefined, 'the camera is off');
        window.settled = Promise.all(asked).then(
          () => 'done',
          (error: Error) => error.message,
        );
        return seen;
      });
      assert.deepEqual(states, [false, true, false]);
      await replace();
      assert.equal(await joon.evaluate(() => window.settled), 'done');
      await mina.waitForFunction(() => window.caller.room.state === 'connected');
      const now = await mina.evaluate(async () => {
        const look = () => window.caller.room.participants.find(({ name }) => name === 'Joon');
        return window.lab.until(
          () => {
            const tracks = look()?.publications.map(({ source, muted }) => `${source} ${muted}`);
            return tracks?.length === 2 ? tracks : undefined;
          },
          () => `Joon sends ${JSON.stringify(look()?.publications)}`,
        );
      });
      assert.deepEqual(now.sort(), ['camera false', 'microphone true']);
      await mina.evaluate(() => window.caller.trackOf('Joon', 'camera').then(() => undefined));

      // Ara left as soon as she saw that the others had gone, in the middle of coming back.
      await ara.evaluate(() => window.caller.wasTold('disconnected left'));
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { told, connections } = await ara.evaluate(() => ({
        told: window.caller.told,
        connections: window.openConnections(),
      }));
      assert.equal(told.at(-1), 'disconnected left', told.join(', '));
      assert.equal(connections, 0);
    },
  );

  test('a shared screen with sound ends as one', { timeout: 40_000 }, async (t) => {
    const { enter, kill } = await start(t);
    const mina = await enter('Mina');
    await mina.evaluate(() => {
      navigator.mediaDevices.getDisplayMedia = () => {
        const [picture] = document.createElement('canvas').captureStream(5).getVideoTracks();
        const [sound] = new AudioContext().createMediaStreamDestination().stream.getAudioTracks();
        window.devices = { tracks: [picture!, sound!], asked: 0, answer: () => undefined };
        return Promise.resolve(new MediaStream(window.devices.tracks));
      };
    });
    const sources = () =>
      mina.evaluate(() => window.caller.room.localParticipant.publications.map(({ source }) => source));
    const states = () => mina.evaluate(() => window.devices.tracks.map(({ readyState }) => readyState));
    await mina.evaluate(() =>
      window.caller.room.localParticipant.setScreenShareEnabled(true, { audio: true }),
    );
    assert.deepEqual(await sources(), ['screen', 'screenAudio']);
    // What the browser's own button does to the picture.
    await mina.evaluate(() => {
      const [picture] = window.devices.tracks;
      picture!.stop();
      picture!.dispatchEvent(new Event('ended'));
    });
    await mina.waitForFunction(() => window.caller.room.localParticipant.publications.length === 0);
    assert.deepEqual(await states(), ['ended', 'ended']);

    await kill([mina]);
    await mina.evaluate(() => {
      const { localParticipant } = window.caller.room;
      localParticipant.setScreenShareEnabled(true, { audio: true }).catch(() => undefined);
    });
    await mina.waitForFunction(() => window.caller.room.localParticipant.screenShareEnabled);
    await mina.evaluate(() => window.caller.room.leave());
    assert.deepEqual(await states(), ['ended', 'ended']);
  });

  test(
    'the same track is published once; many single messages cost no more than few; no meter, no harm',
    { timeout: 40_000 },
    async (t) => {
      const { enter } = await start(t);
      const mina = await enter('Mina');
      const errors: string[] = [];
      mina.on('pageerror', ({ message }) => errors.push(message));
      const ids = await mina.evaluate(async () => {
        const { localParticipant } = window.caller.room;
        const [track] = document.createElement('canvas').captureStream(5).getVideoTracks();
        const twice = await Promise.all([localParticipant.publish(track!), localParticipant.publish(track!)]);
        return twice.map(({ trackId }) => trackId);
      });
      assert.equal(ids[0], ids[1]);
      const tookMs = await mina.evaluate(async () => {
        const { room } = window.caller;
        const since = performance.now();
        for (let i = 0; i < 10_000; i++) await room.send({ label: 'cursor', reliable: false }, 'x');
        return performance.now() - since;
      });
      assert.ok(tookMs < 3000, `10000 messages to nobody took ${tookMs} ms`);
      // As Firefox does for a microphone of another sample rate.
      await mina.evaluate(async () => {
        AudioContext.prototype.createMediaStreamSource = () => {
          throw new DOMException('different sample-rate', 'NotSupportedError');
        };
        await window.caller.room.localParticipant.setMicrophoneEnabled(true);
      });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert.deepEqual(errors, []);
    },
  );
});
