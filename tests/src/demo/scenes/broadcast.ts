import { ARA, JOON, MINA } from '../cast.js';
import type { Scene } from '../scene.js';

export const broadcast: Scene = {
  id: 'broadcast',
  title: 'One to many',
  titleKo: '한 사람이 여럿에게',
  about: 'One person is on the air; viewers see and hear, and send nothing.',
  async play(stage) {
    const mina = await stage.person(MINA, { language: 'ko' });
    const joon = await stage.person(JOON, { theme: 'dark' }, '&role=viewer');
    const ara = await stage.person(ARA, { shape: 'phone', language: 'ko' }, '&role=viewer');
    for (const viewer of [joon, ara]) {
      await stage.sees(viewer, MINA);
      await stage.hears(viewer, MINA);
      await stage.check(`${viewer.name} has nothing to send`, async () => {
        const buttons = await viewer.part('microphone-button').count();
        const sent = await viewer.page.evaluate(
          () => window.madang.room!.localParticipant.publications.length,
        );
        if (buttons + sent > 0) throw new Error(`${buttons} microphone buttons, ${sent} publications`);
        return 'no microphone button, no publication';
      });
    }
    await stage.check('Viewers get nothing of each other', async () => {
      const tracks = await joon.page.evaluate((name) => {
        const other = window.madang.room!.participants.find((one) => one.name === name)!;
        return (
          other.publications.length + other.connection.received.filter((track) => track.bitrateBps > 0).length
        );
      }, ARA.name);
      if (tracks > 0) throw new Error(`${tracks} tracks`);
      return 'no picture, no voice';
    });
    await stage.measure(joon, MINA);
    await mina.page.keyboard.press('p');
    await stage.picture(mina, '미나 is on the air and sees who watches, Korean, light');
    await stage.picture(ara, '아라 watches on a phone, Korean, light');
  },
};
