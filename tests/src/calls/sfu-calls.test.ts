import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { gather } from './gathering.js';
import { assertHears, assertSees, PEOPLE, publishPerson } from './known-media.js';
import { CALL_SWITCHES } from './sdk-page.js';

const [MINA, JOON, ARA] = PEOPLE as [(typeof PEOPLE)[0], (typeof PEOPLE)[0], (typeof PEOPLE)[0]];

describe('calls through the media server', { skip: skipWithoutChromium, timeout: 240_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;
  before(async () => {
    server = await ServerProcess.start({ workers: 2 });
    browser = await launchChromium([], CALL_SWITCHES);
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  const gathering = (t: TestContext) => gather(t, browser, server, { topology: 'sfu' });

  test('two people see and hear each other through the server', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name);
    await publishPerson(mina, MINA);
    const joon = await enter(JOON.name);
    await publishPerson(joon, JOON);
    await assertSees(mina, JOON);
    await assertSees(joon, MINA);
    await assertHears(mina, JOON);
    await assertHears(joon, MINA);
    const path = await mina.evaluate((name) => window.caller.path(name), JOON.name);
    assert.equal(path.kind, 'server');
  });

  test('five people all see and hear each other; who comes late too', async (t) => {
    const { enter } = gathering(t);
    const pages: Page[] = [];
    for (const person of PEOPLE) {
      const page = await enter(person.name);
      await publishPerson(page, person);
      pages.push(page);
    }
    await Promise.all(
      pages.map(async (page, index) => {
        for (const [other, person] of PEOPLE.entries()) if (other !== index) await assertSees(page, person);
      }),
    );
    await assertHears(pages[4]!, MINA);
    await assertHears(pages[0]!, PEOPLE[4]!);
  });

  test('a picture comes in the size it is shown at, stops when it is hidden, and the rest is not sent', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name);
    await mina.evaluate((colour) => window.caller.publishColour(colour, 'camera', 1280, 720), MINA.colour);
    const joon = await enter(JOON.name);
    await assertSees(joon, MINA);
    const figures: Record<string, number> = {};
    const show = async (width: number, height: number, lines: number): Promise<void> => {
      await joon.evaluate(([name, w, h]) => window.caller.show(name, w, h), [
        MINA.name,
        width,
        height,
      ] as const);
      figures[`${lines} lines`] = await joon.evaluate(([name, h]) => window.caller.height(name, h), [
        MINA.name,
        lines,
      ] as const);
    };
    await show(1280, 720, 720);
    await show(320, 180, 180);
    await show(640, 360, 360);
    await show(1280, 720, 720);
    t.diagnostic(JSON.stringify(figures));
    await assertSees(joon, MINA);
    /** Waits until of the two larger encodings something is sent, or nothing. */
    const sends = (what: 'large' | 'small') =>
      mina.evaluate((wanted) => {
        const sent = () => window.caller.room.participants[0]!.connection.sent;
        const bitrates = () =>
          sent().flatMap(({ rid, bitrateBps }) => (rid === 'h' || rid === 'f' ? bitrateBps : []));
        const isSo = () => bitrates().some((one) => one > 0) === (wanted === 'large');
        return window.lab.until(
          () => isSo() || undefined,
          () => JSON.stringify(sent()),
          15_000,
        );
      }, what);
    await sends('large');
    await joon.evaluate((name) => window.caller.hide(name), MINA.name);
    await sends('small');
  });

  test('viewers see the host, and the host sends once', async (t) => {
    const { enter } = gathering(t);
    const host = await enter(MINA.name);
    await publishPerson(host, MINA);
    for (const viewer of [await enter('v1', { role: 'viewer' }), await enter('v2', { role: 'viewer' })]) {
      await assertSees(viewer, MINA);
      await assertHears(viewer, MINA);
    }
  });

  test('muting, a screen beside the camera, and unpublishing are seen by others; what follows reuses m-sections', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name);
    const joon = await enter(JOON.name);
    await publishPerson(mina, MINA);
    await assertSees(joon, MINA);
    await mina.evaluate((colour) => window.caller.publishColour(colour, 'screen'), ARA.colour);
    await assertSees(joon, { ...MINA, colour: ARA.colour }, 'screen');
    await mina.evaluate(() => window.caller.room.localParticipant.setCameraEnabled(false));
    await joon.evaluate((what) => window.caller.wasTold(what), `muted ${MINA.name} camera`);
    await mina.evaluate(() => window.caller.room.localParticipant.setCameraEnabled(true));
    await joon.evaluate((what) => window.caller.wasTold(what), `unmuted ${MINA.name} camera`);
    await assertSees(joon, MINA);
    for (let round = 0; round < 3; round++) {
      await mina.evaluate(async () => {
        const { localParticipant } = window.caller.room;
        await localParticipant.unpublish(localParticipant.publication('screen')!);
      });
      await joon.evaluate((what) => window.caller.wasTold(what), `unpublished ${MINA.name} screen`);
      const { colour } = PEOPLE[2 + round]!;
      await mina.evaluate((one) => window.caller.publishColour(one, 'screen'), colour);
      await assertSees(joon, { ...MINA, colour }, 'screen');
    }
    await assertSees(joon, MINA);
  });

  test('leaving, entering again, and reloading the page', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name);
    const joon = await enter(JOON.name);
    await publishPerson(mina, MINA);
    await assertSees(joon, MINA);
    await joon.evaluate(() => window.caller.room.leave());
    await mina.evaluate((what) => window.caller.wasTold(what), `left ${JOON.name} left`);
    await joon.reload();
    await joon.waitForFunction(() => 'lab' in globalThis);
    await joon.evaluate(
      async ([room, name]) => {
        await window.lab.join({ room, name });
      },
      [await mina.evaluate(() => window.caller.room.name), JOON.name] as const,
    );
    await assertSees(joon, MINA);
    await publishPerson(joon, JOON);
    await assertSees(mina, JOON);
  });

  for (const videoCodec of ['VP9', 'H264', 'AV1'] as const) {
    test(`${videoCodec}: what is decoded is what was sent, at the size that is shown`, async (t) => {
      const { enter } = gathering(t);
      const mina = await enter(MINA.name, { videoCodec });
      await mina.evaluate((colour) => window.caller.publishColour(colour, 'camera', 640, 360), MINA.colour);
      const joon = await enter(JOON.name);
      await assertSees(joon, MINA);
      await joon.evaluate((name) => window.caller.show(name, 640, 360), MINA.name);
      await joon.evaluate((name) => window.caller.height(name, 360), MINA.name);
      const codec = await joon.evaluate(
        (name) =>
          window.lab.until(
            () =>
              window.caller.room.participants.find((one) => one.name === name)?.connection.received[0]?.codec,
            'no codec',
          ),
        MINA.name,
      );
      assert.match(codec, new RegExp(videoCodec, 'i'));
    });
  }

  test('through TURN alone', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name, { relayOnly: true });
    await publishPerson(mina, MINA);
    const joon = await enter(JOON.name, { relayOnly: true });
    await assertSees(joon, MINA);
    await assertHears(joon, MINA);
    const path = await joon.evaluate((name) => window.caller.path(name), MINA.name);
    assert.ok(path.relayProtocol, JSON.stringify(path));
  });

  test('data goes from browser to browser', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name);
    const joon = await enter(JOON.name);
    await joon.evaluate(() => {
      window.caller.room.on('dataReceived', ({ label, data }) => {
        window.caller.told.push(`data ${label} ${new TextDecoder().decode(data)}`);
      });
    });
    await mina.evaluate(() => window.caller.room.send({ label: 'cursor' }, 'here'));
    await joon.evaluate(() => window.caller.wasTold('data cursor here'));
  });

  test('the topology changes while people talk, and a channel that was open stays', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name, { topology: 'mesh' });
    const joon = await enter(JOON.name);
    await publishPerson(mina, MINA);
    await publishPerson(joon, JOON);
    await assertSees(joon, MINA);
    await joon.evaluate(() => {
      window.caller.room.on('dataReceived', ({ data }) => {
        window.caller.told.push(`data ${new TextDecoder().decode(data)}`);
      });
    });
    for (const [topology, kind] of [
      ['sfu', 'server'],
      ['mesh', 'direct'],
      ['sfu', 'server'],
    ] as const) {
      await mina.evaluate(async (chosen) => {
        await window.caller.room.setTopology(chosen);
        await window.caller.room.send({ label: 'notes' }, chosen);
      }, topology);
      for (const page of [mina, joon]) await page.evaluate((by) => window.caller.goesBy(by), kind);
      await assertSees(joon, MINA);
      await assertSees(mina, JOON);
      await assertHears(joon, MINA);
    }
    const data = await joon.evaluate(() => window.caller.told.filter((one) => one.startsWith('data')));
    assert.deepEqual(data, ['data sfu', 'data mesh', 'data sfu']);
  });

  test('what an application does not want is not sent to it, and comes again when it does', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name);
    await publishPerson(mina, MINA);
    const joon = await enter(JOON.name);
    await assertSees(joon, MINA);
    /** Says whether Mina's camera is wanted, and waits until it comes or not. */
    const want = (what: 'nothing' | 'everything') =>
      joon.evaluate(
        async ([name, wanted]) => {
          const participant = await window.caller.named(name);
          participant.publication('camera')!.setWanted(wanted === 'nothing' ? { paused: true } : {});
          const bitrateBps = () =>
            participant.connection.received.find(({ kind }) => kind === 'video')?.bitrateBps;
          await window.lab.until(
            () => (wanted === 'nothing' ? bitrateBps() === 0 : (bitrateBps() ?? 0) > 0) || undefined,
            () => `${wanted} is wanted, ${bitrateBps()} bit/s come`,
          );
        },
        [MINA.name, what] as const,
      );
    await want('nothing');
    await want('everything');
    await assertSees(joon, MINA);
  });
});
