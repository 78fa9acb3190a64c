import { cellRect, gridLayout } from '../../call/grid-layout.js';
import type { GridLayout, Rect } from '../../call/grid-layout.js';
import { picturesAtOnce } from '../../call/pictures-at-once.js';
import { spotlightLayout } from '../../call/spotlight-layout.js';
import { pictureKey } from '../../call/stage-plan.js';
import type { Picture, StagePlan } from '../../call/stage-plan.js';
import type { Size } from './use-size.js';

/** A picture and where it stands. */
export interface PlacedPicture {
  readonly key: string;
  readonly picture: Picture;
  readonly rect: Rect;
  readonly role: 'cell' | 'main' | 'strip';
}

export interface StagePlaces {
  readonly placed: readonly PlacedPicture[];
  /** On which page a picture stands, by its key. The large one stands on all, and is not here. */
  readonly pageOf: ReadonlyMap<string, number>;
  readonly pages: number;
  /** The page that is shown: the one asked for, if there are so many. */
  readonly page: number;
  /** Of a grid: to be given back with the next request, so that it does not flicker. */
  readonly grid: GridLayout | undefined;
}

/** Gives every picture of a plan its place in an area. Pictures of other pages have none. */
export function stagePlaces(
  plan: StagePlan,
  area: Size & { readonly gap: number },
  page: number,
  previousColumns: number | undefined,
): StagePlaces {
  if (area.width < 1 || area.height < 1 || plan.kind === 'alone' || plan.kind === 'empty') {
    return { placed: [], pageOf: new Map(), pages: 1, page: 0, grid: undefined };
  }
  return plan.kind === 'grid'
    ? gridPlaces(plan.pictures, area, page, previousColumns)
    : spotlightPlaces(plan.main, plan.strip, area, page);
}

function gridPlaces(
  pictures: readonly Picture[],
  area: Size & { readonly gap: number },
  wantedPage: number,
  previousColumns: number | undefined,
): StagePlaces {
  // A face smaller than this is no face any more; two columns fit into the narrowest phone.
  const minCellWidth = Math.min(132, (area.width - area.gap) / 2 - 1);
  const mostCells = picturesAtOnce({ ...area, processors: globalThis.navigator?.hardwareConcurrency ?? 4 });
  const grid = gridLayout({ ...area, count: pictures.length, minCellWidth, mostCells, previousColumns });
  const page = Math.min(wantedPage, grid.pages - 1);
  const shown = pictures.slice(page * grid.cellsPerPage, (page + 1) * grid.cellsPerPage);
  return {
    placed: shown.map((picture, index) => ({
      key: pictureKey(picture),
      picture,
      rect: cellRect(grid, area, index, shown.length),
      role: 'cell',
    })),
    pageOf: pagesOf(pictures, grid.cellsPerPage),
    pages: grid.pages,
    page,
    grid,
  };
}

function spotlightPlaces(
  main: Picture,
  strip: readonly Picture[],
  area: Size & { readonly gap: number },
  wantedPage: number,
): StagePlaces {
  const layout = spotlightLayout({ ...area, stripCount: strip.length });
  const page = Math.min(wantedPage, layout.pages - 1);
  const perPage = Math.max(1, layout.strip.length);
  const placed: PlacedPicture[] = [{ key: pictureKey(main), picture: main, rect: layout.main, role: 'main' }];
  for (const [index, picture] of strip.slice(page * perPage, (page + 1) * perPage).entries()) {
    const rect = layout.strip[index];
    if (rect) placed.push({ key: pictureKey(picture), picture, rect, role: 'strip' });
  }
  return { placed, pageOf: pagesOf(strip, perPage), pages: layout.pages, page, grid: undefined };
}

function pagesOf(pictures: readonly Picture[], perPage: number): ReadonlyMap<string, number> {
  return new Map(pictures.map((picture, index) => [pictureKey(picture), Math.floor(index / perPage)]));
}
