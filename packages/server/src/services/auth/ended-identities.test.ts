import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { EndedIdentities } from './ended-identities.js';

function place(t: TestContext) {
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-ended-'));
  t.after(() => {
    rmSync(dataDir, { recursive: true });
  });
  const clock = { seconds: 1000 };
  const logged: string[] = [];
  const open = (folder = dataDir) =>
    new EndedIdentities({
      dataDir: folder,
      wallClock: () => clock.seconds,
      log: (_level, message) => {
        logged.push(message);
      },
    });
  return { file: join(dataDir, 'ended-participants'), clock, logged, open };
}

test('who has left is remembered until the moment said, also by the next run', (t) => {
  const { file, clock, open } = place(t);
  const first = open();
  first.note('tea:a', 1100);
  first.note('tea:b', 1200);
  assert.deepEqual([first.has('tea:a'), first.has('tea:b'), first.has('tea:c')], [true, true, false]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const second = open();
  assert.deepEqual([second.has('tea:a'), second.has('tea:b')], [true, true]);
  clock.seconds = 1100;
  assert.deepEqual([second.has('tea:a'), second.has('tea:b')], [false, true]);
  assert.equal(open().size, 1);
  assert.equal(readFileSync(file, 'utf8'), '1200 tea:b\n');
});

test('memory and file are bounded, the newest stay', (t) => {
  const { file, open } = place(t);
  const ended = open();
  for (let i = 0; i < 30_001; i++) ended.note(`tea:${i}`, 5000);
  assert.equal(ended.size, 10_000);
  assert.equal(ended.has('tea:20000'), false);
  assert.equal(ended.has('tea:20001'), true);
  assert.ok(readFileSync(file, 'utf8').split('\n').length <= 20_002);
  const next = open();
  assert.deepEqual([next.size, next.has('tea:20000'), next.has('tea:30000')], [10_000, false, true]);
});

test('a broken file is read as far as it goes; one that cannot be written is said once', (t) => {
  const { file, open, logged } = place(t);
  writeFileSync(file, 'nonsense\n\n1e9 tea:x\n5000 tea:a\n5000 tea:b c\n5000 te');
  const ended = open();
  assert.deepEqual([ended.has('tea:a'), ended.has('te')], [true, true]);
  assert.equal(ended.size, 2);
  const lost = open('/nowhere/at/all');
  lost.note('tea:a', 5000);
  lost.note('tea:b', 5000);
  assert.equal(lost.has('tea:b'), true);
  assert.equal(logged.length, 1);
});
