import { BEN, CHLOE } from '../cast.js';
import type { Scene } from '../scene.js';

export const oneToOneVoice: Scene = {
  id: 'voice',
  title: 'A voice call',
  titleKo: '둘이서 음성 통화',
  about: 'Two people without cameras. Later one of them turns the camera on, and nothing else changes.',
  async play(stage) {
    const ben = await stage.person(BEN, { theme: 'dark' }, '&camera=0');
    const chloe = await stage.person(CHLOE, {}, '&camera=0');
    await stage.hears(ben, CHLOE);
    await stage.hears(chloe, BEN);
    await stage.check('No picture is sent', async () => {
      const { received } = await ben.connectionTo(CHLOE.name);
      const pictures = received.filter(({ kind, bitrateBps }) => kind === 'video' && bitrateBps > 0);
      if (pictures.length > 0) throw new Error(`${pictures.length} pictures flow`);
      return 'only a voice flows';
    });
    await stage.measureConnection(ben, CHLOE);
    await stage.picture(ben, 'Ben, dark, before there is a picture');
    await chloe.page.keyboard.press('v');
    await stage.sees(ben, CHLOE);
    await stage.hears(ben, CHLOE);
  },
};
