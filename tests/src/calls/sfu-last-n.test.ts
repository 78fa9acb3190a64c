import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import { assertSees, PEOPLE } from './known-media.js';
import type { Person } from './known-media.js';
import { CALL_SWITCHES, openCaller } from './sdk-page.js';

const [MINA, JOON, ARA] = PEOPLE as [Person, Person, Person];

describe(
  'rooms of more cameras than one participant gets',
  { skip: skipWithoutChromium, timeout: 120_000 },
  () => {
    let server: ServerProcess;
    let browser: Browser;
    before(async () => {
      server = await ServerProcess.start({ workers: 1 });
      browser = await launchChromium([], CALL_SWITCHES);
    });
    after(async () => {
      await browser.close();
      await server.stop();
    });

    const enter = (person: Person, lastN?: number): Promise<Page> => {
      const most = lastN === undefined ? {} : { lastN };
      return openCaller(browser, server.httpUrl, {
        room: 'many',
        name: person.name,
        topology: 'sfu',
        ...most,
      });
    };
    const speak = (page: Page, { frequencyHz }: Person): Promise<unknown> =>
      page.evaluate(async (frequency) => {
        await window.caller.publishTone(frequency);
      }, frequencyHz);
    /** Waits until the page is sent the camera of those people, and knows that those of others are withheld. */
    const isSent = async (page: Page, ...people: Person[]): Promise<void> => {
      await page.evaluate(
        async (names) => {
          const cameras = () =>
            window.caller.room.participants.flatMap((participant) => {
              const camera = participant.publication('camera');
              if (camera === undefined) return [];
              const { track, withheld } = camera;
              return { name: participant.name, isHere: track !== undefined, isWithheld: withheld };
            });
          await window.lab.until(
            () =>
              cameras().every(
                ({ name, isHere, isWithheld }) =>
                  isHere === names.includes(name) && isWithheld === !names.includes(name),
              ) || undefined,
            () => `${names.join()} should be seen: ${JSON.stringify(cameras())}`,
          );
        },
        people.map(({ name }) => name),
      );
      for (const person of people) await assertSees(page, person);
    };

    test('who spoke last is seen, as many as one wants, and who is pinned', async () => {
      const ara = await enter(ARA, 1);
      const mina = await enter(MINA);
      const joon = await enter(JOON);
      for (const [page, person] of [
        [mina, MINA],
        [joon, JOON],
      ] as const) {
        await page.evaluate(async (colour) => {
          await window.caller.publishColour(colour);
        }, person.colour);
        await isSent(ara, MINA);
      }
      await isSent(mina, JOON);
      await speak(joon, JOON);
      await isSent(ara, JOON);
      await speak(mina, MINA);
      await isSent(ara, MINA);
      await ara.evaluate(() => {
        window.caller.room.setLastN(undefined);
      });
      await isSent(ara, MINA, JOON);
      await ara.evaluate(async (name) => {
        const participant = await window.caller.named(name);
        participant.publication('camera')!.setWanted({ pinned: true });
        window.caller.room.setLastN(0);
      }, JOON.name);
      await isSent(ara, JOON);
      await isSent(mina, JOON);
    });
  },
);
