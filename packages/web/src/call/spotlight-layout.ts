import { CELL_ASPECT } from './grid-layout.js';
import type { Rect } from './grid-layout.js';

export interface SpotlightRequest {
  /** Size of the area to fill, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** How many small pictures there are. */
  readonly stripCount: number;
}

/** One large picture with small ones beside or below it. All sizes are whole CSS pixels. */
export interface SpotlightLayout {
  readonly main: Rect;
  /** Places of the small pictures of a page, from the first. */
  readonly strip: readonly Rect[];
  readonly pages: number;
}

/** The strip takes this part of the side it is on, within the bounds below. */
const STRIP_PART = 0.17;
const STRIP_WIDTH = { least: 104, most: 260 } as const;
/** Down to this width pictures get smaller so that more of them stand on one page. */
const CROWDED_WIDTH = 144;

/** Puts the strip on the right in wide windows and below the picture in narrow ones: where a 16:9 picture leaves room. */
export function spotlightLayout({ width, height, gap, stripCount }: SpotlightRequest): SpotlightLayout {
  if (stripCount === 0) return { main: { left: 0, top: 0, width, height }, strip: [], pages: 1 };
  return width > height * 1.2
    ? stripOnTheRight(width, height, gap, stripCount)
    : stripBelow(width, height, gap, stripCount);
}

function stripOnTheRight(width: number, height: number, gap: number, count: number): SpotlightLayout {
  const heightEach = (height + gap) / count - gap;
  const usual = stripCellWidth(width);
  const cellWidth = Math.min(usual, Math.max(CROWDED_WIDTH, Math.floor(heightEach * CELL_ASPECT)));
  const cellHeight = Math.floor(cellWidth / CELL_ASPECT);
  const perPage = Math.max(1, Math.min(count, Math.floor((height + gap) / (cellHeight + gap))));
  const stripHeight = perPage * (cellHeight + gap) - gap;
  const left = width - cellWidth;
  const firstTop = Math.max(0, Math.round((height - stripHeight) / 2));
  return {
    main: { left: 0, top: 0, width: Math.max(1, left - gap), height },
    strip: Array.from({ length: perPage }, (_, index) => ({
      left,
      top: firstTop + index * (cellHeight + gap),
      width: cellWidth,
      height: cellHeight,
    })),
    pages: Math.ceil(count / perPage),
  };
}

function stripBelow(width: number, height: number, gap: number, count: number): SpotlightLayout {
  const cellWidth = stripCellWidth(width * 1.8);
  const cellHeight = Math.floor(cellWidth / CELL_ASPECT);
  const perPage = Math.max(1, Math.min(count, Math.floor((width + gap) / (cellWidth + gap))));
  const stripWidth = perPage * (cellWidth + gap) - gap;
  const top = height - cellHeight;
  const firstLeft = Math.max(0, Math.round((width - stripWidth) / 2));
  return {
    main: { left: 0, top: 0, width, height: Math.max(1, top - gap) },
    strip: Array.from({ length: perPage }, (_, index) => ({
      left: firstLeft + index * (cellWidth + gap),
      top,
      width: cellWidth,
      height: cellHeight,
    })),
    pages: Math.ceil(count / perPage),
  };
}

function stripCellWidth(side: number): number {
  return Math.round(Math.min(STRIP_WIDTH.most, Math.max(STRIP_WIDTH.least, side * STRIP_PART)));
}
