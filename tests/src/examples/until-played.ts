import assert from 'node:assert/strict';
import type { Played } from './in-page.js';

/** How many moving pictures and voices there shall be. */
export interface Expected {
  readonly pictures: number;
  readonly voices: number;
}

/** Watches a page until it plays what it should; after half a minute it fails with what `explain` answers. */
export async function untilPlayed(
  expected: Expected,
  watch: () => Promise<Played>,
  explain: () => Promise<string> = () => Promise.resolve(''),
): Promise<void> {
  for (const deadline = performance.now() + 30_000; ;) {
    const played = await watch();
    const moving = played.changes.filter((changes) => changes >= 3);
    // Chromium's fake microphone beeps once a second, Firefox's hums.
    const audible = played.peaks.filter((peak) => peak > 0.01);
    if (moving.length === expected.pictures && audible.length === expected.voices) return;
    if (performance.now() < deadline) continue;
    assert.fail(`${JSON.stringify({ expected, played })} ${await explain()}`);
  }
}
