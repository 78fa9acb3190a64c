import { CHLOE, MINA } from '../cast.js';
import type { Scene } from '../scene.js';

export const lobby: Scene = {
  id: 'lobby',
  title: 'The lobby',
  titleKo: '대기실',
  about: 'A host lets people in. Who knocks waits, and nothing of the room is told before.',
  async play(stage) {
    const mina = await stage.person(MINA);
    await mina.page.keyboard.press('p');
    await mina.part('lobby-switch').click();
    await mina.page.waitForFunction(() => window.madang.room!.lobby);
    // With the list of people open they are told there.
    await mina.part('panel-close').click();
    const chloe = await stage.visitor(CHLOE, { shape: 'phone', language: 'ko', theme: 'dark' });
    await chloe.goto(`/r/${stage.room}?join=1&name=${encodeURIComponent(CHLOE.name)}`);
    await stage.check('Chloé waits', async () => {
      await chloe.part('waiting').waitFor();
      return 'outside';
    });
    await stage.check('미나 is told who knocks', async () => {
      await mina.part('knocking').filter({ hasText: CHLOE.name }).waitFor();
      return CHLOE.name;
    });
    await stage.picture(chloe, 'Chloé waits, on a phone, Korean, dark');
    await stage.picture(mina, 'Somebody knocks, English, light');
    await mina.part('knocking-admit').click();
    await stage.check('She is in', async () => {
      await chloe.part('room').waitFor();
      return 'in the room';
    });
    await stage.sees(chloe, MINA);
    await stage.sees(mina, CHLOE);
  },
};
