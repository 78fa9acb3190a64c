import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { checkDocs } from './check-docs.mjs';

function check(files) {
  const root = mkdtempSync(path.join(tmpdir(), 'madang-docs-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(root, name), text);
    }
    return checkDocs(root, Object.keys(files));
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('fails: links to files and headings that do not exist', () => {
  const readme =
    'ok [a](docs/b.md) [a](docs/b.md#two-words) [w](https://x.y/z)\n[x](docs/c.md)\n[y](docs/b.md#three)\n';
  assert.deepEqual(
    check({ 'README.md': readme, 'docs/b.md': '# Two `words`\n[up](../README.md) [in](#nowhere)\n' }),
    [
      'README.md:2 links to docs/c.md, which does not exist',
      'README.md:3 links to docs/b.md#three: there is no such heading',
      'docs/b.md:2 links to #nowhere: there is no such heading',
    ],
  );
});

test('links inside code are no links', () => {
  assert.deepEqual(check({ 'README.md': '`[a](b.md)`\n```\n[a](b.md)\n```\n' }), []);
});

const SOURCES = {
  'packages/server/src/net/loop.ts': 'export class Loop {\n  pump(): void {}\n  #flush() {}\n}\n',
  'packages/core/src/turn/server.ts':
    'export function handleDatagram<T>(a: T) {}\nexport const relay = () => 1;\n',
};

test('files and functions of ARCHITECTURE.md are found', () => {
  const table =
    '| 1 | `net/loop.ts pump()` then `flush()` |\n| 2 | `core/turn/server.ts handleDatagram()`, `relay()` |\n' +
    '| 3 | `packages/core/src/turn/server.ts` |\nprose `net/none.ts`\n';
  assert.deepEqual(check({ ...SOURCES, 'ARCHITECTURE.md': table }), []);
});

test('fails: files and functions ARCHITECTURE.md invents', () => {
  const table =
    '| 1 | `net/none.ts pump()` |\n| 2 | `net/loop.ts drain()` |\n| 3 | `core/turn/server.ts` `handle()` |\n';
  assert.deepEqual(check({ ...SOURCES, 'ARCHITECTURE.md': table }), [
    'ARCHITECTURE.md:1 names net/none.ts, which does not exist',
    'ARCHITECTURE.md:2 names drain(), which packages/server/src/net/loop.ts does not define',
    'ARCHITECTURE.md:3 names handle(), which packages/core/src/turn/server.ts does not define',
  ]);
});

test('fails: a lock file or setting that names a registry', () => {
  const lock = (field) => JSON.stringify({ packages: { 'node_modules/a': field } }, undefined, 2);
  assert.deepEqual(check({ 'package-lock.json': lock({ resolved: 'packages/a', link: true }) }), []);
  assert.equal(check({ 'package-lock.json': lock({ resolved: 'https://example.net/a.tgz' }) }).length, 1);
  assert.equal(check({ '.npmrc': 'registry = https://example.net/\n' }).length, 1);
});
