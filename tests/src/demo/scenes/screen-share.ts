import { isColour, JOON, MINA } from '../cast.js';
import { SLIDE_COLOUR } from '../in-page/slide.js';
import type { Scene } from '../scene.js';

export const screenShare: Scene = {
  id: 'screen',
  title: 'Sharing a screen',
  titleKo: '화면 공유',
  about: 'A slide appears large beside the camera that goes on, sharp enough to be read, and goes again.',
  async play(stage) {
    const mina = await stage.person(MINA, { language: 'ko' });
    const joon = await stage.person(JOON, { theme: 'dark', viewport: { width: 1440, height: 900 } });
    await stage.sees(joon, MINA);
    await mina.page.keyboard.press('s');
    await stage.check('Joon sees the slide', async () => {
      const { colour, width, height } = await joon.look(MINA.name, 'screen');
      if (!isColour(colour, SLIDE_COLOUR)) throw new Error(`rgb(${colour.join(' ')})`);
      stage.figure('The slide as received', `${width}×${height}`);
      return `rgb(${colour.join(' ')}), ${width}×${height}`;
    });
    await stage.check('The slide is the large picture', async () => {
      await joon.page.locator('[data-testid=room][data-layout=spotlight]').waitFor();
      return 'spotlight';
    });
    await stage.sees(joon, MINA);
    await joon.page.waitForTimeout(1500);
    await stage.measureConnection(joon, MINA);
    await stage.picture(joon, 'Joon, English, dark');
    await mina.page.keyboard.press('s');
    await stage.check('The slide goes when sharing ends', async () => {
      await joon.tileOf(MINA.name, 'screen').waitFor({ state: 'detached' });
      return 'gone';
    });
  },
};
