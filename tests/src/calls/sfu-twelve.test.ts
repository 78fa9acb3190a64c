import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { ServerProcess } from '@madang/testkit/server-process';
import { launchChromium, skipWithoutChromium } from '../chromium/browser.js';
import type { Caller, Colour } from './in-page.js';
import { CALL_SWITCHES, openSdkPage } from './sdk-page.js';

const TABS = 3;
const PEOPLE_PER_TAB = 4;

/** Twelve hues, 127 or 128 apart in one of red, green and blue. */
const PEOPLE = Array.from({ length: TABS * PEOPLE_PER_TAB }, (_, index) => ({
  name: `guest ${index}`,
  colour: hue(index * 30),
}));

describe(
  'twelve people in a room of the media server',
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

    test('everybody sees everybody', async () => {
      const tabs = await Promise.all(
        Array.from({ length: TABS }, () => openSdkPage(browser, server.httpUrl)),
      );
      await Promise.all(
        tabs.map((tab, index) =>
          enter(
            tab,
            PEOPLE.filter((_, person) => person % TABS === index),
          ),
        ),
      );
      const seen = (await Promise.all(tabs.map(whatIsSeen))).flat();
      assert.equal(seen.length, PEOPLE.length * (PEOPLE.length - 1));
      for (const { by, name, colour } of seen) {
        const expected = PEOPLE.find((one) => one.name === name)!.colour;
        const distance = Math.max(...expected.map((part, index) => Math.abs(part - colour[index]!)));
        const said = `${by} sees ${name} as rgb(${colour.join(' ')}), not rgb(${expected.join(' ')})`;
        assert.ok(distance <= 40, said);
      }
    });
  },
);

/** Several people in one tab: a tab of a browser takes more of the machine than their pictures. */
async function enter(tab: Page, people: typeof PEOPLE): Promise<void> {
  await tab.evaluate(async (all) => {
    window.callers = [];
    for (const { name, colour } of all) {
      const caller = await window.lab.join({ room: 'twelve', name, topology: 'sfu' });
      await caller.publishColour(colour, 'camera', 160, 96);
      window.callers.push(caller);
    }
  }, people);
}

/** Of everybody in this tab: the colours in which the others come. */
function whatIsSeen(tab: Page): Promise<{ by: string; name: string; colour: Colour }[]> {
  return tab.evaluate(async (others) => {
    const seen: { by: string; name: string; colour: Colour }[] = [];
    for (const caller of window.callers) {
      const by = caller.room.localParticipant.name;
      await window.lab.until(
        () => caller.room.participants.length === others || undefined,
        () => `${by} has ${caller.room.participants.length} others in its room`,
      );
      const looks = caller.room.participants.map(async ({ name }) => {
        seen.push({ by, name, colour: (await caller.sees(name)).colour });
      });
      await Promise.all(looks);
    }
    return seen;
  }, PEOPLE.length - 1);
}

/** A colour of full saturation, by its angle in degrees. */
function hue(degrees: number): Colour {
  const part = (shift: number): number => {
    const at = (degrees / 60 + shift) % 6;
    return Math.round(255 * Math.min(1, Math.max(0, 2 - Math.abs(at - 2))));
  };
  return [part(2), part(0), part(4)];
}

declare global {
  interface Window {
    callers: Caller[];
  }
}
