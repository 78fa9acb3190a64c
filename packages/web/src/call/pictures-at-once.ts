import { CELLS_PER_PAGE } from './grid-layout.js';

/** What the number of pictures shown at once depends on. */
export interface Machine {
  /** Of the area for pictures, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** `navigator.hardwareConcurrency`. */
  readonly processors: number;
}

/** The shorter side of a phone and of small windows is below this. */
const SMALL_SIDE = 560;
const ON_SMALL = 8;

/**
 * How many moving pictures a page of the grid has at most. Each has to be received, decoded and drawn: a phone shows eight
 * in which faces are faces, an old laptop sixteen, a strong machine as many as fit.
 */
export function picturesAtOnce({ width, height, processors }: Machine): number {
  if (Math.min(width, height) < SMALL_SIDE) return ON_SMALL;
  if (processors <= 4) return 16;
  return processors < 8 ? 25 : CELLS_PER_PAGE;
}
