import { JOON, MINA } from '../cast.js';
import type { Scene } from '../scene.js';

export const oneToOneVideo: Scene = {
  id: 'video',
  title: 'A video call',
  titleKo: '둘이서 영상 통화',
  about: 'Two people, one of them on a phone, see and hear each other: browser to browser.',
  async play(stage) {
    const mina = await stage.person(MINA, { language: 'ko' });
    const joon = await stage.person(JOON, { shape: 'phone', theme: 'dark' });
    await stage.sees(joon, MINA);
    await stage.sees(mina, JOON);
    await stage.hears(joon, MINA);
    await stage.hears(mina, JOON);
    await stage.path(joon, MINA, 'direct');
    await stage.measure(joon, MINA);
    await stage.picture(mina, '미나, Korean, light');
    await stage.picture(joon, 'Joon, on a phone, dark');
  },
};
