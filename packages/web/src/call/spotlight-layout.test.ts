import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spotlightLayout } from './spotlight-layout.js';

const GAP = 8;

test('without small pictures the large one has everything', () => {
  assert.deepEqual(spotlightLayout({ width: 800, height: 600, gap: GAP, stripCount: 0 }), {
    main: { left: 0, top: 0, width: 800, height: 600 },
    strip: [],
    pages: 1,
  });
});

test('the strip stands on the right of a wide window and below in a narrow one', () => {
  const wide = spotlightLayout({ width: 1280, height: 720, gap: GAP, stripCount: 3 });
  assert.equal(wide.strip.length, 3);
  assert.ok(wide.strip.every((rect) => rect.left === wide.main.width + GAP));
  const narrow = spotlightLayout({ width: 390, height: 844, gap: GAP, stripCount: 3 });
  assert.equal(narrow.strip.length, 3);
  assert.ok(narrow.strip.every((rect) => rect.top === narrow.main.height + GAP));
});

test('nothing leaves the window or covers anything, and pages take everybody', () => {
  for (const [width, height] of [
    [360, 640],
    [844, 390],
    [1024, 768],
    [1920, 1080],
    [700, 600],
  ] as const) {
    for (let stripCount = 1; stripCount <= 48; stripCount += 1) {
      const layout = spotlightLayout({ width, height, gap: GAP, stripCount });
      const where = `${stripCount} in ${width}x${height}`;
      assert.ok(layout.pages * layout.strip.length >= stripCount, where);
      assert.ok(layout.main.width * layout.main.height > width * height * 0.5, where);
      for (const [index, rect] of layout.strip.entries()) {
        assert.ok(rect.left >= 0 && rect.left + rect.width <= width, where);
        assert.ok(rect.top >= 0 && rect.top + rect.height <= height, where);
        assert.ok(rect.left >= layout.main.width + GAP || rect.top >= layout.main.height + GAP, where);
        const before = layout.strip[index - 1];
        if (before === undefined) continue;
        assert.ok(
          rect.left >= before.left + before.width + GAP || rect.top >= before.top + before.height + GAP,
          where,
        );
      }
    }
  }
});

test('a few more than fit get smaller instead of going to another page', () => {
  const four = spotlightLayout({ width: 1256, height: 612, gap: GAP, stripCount: 4 });
  const six = spotlightLayout({ width: 1256, height: 612, gap: GAP, stripCount: 6 });
  assert.equal(four.pages, 1);
  assert.equal(six.pages, 1);
  assert.ok((six.strip[0]?.width ?? 0) < (four.strip[0]?.width ?? 0));
  assert.ok(spotlightLayout({ width: 1256, height: 612, gap: GAP, stripCount: 12 }).pages > 1);
});
