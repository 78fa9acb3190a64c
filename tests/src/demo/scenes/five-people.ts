import { BEN, CAST } from '../cast.js';
import type { Scene } from '../scene.js';
import type { Visitor } from '../visitor.js';

export const fivePeople: Scene = {
  id: 'five',
  title: 'Five people, each with each',
  titleKo: '다섯이서 서로',
  about: 'A mesh of five: each one sends to four others, and smaller pictures than two would get.',
  async play(stage) {
    const visitors: Visitor[] = [];
    for (const actor of CAST) {
      visitors.push(
        await stage.person(actor, {
          // Small windows, so that drawing them does not slow down the call.
          viewport: { width: 480, height: 360 },
          framesPerSecond: 8,
          loudness: actor === CAST[0] ? 0.3 : 0.03,
        }),
      );
    }
    for (const at of visitors) {
      for (const actor of CAST) if (actor !== at.actor) await stage.sees(at, actor);
    }
    const ben = visitors.find(({ actor }) => actor === BEN)!;
    await stage.hears(ben, CAST[0]!);
    await stage.measure(ben, CAST[0]!);
    await stage.check('To each of four goes less than a megabit a second', async () => {
      const sent = await ben.page.evaluate(() =>
        window.madang.room!.participants.map(({ connection }) => connection.sentBitrateBps),
      );
      const kbps = sent.map((bps) => Math.round(bps / 1000));
      if (sent.length !== 4 || kbps.some((one) => one > 1000)) throw new Error(`${kbps.join(', ')} kbit/s`);
      return `${kbps.join(', ')} kbit/s`;
    });
    await ben.page.setViewportSize({ width: 1440, height: 900 });
    await ben.page.waitForTimeout(1000);
    await stage.picture(ben, 'Ben sees four others, English, light');
  },
};
