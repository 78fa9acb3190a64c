import type { Stage } from './stage.js';

/** One thing to show: a file in `scenes/` each. */
export interface Scene {
  /** Names it in the address of its part of the report, and on the command line. */
  readonly id: string;
  readonly title: string;
  /** The same in Korean. */
  readonly titleKo: string;
  /** One or two sentences: what happens. */
  readonly about: string;
  /** Acts it. What throws outside of a check ends the scene and counts as a failed check. */
  play(stage: Stage): Promise<void>;
}

/** What was looked at, and how it was. */
export interface Check {
  readonly what: string;
  readonly passed: boolean;
  /** What was seen; of a failed one, why. */
  readonly seen: string;
}

/** Something measured. */
export interface Figure {
  readonly name: string;
  readonly value: string;
}

export interface Picture {
  readonly caption: string;
  readonly jpeg: Uint8Array;
  readonly shape: Shape;
}

export type Shape = 'wide' | 'phone';

export interface SceneResult {
  readonly scene: Pick<Scene, 'id' | 'title' | 'titleKo' | 'about'>;
  readonly checks: readonly Check[];
  readonly figures: readonly Figure[];
  readonly pictures: readonly Picture[];
  readonly seconds: number;
}
