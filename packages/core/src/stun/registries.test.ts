import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Attribute } from './attributes.js';
import { ErrorCode } from './error-codes.js';
import { Method } from './methods.js';

/** Registered values by name without punctuation and case; reserved and unassigned rows are left out. */
function registry(name: string): Map<string, number> {
  const url = new URL(`../../../../tests/vectors/stun-parameters-${name}.csv`, import.meta.url);
  const rows = readFileSync(url, 'utf8').trim().split('\n').slice(1);
  const entries = rows.map((row) => row.split(','));
  const assigned = entries.filter(([, label]) => !/^(Reserved|Unassigned)/.test(label!));
  return new Map(assigned.map(([value, label]) => [plain(label!), Number(value)]));
}

const plain = (label: string) => label.toLowerCase().replace(/[^a-z0-9]/g, '');

for (const [name, constants] of [
  ['attributes', Attribute],
  ['methods', Method],
  ['error-codes', ErrorCode],
] as const) {
  test(`every registered STUN ${name} entry has its constant, and no other exists`, () => {
    const ours = new Map(Object.entries(constants).map(([key, value]) => [plain(key), value as number]));
    const byName = (a: [string, number], b: [string, number]) => a[0].localeCompare(b[0]);
    assert.deepEqual([...ours].sort(byName), [...registry(name)].sort(byName));
    assert.ok(ours.size > 10);
  });
}

test('the lists cover every value once, in order', () => {
  for (const [name, last] of [
    ['attributes', 0xffff],
    ['methods', 0xfff],
    ['error-codes', 699],
  ] as const) {
    const url = new URL(`../../../../tests/vectors/stun-parameters-${name}.csv`, import.meta.url);
    let next = 0;
    for (const row of readFileSync(url, 'utf8').trim().split('\n').slice(1)) {
      const [low, high] = row.split(',')[0]!.split('-');
      assert.equal(Number(low), next, row);
      next = Number(high ?? low) + 1;
    }
    assert.equal(next, last + 1, name);
  }
});
