import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ARA, BEN, CAST, CHLOE, JOON, MINA } from './cast.js';
import type { Actor } from './cast.js';
import type { Theatre } from './theatre.js';
import { Visitor } from './visitor.js';
import type { Look } from './visitor.js';

/** The window of pictures that are no phone. */
const WINDOW = { width: 1440, height: 900 };

/** Windows are small until their picture is taken: five large ones are much to draw for one machine. */
const SMALL = { width: 480, height: 360 };

/** Who looks at the call of five, and how. */
const LOOKS = new Map<Actor, Look>([
  [MINA, { viewport: SMALL, language: 'ko' }],
  [ARA, { shape: 'phone', language: 'ko', theme: 'dark' }],
]);

/** Writes the pictures of the README into a folder. `tell` is called with the name of each. */
export async function takePictures(
  theatre: Theatre,
  folder: string,
  tell: (file: string) => void,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const take = async (visitor: Visitor, name: string): Promise<void> => {
    await visitor.stir();
    await visitor.page.waitForTimeout(400);
    const file = path.join(folder, `${name}.png`);
    writeFileSync(file, await visitor.page.screenshot({ type: 'png' }));
    tell(file);
  };
  await takeHome(theatre, take);
  await takePrejoin(theatre, take);
  await takeRooms(theatre, take);
}

type Take = (visitor: Visitor, name: string) => Promise<void>;

async function takeRooms(theatre: Theatre, take: Take): Promise<void> {
  const visitors = new Map<Actor, Visitor>();
  for (const actor of CAST) {
    const look = {
      // As tall as five people send each other.
      ...{ height: 360, framesPerSecond: 5, loudness: actor === JOON ? 0.3 : 0.0005 },
      ...(LOOKS.get(actor) ?? { viewport: SMALL }),
    };
    visitors.set(actor, await (await Visitor.arrive(theatre, actor, look)).enter('spring'));
  }
  for (const looking of [BEN, MINA, ARA]) {
    for (const actor of CAST) if (actor !== looking) await visitors.get(looking)!.firstFrameMs(actor.name);
  }
  await visitors.get(CHLOE)!.page.keyboard.press('m');
  // Until the connections are judged and the first picture's haste is over.
  await visitors.get(BEN)!.page.waitForTimeout(8000);
  for (const [actor, name] of [
    [BEN, 'room'],
    [MINA, 'room-ko'],
  ] as const) {
    const { page } = visitors.get(actor)!;
    await page.setViewportSize(WINDOW);
    await page.waitForTimeout(1500);
    await take(visitors.get(actor)!, name);
    await page.setViewportSize(SMALL);
  }
  await take(visitors.get(ARA)!, 'room-phone');
  await Promise.all([...visitors.values()].map((visitor) => visitor.close()));
}

async function takeHome(theatre: Theatre, take: Take): Promise<void> {
  const visitor = await Visitor.arrive(theatre, BEN, { viewport: WINDOW });
  await visitor.goto('/');
  await visitor.part('home').waitFor();
  await take(visitor, 'home');
  await visitor.close();
}

async function takePrejoin(theatre: Theatre, take: Take): Promise<void> {
  const visitor = await Visitor.arrive(theatre, JOON, { viewport: WINDOW, height: 720 });
  await visitor.goto('/r/spring');
  await visitor.part('preview-video').waitFor();
  await visitor.page.locator('[data-testid=preview][data-state=on]').waitFor();
  await visitor.page.waitForTimeout(1500);
  await take(visitor, 'prejoin');
  await visitor.close();
}
