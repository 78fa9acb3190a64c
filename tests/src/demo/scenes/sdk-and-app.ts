import { PEOPLE, publishPerson } from '../../calls/known-media.js';
import type { Person } from '../../calls/known-media.js';
import { openSdkPage } from '../../calls/sdk-page.js';
import { MINA } from '../cast.js';
import type { Actor } from '../cast.js';
import type { Scene } from '../scene.js';

/** How often somebody joins to be measured. */
const JOINS = 5;

/** A page of one's own, of a dozen lines, with the SDK: a plain colour and a tone. */
const ROBOT: Person = { ...PEOPLE[1]!, name: 'Robot' };

export const sdkAndApp: Scene = {
  id: 'sdk',
  title: 'The app and a page made with the SDK',
  titleKo: 'SDK로 만든 페이지와 통화',
  about: `A page that uses the browser SDK joins ${JOINS} times and is measured, then stays and talks to the app.`,
  async play(stage) {
    const mina = await stage.person(MINA, { language: 'ko' });
    const robot = await openSdkPage(stage.theatre.browser, stage.theatre.origin);
    stage.atTheEnd(() => robot.close());
    const took: number[] = [];
    for (let round = 0; round < JOINS; round++) {
      took.push(
        await robot.evaluate(
          async ({ room, other }) => {
            const begun = performance.now();
            const caller = await window.lab.join({ room, name: 'Robot' });
            const video = document.createElement('video');
            Object.assign(video, {
              muted: true,
              srcObject: new MediaStream([await caller.trackOf(other, 'camera')]),
            });
            const decoded = new Promise((resolve) => video.addEventListener('loadeddata', resolve));
            await Promise.all([video.play(), decoded]);
            const tookMs = performance.now() - begun;
            await caller.room.leave();
            return tookMs;
          },
          { room: stage.room, other: MINA.name },
        ),
      );
    }
    const sorted = took.toSorted((a, b) => a - b).map((ms) => Math.round(ms));
    stage.figure('connect() to first decoded frame, median', `${sorted[Math.floor(JOINS / 2)]} ms`);
    stage.figure(`Fastest and slowest of ${JOINS}`, `${sorted[0]} and ${sorted.at(-1)} ms`);

    await robot.evaluate(async (room) => void (await window.lab.join({ room, name: 'Robot' })), stage.room);
    await publishPerson(robot, ROBOT);
    const actor: Actor = {
      ...{ name: ROBOT.name, frequencyHz: ROBOT.frequencyHz },
      portrait: { ...MINA.portrait, wall: ROBOT.colour },
    };
    await stage.sees(mina, actor);
    await stage.hears(mina, actor);
    await stage.check('Robot hears 미나', async () => {
      const heard = await robot.evaluate((name) => window.caller.hears(name), MINA.name);
      if (Math.abs(heard.frequencyHz - MINA.frequencyHz) > 15) throw new Error(`${heard.frequencyHz} Hz`);
      return `${Math.round(heard.frequencyHz)} Hz of ${MINA.frequencyHz} Hz`;
    });
    await robot.evaluate(() => window.caller.room.sendChat('Hello from a page of a dozen lines.'));
    await mina.part('chat-button').click();
    await stage.check('미나 reads what Robot writes', async () => {
      await mina.part('chat-text').filter({ hasText: 'a dozen lines' }).waitFor();
      return 'one line';
    });
    await stage.measureConnection(mina, actor);
    await stage.picture(mina, '미나 in the app, Robot in a page of its own, Korean, light');
  },
};
