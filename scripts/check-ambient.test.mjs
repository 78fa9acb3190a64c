import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAmbient } from './check-ambient.mjs';

const check = (file, text) => checkAmbient(new Map([[file, text]]));

for (const use of [
  'Date.now()',
  'new Date()',
  'Math.random()',
  'performance.now()',
  'setTimeout(f, 1)',
  'setInterval(f, 1)',
  'setImmediate(f)',
  'process.env',
  'console.log(1)',
  'globalThis.setTimeout',
  '`${Date.now()}`',
]) {
  test(`core and wire may not use ${use}`, () => {
    for (const name of ['core', 'wire']) {
      const problems = check(`packages/${name}/src/a.ts`, `const a = 1;\nconst b = ${use};\n`);
      assert.ok(problems.length >= 1);
      assert.match(problems[0], new RegExp(`^packages/${name}/src/a.ts:2 `));
    }
  });
}

test('comments, strings, members of the same name, tests and the server are left alone', () => {
  const harmless =
    "// Date.now()\n/* Math.random() */ const a = 'console.log'; a.process.b(); const setTimeoutMs = /Date.now/;";
  assert.deepEqual(check('packages/core/src/a.ts', harmless), []);
  assert.deepEqual(check('packages/core/src/a.test.ts', 'Date.now()'), []);
  assert.deepEqual(check('packages/server/src/a.ts', 'Date.now()'), []);
});
