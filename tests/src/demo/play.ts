import type { Scene, SceneResult } from './scene.js';
import { Stage } from './stage.js';
import type { Theatre } from './theatre.js';

/** A scene that takes longer hangs. */
const LONGEST_MS = 180_000;

/** Plays one scene in a room of its own. Never rejects: what goes wrong is a failed check. */
export async function playScene(theatre: Theatre, scene: Scene): Promise<SceneResult> {
  const begun = performance.now();
  const stage = new Stage(theatre, `demo-${scene.id}`);
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it was not over after ${LONGEST_MS / 1000} s`));
    }, LONGEST_MS);
  });
  const play = async (): Promise<string> => {
    await Promise.race([scene.play(stage), tooLong]);
    return 'it was';
  };
  try {
    await play();
  } catch (error) {
    await stage.check('The scene was played to its end', () => Promise.reject(error as Error));
  }
  clearTimeout(timer);
  await stage.clear();
  const { id, title, titleKo, about } = scene;
  return {
    scene: { id, title, titleKo, about },
    checks: stage.checks,
    figures: stage.figures,
    pictures: stage.pictures,
    seconds: (performance.now() - begun) / 1000,
  };
}
