import type { WantedMedia } from '../api/track.js';

/** An element that plays a picture. */
export interface ShownBox {
  /** In pixels of the screen. */
  readonly width: number;
  readonly height: number;
  /** Whether somebody can see it. */
  readonly visible: boolean;
}

/** How much a size has to change before another one is asked for, so that moving a border does not. */
const HYSTERESIS = 0.2;

/** What all elements of a picture together want of it: the largest that is seen, or nothing. */
export function wantedBy(boxes: Iterable<ShownBox>): WantedMedia {
  let largest: ShownBox | undefined;
  for (const box of boxes) {
    if (!box.visible || box.width < 1 || box.height < 1) continue;
    if (largest === undefined || box.width * box.height > largest.width * largest.height) largest = box;
  }
  if (largest === undefined) return { paused: true };
  return { paused: false, width: Math.round(largest.width), height: Math.round(largest.height) };
}

/** Whether it is worth telling that something else is wanted than before. */
export function isWorthTelling(before: WantedMedia | undefined, now: WantedMedia): boolean {
  if (before === undefined || before.paused !== now.paused) return true;
  return isOther(before.width, now.width) || isOther(before.height, now.height);
}

function isOther(before = 0, now = 0): boolean {
  return Math.abs(now - before) > HYSTERESIS * before;
}
