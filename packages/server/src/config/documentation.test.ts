import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatConfigurationDocument, formatHelp } from './documentation.js';
import { DEFAULTS, OPTIONS } from './settings.js';

test('docs/configuration.md is what the table says', () => {
  const url = new URL('../../../../docs/configuration.md', import.meta.url);
  const mend = 'run: node scripts/write-configuration-docs.mjs';
  assert.equal(readFileSync(url, 'utf8'), formatConfigurationDocument(), mend);
});

test('every option is in the help, in lines that fit', () => {
  for (const columns of [60, 100]) {
    const help = formatHelp(columns);
    for (const { option, definition } of OPTIONS) {
      assert.ok(help.includes(`\n  ${option}`), option);
      assert.ok(help.replace(/\s+/g, ' ').includes(definition.description), option);
    }
    for (const line of help.split('\n')) assert.ok(line.length <= columns, line);
  }
});

test('the table is sound: names are unique, defaults are values of their kind', () => {
  for (const name of ['key', 'option', 'environment'] as const) {
    assert.equal(new Set(OPTIONS.map((row) => row[name])).size, OPTIONS.length, name);
  }
  for (const { key, option, environment, definition } of OPTIONS) {
    assert.match(option, /^--[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.match(environment, /^MADANG_[A-Z0-9]+(_[A-Z0-9]+)*$/);
    assert.match(definition.description, /^[A-Z].*\.$/, key);
    const result = definition.kind.parse(definition.kind.show(DEFAULTS[key]));
    assert.ok(result.ok, key);
    assert.deepEqual(result.value, DEFAULTS[key], key);
  }
});
