/** Width over height of a cell when the window leaves the choice: that of nearly every camera and screen. */
export const CELL_ASPECT = 16 / 9;

/** On a phone held upright a 16:9 camera would lose most of its picture in a cell as narrow as the screen. */
const NARROWEST_ASPECT = 3 / 4;

/** Most cells on a page of any window. */
export const CELLS_PER_PAGE = 49;

/** The column count of before stays until another one makes cells this much larger: a window being resized must not flicker. */
const WORTH_A_CHANGE = 1.06;

/** A place on the stage, in CSS pixels from its upper left corner. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface GridRequest {
  /** Size of the area to fill, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** How many cells are wanted, over all pages. */
  readonly count: number;
  /** Space between cells, in CSS pixels. */
  readonly gap: number;
  /** Cells smaller than this go to another page. */
  readonly minCellWidth: number;
  /** Most cells on a page: so many moving pictures as the machine carries. */
  readonly mostCells?: number;
  /** Columns of the grid now on the screen, if it shows as many people. */
  readonly previousColumns?: number | undefined;
}

/** A grid of equal cells, centred, its last row too. All sizes are whole CSS pixels. */
export interface GridLayout {
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly pages: number;
  readonly cellsPerPage: number;
}

interface Cells {
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** The grid with the largest cells. Cells are 16:9, narrower only in a window that is itself narrower. */
export function gridLayout(request: GridRequest): GridLayout {
  const count = Math.max(0, Math.floor(request.count));
  if (count === 0) {
    return { columns: 0, rows: 0, cellWidth: 0, cellHeight: 0, pages: 1, cellsPerPage: 0 };
  }
  const cellsPerPage = Math.min(count, largestPage(request, count));
  // Pages are filled evenly, so that turning one does not change the size of cells more than it must.
  const pages = Math.ceil(count / cellsPerPage);
  const even = Math.ceil(count / pages);
  return { ...bestCells(request, even), pages, cellsPerPage: even };
}

/** Where the cell `index` of a page with `count` cells stands. */
export function cellRect(
  layout: GridLayout,
  area: { readonly width: number; readonly height: number; readonly gap: number },
  index: number,
  count: number,
): Rect {
  const { columns, cellWidth, cellHeight } = layout;
  const row = Math.floor(index / columns);
  const rows = Math.ceil(count / columns);
  const inRow = row === rows - 1 ? count - row * columns : columns;
  const rowWidth = inRow * (cellWidth + area.gap) - area.gap;
  const gridHeight = rows * (cellHeight + area.gap) - area.gap;
  return {
    left: Math.round((area.width - rowWidth) / 2) + (index - row * columns) * (cellWidth + area.gap),
    top: Math.round((area.height - gridHeight) / 2) + row * (cellHeight + area.gap),
    width: cellWidth,
    height: cellHeight,
  };
}

/** How many cells a page takes before they are smaller than wanted; at least one. */
function largestPage(request: GridRequest, count: number): number {
  let most = Math.min(count, request.mostCells ?? CELLS_PER_PAGE, CELLS_PER_PAGE);
  while (most > 1 && bestCells(request, most).cellWidth < request.minCellWidth) most -= 1;
  return most;
}

function bestCells(request: GridRequest, count: number): Cells {
  let best: Cells | undefined;
  let previous: Cells | undefined;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    // A column that would stay empty.
    if (Math.ceil(count / rows) < columns) continue;
    const cells = cellsOf(request, columns, rows);
    if (best === undefined || area(cells) > area(best)) best = cells;
    if (columns === request.previousColumns) previous = cells;
  }
  if (best === undefined) throw new RangeError(`no grid for ${count} cells`);
  return previous !== undefined && area(best) < area(previous) * WORTH_A_CHANGE ? previous : best;
}

function cellsOf({ width, height, gap }: GridRequest, columns: number, rows: number): Cells {
  const mostWidth = Math.max(1, (width - (columns - 1) * gap) / columns);
  const mostHeight = Math.max(1, (height - (rows - 1) * gap) / rows);
  // A cell may be as narrow as the window is: one person fills a square window, and 16:9 windows have 16:9 cells.
  const narrowest = Math.min(CELL_ASPECT, Math.max(NARROWEST_ASPECT, width / Math.max(1, height)));
  const aspect = Math.min(CELL_ASPECT, Math.max(narrowest, mostWidth / mostHeight));
  const cellWidth = Math.min(mostWidth, mostHeight * aspect);
  return {
    columns,
    rows,
    cellWidth: Math.max(1, Math.floor(cellWidth)),
    cellHeight: Math.max(1, Math.floor(cellWidth / aspect)),
  };
}

function area(cells: Cells): number {
  return cells.cellWidth * cells.cellHeight;
}
