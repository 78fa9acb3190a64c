import { ARA, BEN, MINA } from '../cast.js';
import { watchGaps } from '../in-page/watch.js';
import type { Scene } from '../scene.js';

/** How long the server stays away. */
const AWAY_MS = 2000;

/** A picture that stands still for longer is seen to. */
const LONGEST_GAP_MS = 1500;

export const serverKilled: Scene = {
  id: 'restart',
  title: 'kill -9 of the server',
  titleKo: '서버가 갑자기 꺼져도',
  about: 'The server is killed in the middle of a call and started again. People go on talking.',
  async play(stage) {
    const mina = await stage.person(MINA, { language: 'ko' });
    const ben = await stage.person(BEN, { theme: 'dark' });
    const ara = await stage.person(ARA, { shape: 'phone', language: 'ko' });
    for (const actor of [MINA, BEN]) await stage.sees(ara, actor);
    await mina.pictureOf(BEN.name).evaluate(watchGaps, BEN.name);
    await stage.theatre.killServer();
    await stage.check('People are told that the server is away', async () => {
      await mina.part('reconnecting').waitFor();
      return 'a line above the pictures';
    });
    await mina.page.waitForTimeout(AWAY_MS);
    await stage.sees(mina, BEN);
    await stage.hears(mina, BEN);
    await stage.picture(mina, '미나 while there is no server, Korean, light');
    stage.figure('The server serves again after', `${Math.round(await stage.theatre.restartServer())} ms`);
    const servesAt = performance.now();
    await stage.check('Everybody is connected again', async () => {
      for (const visitor of [mina, ben, ara])
        await visitor.page.locator('[data-testid=room][data-state=connected]').waitFor();
      const afterMs = Math.round(performance.now() - servesAt);
      stage.figure('All are connected again after', `${afterMs} ms`);
      return `${afterMs} ms after the server was there`;
    });
    for (const [at, actor] of [
      [mina, ARA],
      [ben, MINA],
      [ara, BEN],
    ] as const)
      await stage.sees(at, actor);
    await stage.check('The picture never stood still for long', async () => {
      const { longestGapMs } = await mina.notes();
      const gap = Math.round(longestGapMs[BEN.name]!);
      stage.figure('Longest gap between frames', `${gap} ms`);
      if (gap > LONGEST_GAP_MS) throw new Error(`${gap} ms`);
      return `${gap} ms at most between two frames`;
    });
    await stage.check('New words get through', async () => {
      await ben.page.evaluate(() => window.madang.room!.sendChat('Still here?'));
      await ara.part('chat-unread').waitFor();
      return 'a line of chat arrives';
    });
    await stage.picture(ara, '아라 afterwards, on a phone, Korean, light');
  },
};
