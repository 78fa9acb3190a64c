import { readFileSync } from 'node:fs';

/**
 * Waits until all cores have been nearly idle for 0.1 s, at most 5 s: on a machine that others use too, a
 * probe that begins while they compute measures them.
 */
export async function waitForQuiet(): Promise<void> {
  for (let attempt = 0; attempt < LONGEST_MS / WINDOW_MS; attempt++) {
    const before = busyTicks();
    await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
    if (busyTicks() - before <= 1) return;
  }
}

/** Ticks of 10 ms all cores have spent on anything, since the machine started. */
function busyTicks(): number {
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .map(Number);
  return user! + nice! + system! + irq! + softirq! + steal!;
}

const WINDOW_MS = 100;
const LONGEST_MS = 5000;
