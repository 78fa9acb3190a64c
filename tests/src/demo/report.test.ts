import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderReport } from './report.js';
import type { SceneResult } from './scene.js';
import { SCENES } from './scene-list.js';

const CIRCUMSTANCES = {
  ...{ at: new Date(0), browser: 'Chromium 1', node: 'Node', machine: '2 × processor', seconds: 12 },
};

const RESULT: SceneResult = {
  scene: { id: 'tea', title: 'Tea & talk', titleKo: '차와 이야기', about: 'Two people.' },
  checks: [
    { what: 'It boils', passed: true, seen: '100 °C' },
    { what: 'It is <hot>', passed: false, seen: '"cold"' },
  ],
  figures: [{ name: 'Cups', value: '2' }],
  pictures: [{ caption: 'A "cup"', jpeg: Uint8Array.of(1, 2, 3), shape: 'phone' }],
  seconds: 3,
};

test('the report tells how many checks failed, and shows what was seen as text', () => {
  const html = renderReport([RESULT], CIRCUMSTANCES);
  assert.match(html, /<h1>1 of 2 checks failed\.<\/h1>/);
  assert.match(html, /It is &lt;hot&gt;/);
  assert.match(html, /alt="A &quot;cup&quot;" src="data:image\/jpeg;base64,AQID"/);
  assert.match(
    renderReport([{ ...RESULT, checks: RESULT.checks.slice(0, 1) }], CIRCUMSTANCES),
    /All 1 checks passed/,
  );
});

test('the report asks nobody for anything', () => {
  const html = renderReport([RESULT], CIRCUMSTANCES);
  assert.match(html, /default-src 'none'/);
  assert.doesNotMatch(html, /<script|https?:|url\(|@import|<link/);
});

test('scenes have ids of their own that fit into names of rooms', () => {
  const ids = SCENES.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[a-z][a-z-]*$/);
});
