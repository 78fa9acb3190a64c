import { CHLOE, EVENING, inTheEvening, JOON } from '../cast.js';
import { watchGaps } from '../in-page/watch.js';
import type { Scene } from '../scene.js';

export const changeOfCamera: Scene = {
  id: 'devices',
  title: 'Another camera while talking',
  titleKo: '통화 중에 카메라 바꾸기',
  about: 'Chosen in the settings; the others see the other picture, without a new connection.',
  async play(stage) {
    const cameras = [
      { label: 'Desk camera', portrait: CHLOE.portrait },
      { label: 'Window camera', portrait: inTheEvening(CHLOE) },
    ];
    const chloe = await stage.person(CHLOE, { cameras });
    const joon = await stage.person(JOON, { language: 'ko', theme: 'dark' });
    await stage.sees(joon, CHLOE);
    await joon.pictureOf(CHLOE.name).evaluate(watchGaps, CHLOE.name);
    await chloe.part('more-button').click();
    await chloe.part('menu-settings').click();
    await chloe.part('device-camera').selectOption({ label: 'Window camera' });
    await joon.page.waitForTimeout(1500);
    await stage.sees(joon, CHLOE, EVENING);
    await stage.hears(joon, CHLOE);
    const { longestGapMs } = await joon.notes();
    stage.figure('Longest gap between frames', `${Math.round(longestGapMs[CHLOE.name]!)} ms`);
    await stage.picture(chloe, 'Chloé chooses, English, light');
    await stage.picture(joon, 'Joon sees her in the evening, Korean, dark');
  },
};
