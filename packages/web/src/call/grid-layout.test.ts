import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CELL_ASPECT, CELLS_PER_PAGE, cellRect, gridLayout } from './grid-layout.js';
import type { GridLayout, Rect } from './grid-layout.js';

const GAP = 8;

const WINDOWS = [
  [360, 640],
  [640, 360],
  [390, 844],
  [844, 390],
  [768, 1024],
  [1024, 768],
  [1280, 720],
  [1920, 1080],
  [2560, 1080],
  [1000, 1000],
] as const;

function layoutOf(width: number, height: number, count: number, minCellWidth = 1): GridLayout {
  return gridLayout({ width, height, count, gap: GAP, minCellWidth });
}

function rectsOf(layout: GridLayout, width: number, height: number, count: number): Rect[] {
  return Array.from({ length: count }, (_, index) =>
    cellRect(layout, { width, height, gap: GAP }, index, count),
  );
}

function overlap(a: Rect, b: Rect): boolean {
  return (
    a.left < b.left + b.width &&
    b.left < a.left + a.width &&
    a.top < b.top + b.height &&
    b.top < a.top + a.height
  );
}

test('1 to 49 cells lie inside any window without covering each other', () => {
  for (const [width, height] of WINDOWS) {
    for (let count = 1; count <= CELLS_PER_PAGE; count += 1) {
      const rects = rectsOf(layoutOf(width, height, count), width, height, count);
      for (const [index, rect] of rects.entries()) {
        const where = `${count} in ${width}x${height}, cell ${index}: ${JSON.stringify(rect)}`;
        assert.ok(rect.left >= 0 && rect.top >= 0, where);
        assert.ok(rect.left + rect.width <= width && rect.top + rect.height <= height, where);
        assert.ok(
          rects.every((other, at) => at === index || !overlap(rect, other)),
          where,
        );
      }
    }
  }
});

test('cells are 16:9 in a window that is 16:9 or wider', () => {
  for (const [width, height] of [
    [1280, 720],
    [1920, 1080],
    [2560, 1080],
    [844, 390],
  ] as const) {
    for (let count = 1; count <= CELLS_PER_PAGE; count += 1) {
      const { cellWidth, cellHeight } = layoutOf(width, height, count);
      const off = Math.abs(cellWidth - cellHeight * CELL_ASPECT);
      assert.ok(off <= 2, `${count} in ${width}x${height}: ${cellWidth}x${cellHeight}`);
    }
  }
});

test('one person fills a wide window and a square one, and as much of a phone held upright as 3:4 takes', () => {
  const only = (width: number, height: number) => rectsOf(layoutOf(width, height, 1), width, height, 1);
  assert.deepEqual(only(1280, 720), [{ left: 0, top: 0, width: 1280, height: 720 }]);
  assert.deepEqual(only(1000, 1000), [{ left: 0, top: 0, width: 1000, height: 1000 }]);
  assert.deepEqual(only(390, 800), [{ left: 0, top: 140, width: 390, height: 520 }]);
});

test('well-known counts have the shape one expects', () => {
  const shape = (width: number, height: number, count: number) => {
    const { columns, rows } = layoutOf(width, height, count);
    return `${columns}x${rows}`;
  };
  assert.equal(shape(1280, 720, 2), '2x1');
  assert.equal(shape(1280, 720, 3), '2x2');
  assert.equal(shape(1280, 720, 5), '3x2');
  assert.equal(shape(1280, 720, 9), '3x3');
  assert.equal(shape(1280, 720, 16), '4x4');
  assert.equal(shape(1280, 720, 49), '7x7');
  assert.equal(shape(390, 844, 2), '1x2');
  assert.equal(shape(390, 844, 3), '1x3');
  assert.equal(shape(390, 844, 6), '2x3');
  assert.equal(shape(844, 390, 2), '2x1');
});

test('the last row is centred', () => {
  const layout = layoutOf(1280, 720, 3);
  const [first, second, third] = rectsOf(layout, 1280, 720, 3);
  assert.ok(first && second && third);
  assert.equal(first.top, second.top);
  assert.equal(third.left + third.width / 2, 640);
});

test('cells get no larger when somebody joins', () => {
  for (const [width, height] of WINDOWS) {
    for (let count = 2; count <= CELLS_PER_PAGE; count += 1) {
      const before = layoutOf(width, height, count - 1);
      const after = layoutOf(width, height, count);
      // Whole pixels: two pixels of width are no growth.
      const grown = after.cellWidth * after.cellHeight - before.cellWidth * before.cellHeight;
      assert.ok(grown <= 2 * (before.cellWidth + before.cellHeight), `${count} in ${width}x${height}`);
    }
  }
});

test('people who would be too small to see go to other pages, evenly', () => {
  const layout = layoutOf(360, 640, 30, 150);
  assert.ok(layout.cellWidth >= 150);
  assert.ok(layout.pages > 1);
  assert.ok(layout.pages * layout.cellsPerPage >= 30);
  assert.ok((layout.pages - 1) * layout.cellsPerPage < 30);
  const fewer = layoutOf(360, 640, 30 - layout.cellsPerPage, 150);
  assert.equal(fewer.pages, layout.pages - 1);
});

test('more than 49 take a second page even on a wall', () => {
  const layout = layoutOf(7680, 4320, 50);
  assert.equal(layout.pages, 2);
  assert.equal(layout.cellsPerPage, 25);
});

test('a window smaller than any cell still has one a page', () => {
  const layout = layoutOf(40, 40, 5, 150);
  assert.equal(layout.cellsPerPage, 1);
  assert.equal(layout.pages, 5);
});

test('nobody takes no cell', () => {
  assert.deepEqual(layoutOf(1280, 720, 0), {
    columns: 0,
    rows: 0,
    cellWidth: 0,
    cellHeight: 0,
    pages: 1,
    cellsPerPage: 0,
  });
});

test('the number of columns changes once while a window is dragged to and fro around the border', () => {
  const columnsOver = (widths: readonly number[], keep: boolean) => {
    let previousColumns: number | undefined;
    let changes = 0;
    for (const width of widths) {
      const { columns } = gridLayout({
        width,
        height: 800,
        count: 3,
        gap: GAP,
        minCellWidth: 1,
        ...(keep ? { previousColumns } : {}),
      });
      if (previousColumns !== undefined && columns !== previousColumns) changes += 1;
      previousColumns = columns;
    }
    return changes;
  };
  let border = 600;
  while (layoutOf(border, 800, 3).columns === layoutOf(600, 800, 3).columns && border < 2000) border += 1;
  const trembling = Array.from({ length: 40 }, (_, index) => border + (index % 2 === 0 ? -2 : 2));
  assert.ok(columnsOver(trembling, false) > 10, `no border found at ${border}`);
  assert.equal(columnsOver(trembling, true), 0);
  const dragged = Array.from({ length: 900 }, (_, index) => 600 + index);
  assert.ok(columnsOver(dragged, true) <= 2);
});

test('a machine that carries few pictures gets more pages, evenly filled', () => {
  const layout = gridLayout({
    width: 1440,
    height: 880,
    gap: GAP,
    count: 17,
    minCellWidth: 132,
    mostCells: 16,
  });
  assert.deepEqual([layout.pages, layout.cellsPerPage], [2, 9]);
  const all = gridLayout({ width: 1440, height: 880, gap: GAP, count: 16, minCellWidth: 132, mostCells: 16 });
  assert.deepEqual([all.pages, all.cellsPerPage], [1, 16]);
});
