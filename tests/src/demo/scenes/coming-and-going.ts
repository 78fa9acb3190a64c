import { ARA, JOON } from '../cast.js';
import type { Scene } from '../scene.js';

export const comingAndGoing: Scene = {
  id: 'again',
  title: 'Leaving, coming back, reloading',
  titleKo: '나갔다 다시 들어오기',
  about: 'Who leaves learns how it was and comes back with a click. A reload of the page is back by itself.',
  async play(stage) {
    const joon = await stage.person(JOON, { theme: 'dark' });
    const ara = await stage.person(ARA, { language: 'ko' });
    await stage.sees(joon, ARA);
    await ara.part('leave-button').click();
    await stage.check('아라 has left', async () => {
      await ara.part('ended').waitFor();
      await joon.tileOf(ARA.name).waitFor({ state: 'detached' });
      return 'her picture is gone, and she is told how it was';
    });
    await stage.picture(ara, 'After the call, Korean, light');
    await ara.part('rejoin').click();
    await ara.part('enter').click();
    await ara.part('room').waitFor();
    await stage.sees(joon, ARA);
    await stage.sees(ara, JOON);
    await ara.page.reload();
    await ara.part('room').waitFor();
    await stage.sees(ara, JOON);
    await stage.sees(joon, ARA);
    await stage.check('Joon sees one 아라, not two', async () => {
      const tiles = await joon.tileOf(ARA.name).count();
      if (tiles !== 1) throw new Error(`${tiles} pictures`);
      return 'one picture';
    });
    stage.figure(
      'Connect to first decoded frame, reloaded',
      `${Math.round(await ara.firstFrameMs(JOON.name))} ms`,
    );
    await stage.picture(joon, 'Joon after all of it, English, dark');
  },
};
