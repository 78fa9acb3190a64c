import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import type { ConnectOptions } from '@madang/client';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { gather } from './gathering.js';
import { assertHears, assertSees, PEOPLE, publishPerson } from './known-media.js';
import { CALL_SWITCHES, openSdkPage } from './sdk-page.js';

const [MINA, JOON, ARA] = PEOPLE as [(typeof PEOPLE)[0], (typeof PEOPLE)[0], (typeof PEOPLE)[0]];

describe('calls between browsers', { skip: skipWithoutChromium, timeout: 240_000 }, () => {
  let server: ServerProcess;
  let browser: Browser;
  before(async () => {
    server = await ServerProcess.start({ options: ['--participants-per-room', '6'] });
    browser = await launchChromium([], CALL_SWITCHES);
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  const gathering = (t: TestContext) => gather(t, browser, server);

  test('two people see and hear each other, directly', async (t) => {
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
    assert.equal(path.kind, 'direct');
    assert.equal(path.protocol, 'udp');
  });

  test('a call through TURN alone', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name, { relayOnly: true });
    await publishPerson(mina, MINA);
    const joon = await enter(JOON.name, { relayOnly: true });
    await assertSees(joon, MINA);
    await assertHears(joon, MINA);
    const path = await joon.evaluate((name) => window.caller.path(name), MINA.name);
    assert.deepEqual([path.kind, path.relayProtocol], ['relayed', 'udp']);
  });

  test('voice only, and a camera that joins later', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name);
    const joon = await enter(JOON.name);
    await mina.evaluate((hz) => window.caller.publishTone(hz), MINA.frequencyHz);
    await assertHears(joon, MINA);
    await mina.evaluate((colour) => window.caller.publishColour(colour), MINA.colour);
    await assertSees(joon, MINA);
  });

  test('five people all see each other, with smaller pictures than two would have', async (t) => {
    const { enter } = gathering(t);
    const pages: Page[] = [];
    for (const person of PEOPLE) {
      const page = await enter(person.name);
      await publishPerson(page, person);
      pages.push(page);
    }
    for (const [index, page] of pages.entries()) {
      for (const [other, person] of PEOPLE.entries()) if (other !== index) await assertSees(page, person);
    }
    await assertHears(pages[4]!, MINA);
    const limits = await pages[0]!.evaluate(() =>
      window.caller.room.participants.map(({ connection }) => connection.sentBitrateBps),
    );
    assert.equal(limits.length, 4);
    for (const bitrateBps of limits) assert.ok(bitrateBps < 900_000, `${bitrateBps} bit/s to one of four`);
  });

  test('a broadcast: viewers see the host and nothing of each other', async (t) => {
    const { enter } = gathering(t);
    const host = await enter(MINA.name);
    await publishPerson(host, MINA);
    const viewers = [await enter('v1', { role: 'viewer' }), await enter('v2', { role: 'viewer' })];
    for (const viewer of viewers) {
      await assertSees(viewer, MINA);
      await assertHears(viewer, MINA);
    }
    const refused = await viewers[0]!.evaluate(async () => {
      try {
        await window.caller.publishTone(440);
        return 'published';
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    assert.equal(refused, 'viewerCannotPublish');
    const links = await viewers[0]!.evaluate(() => window.caller.room.participants.map(({ name }) => name));
    assert.deepEqual(links.sort(), ['v2', MINA.name].sort());
  });

  test('muting the camera stops its frames, unmuting brings them back; the screen comes beside it', async (t) => {
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
    await mina.evaluate(async () => {
      const { localParticipant } = window.caller.room;
      await localParticipant.unpublish(localParticipant.publication('screen')!);
    });
    await joon.evaluate((what) => window.caller.wasTold(what), `unpublished ${MINA.name} screen`);
  });

  test('leaving, entering again, and reloading the page', async (t) => {
    const { room, enter } = gathering(t);
    const mina = await enter(MINA.name);
    const joon = await enter(JOON.name);
    await publishPerson(mina, MINA);
    await assertSees(joon, MINA);
    await joon.evaluate(() => window.caller.room.leave());
    await mina.evaluate((what) => window.caller.wasTold(what), `left ${JOON.name} left`);
    const again = { room, name: JOON.name };
    await joon.evaluate(async (options) => {
      await window.lab.join(options);
    }, again);
    await assertSees(joon, MINA);
    await joon.reload();
    await mina.evaluate(() => {
      const left = () =>
        window.caller.told.filter((one) => one.startsWith('left')).length === 2 ? true : undefined;
      return window.lab.until(left, 'the reload left nobody', 3000);
    });
    await joon.waitForFunction(() => 'lab' in globalThis);
    await joon.evaluate(async (options) => {
      await window.lab.join(options);
    }, again);
    await assertSees(joon, MINA);
  });

  test('chat reaches all, and those who come later', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name);
    const joon = await enter(JOON.name);
    await mina.evaluate(() => window.caller.room.sendChat('안녕하세요 <b>'));
    await joon.evaluate((what) => window.caller.wasTold(what), `chat ${MINA.name}: 안녕하세요 <b>`);
    const ara = await enter(ARA.name);
    const history = await ara.evaluate(() => window.caller.room.chat.map(({ text }) => text));
    assert.deepEqual(history, ['안녕하세요 <b>']);
  });

  test('data: reliable in order to all, lossy to one', async (t) => {
    const { enter } = gathering(t);
    const mina = await enter(MINA.name);
    const joon = await enter(JOON.name);
    await joon.evaluate(() => {
      window.caller.room.on('dataReceived', ({ label, reliable, data }) => {
        window.caller.told.push(`data ${label} ${reliable} ${new TextDecoder().decode(data)}`);
      });
    });
    await mina.evaluate(async () => {
      const channel = window.caller.room.openChannel({ label: 'count' });
      for (let count = 0; count < 100; count++) await channel.send(`${count}`);
    });
    await joon.evaluate(() => window.caller.wasTold('data count true 99'));
    const counts = await joon.evaluate(() =>
      window.caller.told.filter((one) => one.startsWith('data count')),
    );
    assert.deepEqual(
      counts,
      Array.from({ length: 100 }, (_, count) => `data count true ${count}`),
    );
    const receivers = await mina.evaluate(async (name) => {
      const { participantId } = await window.caller.named(name);
      const options = { to: participantId, label: 'cursor', reliable: false };
      // The first opens the channel; lossy messages do not wait for that.
      let receivers = 0;
      for (let tries = 0; receivers === 0 && tries < 100; tries++) {
        receivers = await window.caller.room.send(options, 'here');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return receivers;
    }, JOON.name);
    assert.equal(receivers, 1);
    await joon.evaluate(() => window.caller.wasTold('data cursor false here'));
  });

  test('a lobby: who knocks waits, and enters when a host lets them in', async (t) => {
    const { room, enter } = gathering(t);
    const mina = await enter(MINA.name);
    await mina.evaluate(() => window.caller.room.setLobby(true));
    const joon = await openSdkPage(browser, server.httpUrl);
    t.after(() => joon.close());
    await joon.evaluate(
      (options) => {
        void window.lab.join({ ...options, onWaiting: (name) => (document.title = `waits for ${name}`) });
      },
      { room, name: JOON.name },
    );
    await joon.waitForFunction((name) => document.title === `waits for ${name}`, room);
    await mina.evaluate(async () => {
      const { room } = window.caller;
      const waiting = await window.lab.until(() => room.waiting[0], 'nobody waits');
      await room.admit(waiting.participantId);
    });
    await joon.waitForFunction(() => window.caller?.room.participants.length === 1);
  });

  test('a host can ask to mute, change roles, lock the room and remove people', async (t) => {
    const { room, enter } = gathering(t);
    const mina = await enter(MINA.name);
    const joon = await enter(JOON.name);
    await publishPerson(joon, JOON);
    await assertSees(mina, JOON);
    await mina.evaluate(async (name) => {
      const { participantId } = await window.caller.named(name);
      await window.caller.room.requestMute(participantId, 'audio');
      await window.caller.room.setRole(participantId, 'viewer');
      await window.caller.room.setLocked(true);
    }, JOON.name);
    await joon.evaluate((what) => window.caller.wasTold(what), `mute requested by ${MINA.name} audio`);
    await mina.evaluate((what) => window.caller.wasTold(what), `unpublished ${JOON.name} camera`);
    assert.equal(await codeOfJoin(t, { room, name: 'late' }), 'roomLocked');
    await mina.evaluate(async (name) => {
      await window.caller.room.remove((await window.caller.named(name)).participantId);
    }, JOON.name);
    await joon.evaluate(() => window.caller.wasTold('disconnected removed'));
  });

  test('who cannot enter learns why', async (t) => {
    const { room, enter } = gathering(t);
    for (let count = 0; count < 6; count++) await enter(`${count}`);
    assert.equal(await codeOfJoin(t, { room, name: 'seventh' }), 'roomFull');
    assert.equal(await codeOfJoin(t, { room: 'other', token: 'a.b.c' }), 'unauthorized');
  });

  async function codeOfJoin(t: TestContext, options: ConnectOptions): Promise<string> {
    const page = await openSdkPage(browser, server.httpUrl);
    t.after(() => page.close());
    return page.evaluate(async (chosen) => {
      try {
        await window.lab.join(chosen);
        return 'entered';
      } catch (error) {
        return (error as { code: string }).code;
      }
    }, options);
  }
});
