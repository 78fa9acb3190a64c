import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { staleBundles } from './bundle.mjs';

const BUNDLE = { name: 'one', folder: 'dist', sources: ['src', 'lock.json', 'not-there'] };

test('a bundle is made again when a source was changed, added or removed, and only then', (context) => {
  const root = mkdtempSync(path.join(tmpdir(), 'madang-bundle-'));
  context.after(() => rmSync(root, { recursive: true }));
  const at = (seconds, ...names) => {
    for (const name of names) utimesSync(path.join(root, name), seconds, seconds);
  };
  const isStale = () => staleBundles(root, [BUNDLE]).length === 1;
  mkdirSync(path.join(root, 'src', 'deep'), { recursive: true });
  for (const name of ['src/a.ts', 'src/deep/b.ts', 'src/deep/c.ts', 'lock.json']) {
    writeFileSync(path.join(root, name), '');
    at(100, name);
  }
  assert.ok(isStale(), 'there is none yet');
  mkdirSync(path.join(root, 'dist'));
  writeFileSync(path.join(root, 'dist', '.built'), '');
  const makeCurrent = () => {
    at(100, 'src/a.ts', 'src/deep/b.ts', 'lock.json', 'src/deep', 'src');
    at(200, 'dist/.built');
  };
  makeCurrent();
  assert.ok(!isStale());
  for (const name of ['src/a.ts', 'src/deep/b.ts', 'lock.json']) {
    at(300, name);
    assert.ok(isStale(), name);
    makeCurrent();
    assert.ok(!isStale());
  }
  rmSync(path.join(root, 'src', 'deep', 'c.ts'));
  assert.ok(isStale(), 'a file is gone');
});
