import { BEN, CAST, MINA } from '../cast.js';
import type { Scene } from '../scene.js';
import type { Visitor } from '../visitor.js';

export const throughTheServer: Scene = {
  id: 'sfu',
  title: 'Five people through the server',
  titleKo: '다섯이서 서버를 거쳐',
  about:
    'Everybody sends once, and the media server passes it on in the size each one looks at. Then the host changes the room to browser to browser and back, while people talk.',
  async play(stage) {
    const visitors: Visitor[] = [];
    for (const actor of CAST) {
      const look = {
        // Small windows, so that drawing them does not slow down the call.
        viewport: { width: 480, height: 360 },
        framesPerSecond: 8,
        loudness: actor === MINA ? 0.3 : 0.03,
        language: actor === MINA ? ('ko' as const) : ('en' as const),
      };
      visitors.push(await stage.person(actor, look, '&topology=sfu'));
    }
    const [mina] = visitors as [Visitor];
    const ben = visitors.find(({ actor }) => actor === BEN)!;
    // Five pages that begin on one machine keep each other waiting; until then the server holds pictures back.
    for (const at of visitors) await everythingComes(at);
    for (const at of visitors) {
      for (const actor of CAST) if (actor !== at.actor) await stage.sees(at, actor);
    }
    await stage.hears(ben, MINA);
    await stage.path(ben, MINA, 'server');
    await stage.measure(ben, MINA);
    await stage.check('Ben sends once for all four', async () => {
      const { sent, sentBitrateBps } = await ben.connectionTo(MINA.name);
      const tracks = new Set(sent.map(({ trackId }) => trackId));
      const seen = `${tracks.size} tracks, ${Math.round(sentBitrateBps / 1000)} kbit/s in all`;
      if (tracks.size !== 2) throw new Error(seen);
      return seen;
    });
    await ben.page.setViewportSize({ width: 1440, height: 900 });
    await ben.page.waitForTimeout(2000);
    await stage.picture(ben, 'Ben sees four others, through the server, English, light');

    for (const [way, topology, path] of [
      ['browsers', 'mesh', 'direct'],
      ['server', 'sfu', 'server'],
    ] as const) {
      await mina.page.setViewportSize({ width: 1200, height: 750 });
      await mina.page.keyboard.press('t');
      await mina.part(`way-${way}`).click();
      if (way === 'browsers')
        await stage.picture(mina, '미나 changes how the room is connected, Korean, light');
      await mina.part('topology-change').click();
      await ben.page.locator(`[data-testid=room][data-topology=${topology}]`).waitFor();
      await ben.page.locator(`[data-testid=connection-badge][data-path=${path}]`).first().waitFor();
      await stage.path(ben, MINA, path);
      await stage.sees(ben, MINA);
      await stage.sees(mina, BEN);
    }
  },
};

/** Waits until pictures of all the others come. */
async function everythingComes(at: Visitor): Promise<void> {
  await at.page.waitForFunction(
    (others) => {
      const { participants } = window.madang.room!;
      const seen = participants.filter(({ connection }) =>
        connection.received.some(({ kind, bitrateBps }) => kind === 'video' && bitrateBps > 0),
      );
      return seen.length === others;
    },
    CAST.length - 1,
    { polling: 250 },
  );
}
