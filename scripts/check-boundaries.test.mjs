import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBoundaries } from './check-boundaries.mjs';

const S = 'packages/server/src';
const check = (files) => checkBoundaries(new Map(Object.entries(files)));

function importing(from, specifier, target) {
  return check({
    [from]: `import { a } from '${specifier}';`,
    ...(target ? { [target]: 'export const a = 1;' } : {}),
  });
}

const FORBIDDEN = [
  ['core uses Node', 'packages/core/src/a.ts', 'node:dgram', undefined, /may use nothing but itself/],
  ['core uses a package', 'packages/core/src/a.ts', 'left-pad', undefined, /may use nothing but itself/],
  [
    'core uses the server',
    'packages/core/src/a.ts',
    '@madang/server/net/loop',
    `${S}/net/loop.ts`,
    /may not use server/,
  ],
  [
    'wire uses core',
    'packages/wire/src/a.ts',
    '@madang/core/a',
    'packages/core/src/a.ts',
    /may not use core/,
  ],
  ['native uses net', `${S}/native/a.ts`, '../net/b.js', `${S}/net/b.ts`, /native may not use net/],
  [
    'net uses a protocol',
    `${S}/net/a.ts`,
    '@madang/core/turn/x',
    'packages/core/src/turn/x.ts',
    /may not use core\/turn/,
  ],
  [
    'drivers use native',
    `${S}/drivers/a.ts`,
    '../native/b.js',
    `${S}/native/b.ts`,
    /drivers may not use native/,
  ],
  [
    'drivers use services',
    `${S}/drivers/a.ts`,
    '../services/b.js',
    `${S}/services/b.ts`,
    /may not use services/,
  ],
  ['services use net', `${S}/services/a.ts`, '../net/b.js', `${S}/net/b.ts`, /services may not use net/],
  [
    'services use http',
    `${S}/services/t/a.ts`,
    '../../http/b.js',
    `${S}/http/b.ts`,
    /services may not use http/,
  ],
  ['http uses app', `${S}/http/a.ts`, '../app/b.js', `${S}/app/b.ts`, /http may not use app/],
  ['app uses cli', `${S}/app/a.ts`, '../cli/b.js', `${S}/cli/b.ts`, /app may not use cli/],
  [
    'server uses testkit',
    `${S}/app/a.ts`,
    '@madang/testkit/b',
    'packages/testkit/src/b.ts',
    /may not use testkit/,
  ],
  ['an unknown layer', `${S}/stuff/a.ts`, '../net/b.js', `${S}/net/b.ts`, /does not know/],
  ['no layer', `${S}/a.ts`, './net/b.js', `${S}/net/b.ts`, /live in a layer/],
  [
    'relative path into a package',
    `${S}/app/a.ts`,
    '../../../core/src/b.js',
    'packages/core/src/b.ts',
    /relative path/,
  ],
  ['no .js', `${S}/app/a.ts`, './b.ts', `${S}/app/b.ts`, /end in \.js/],
  ['missing file', `${S}/app/a.ts`, './b.js', undefined, /there is no/],
  ['missing file, from a test', `${S}/app/a.test.ts`, './b.js', undefined, /there is no/],
  ['missing file of a package', `${S}/app/a.ts`, '@madang/core/b', undefined, /there is no/],
  ['a test imported', `${S}/app/a.ts`, './b.test.js', `${S}/app/b.test.ts`, /imports the test/],
  ['koffi outside ffi.ts', `${S}/native/a.ts`, 'koffi', undefined, /only .*ffi\.ts may/],
  ['koffi in a test', `${S}/native/a.test.ts`, 'koffi', undefined, /only .*ffi\.ts may/],
];

for (const [name, from, specifier, target, message] of FORBIDDEN) {
  test(`fails: ${name}`, () => assert.match(importing(from, specifier, target).join('\n'), message));
}

test('fails: every form of import is seen', () => {
  for (const form of [
    "import '../http/b.js';",
    "import type { B } from '../http/b.js';",
    "import {\n  a,\n  type B,\n} from '../http/b.js';",
    "import a, * as b from '../http/b.js';",
    "export { a } from '../http/b.js';",
    "export * from '../http/b.js';",
    "const a = await import('../http/b.js');",
    "const re = /['\"]/; const s = `'`; import '../http/b.js';",
  ]) {
    const problems = check({ [`${S}/net/a.ts`]: form, [`${S}/http/b.ts`]: '' });
    assert.match(problems.join('\n'), /net may not use http/, form);
  }
});

test('fails: koffi by require', () => {
  assert.match(check({ [`${S}/net/a.ts`]: "const k = require('koffi');" }).join(), /names koffi/);
});

test('fails: cycles of modules, and of types across folders', () => {
  const cycle = (word, folder) =>
    check({
      'packages/core/src/x/a.ts': `import ${word} { B } from '../${folder}/b.js';`,
      [`packages/core/src/${folder}/b.ts`]: "import { c } from '../x/c.js';",
      'packages/core/src/x/c.ts': "import { a } from './a.js';",
    });
  for (const problems of [cycle('', 'x'), cycle('', 'y'), cycle('type', 'y')]) {
    assert.equal(problems.length, 1);
    assert.match(problems[0], /cycle: .*a\.ts -> .*b\.ts -> .*c\.ts -> .*a\.ts/);
  }
  assert.deepEqual(cycle('type', 'x'), []);
});

const ALLOWED = [
  ['native uses core/bytes', `${S}/native/a.ts`, '@madang/core/bytes/b', 'packages/core/src/bytes/b.ts'],
  ['net uses native', `${S}/net/a.ts`, '../native/b.js', `${S}/native/b.ts`],
  ['drivers use a protocol', `${S}/drivers/a.ts`, '@madang/core/turn/x', 'packages/core/src/turn/x.ts'],
  ['services use crypto', `${S}/services/a.ts`, '../crypto/b.js', `${S}/crypto/b.ts`],
  ['cli uses app', `${S}/cli/a.ts`, '../app/b.js', `${S}/app/b.ts`],
  ['ffi.ts uses koffi', `${S}/native/ffi.ts`, 'koffi', undefined],
  ['tests cross layers', `${S}/net/a.test.ts`, '../http/b.js', `${S}/http/b.ts`],
  ['bench uses testkit', 'bench/src/a.ts', '@madang/testkit/b', 'packages/testkit/src/b.ts'],
];

for (const [name, from, specifier, target] of ALLOWED) {
  test(`allows: ${name}`, () => assert.deepEqual(importing(from, specifier, target), []));
}

test('allows: imports quoted in comments', () => {
  assert.deepEqual(
    check({ 'packages/core/src/a.ts': "// import { a } from 'koffi';\n/* import 'node:fs' */" }),
    [],
  );
});
