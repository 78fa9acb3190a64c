import { ARA, BEN, MINA } from '../cast.js';
import type { Scene } from '../scene.js';
import type { Visitor } from '../visitor.js';

const LINES = [
  { by: 'mina', text: '차 마시면서 이야기해요 🍵' },
  { by: 'ben', text: 'Lovely. The notes are at https://example.org/notes' },
  { by: 'mina', text: '고마워요, 읽어 볼게요!' },
] as const;

export const wordsAndSigns: Scene = {
  id: 'chat',
  title: 'Chat, mute, a raised hand',
  titleKo: '채팅, 음소거, 손들기',
  about:
    'What is written reaches everybody, also who comes late. Mute is silence, a camera that is off sends nothing.',
  async play(stage) {
    const mina = await stage.person(MINA, { language: 'ko' });
    const ben = await stage.person(BEN, { theme: 'dark' });
    await stage.sees(ben, MINA);
    for (const { by, text } of LINES) await say(by === 'mina' ? mina : ben, text);
    const ara = await stage.person(ARA, { shape: 'phone', language: 'ko' }, '&camera=0&microphone=0');
    await ara.part('chat-button').click();
    for (const reader of [mina, ben, ara]) {
      await stage.check(`${reader.name} reads all of it`, async () => {
        await reader
          .part('chat-text')
          .nth(LINES.length - 1)
          .waitFor();
        const read = await reader.part('chat-text').allInnerTexts();
        if (read.join() !== LINES.map(({ text }) => text).join()) throw new Error(read.join(' | '));
        return reader === ara ? 'the three lines from before' : 'three lines, in order';
      });
    }
    await stage.picture(ara, '아라 came late and reads it all, Korean, light');

    await mina.page.locator('body').press('Escape');
    await mina.page.keyboard.press('h');
    await stage.check('Ben sees the raised hand', async () => {
      await ben.tileOf(MINA.name).getByTestId('tile-hand').waitFor();
      return 'at her picture';
    });
    await mina.part('microphone-button').click();
    await stage.check('Muted is silent', async () => {
      await ben.tileOf(MINA.name).getByTestId('tile-muted').waitFor();
      // What was said before may still be on its way.
      for (let look = 0; look < 3; look++) {
        const { frequencyHz, aboveRestDb } = await ben.listen(MINA.name);
        if (!(aboveRestDb > 12) || Math.abs(frequencyHz - MINA.frequencyHz) > 15)
          return 'no tone is left, and the picture is marked';
      }
      throw new Error(`${MINA.frequencyHz} Hz can be heard`);
    });
    await stage.picture(ben, 'Ben reads the chat; 미나 is muted and has a question, English, dark');
    await mina.part('camera-button').click();
    await stage.check('A camera that is off shows no picture', async () => {
      await ben.pictureOf(MINA.name).waitFor({ state: 'hidden' });
      return 'initials instead';
    });
    await mina.part('camera-button').click();
    await mina.part('microphone-button').click();
    await stage.sees(ben, MINA);
    await stage.hears(ben, MINA);
  },
};

async function say(visitor: Visitor, text: string): Promise<void> {
  if ((await visitor.part('chat-panel').count()) === 0) await visitor.part('chat-button').click();
  await visitor.part('chat-field').fill(text);
  await visitor.part('chat-field').press('Enter');
  await visitor.part('chat-text').filter({ hasText: text }).waitFor();
}
