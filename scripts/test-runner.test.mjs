import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { installReason, nodeVersionProblem, ROOT, run } from './setup.mjs';
import { installObstacle, missingPackages } from './system-packages.mjs';
import { testFiles } from './test-files.mjs';

/** Writes the files into a fresh folder, which goes when the test ends. */
function folderWith(context, files) {
  const root = mkdtempSync(path.join(tmpdir(), 'madang-runner-'));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

test('a Node that is too old is refused in one sentence', () => {
  for (const fine of ['20.19.0', '20.20.2', '22.0.0', '24.1.0'])
    assert.equal(nodeVersionProblem(fine), undefined);
  for (const old of ['20.18.9', '18.20.0'])
    assert.match(nodeVersionProblem(old), /^Madang needs Node\.js 20\.19 .* this is/);
});

test('dependencies are installed when missing or other than the lock file says, and only then', (context) => {
  const lock = (version) =>
    JSON.stringify({
      packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version, optional: true } },
    });
  const installed = JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } });
  const root = folderWith(context, { 'package-lock.json': lock('1.0.0') });
  assert.equal(installReason(root), 'node_modules is missing');
  const hidden = path.join(root, 'node_modules', '.package-lock.json');
  mkdirSync(path.dirname(hidden));
  writeFileSync(hidden, installed);
  assert.equal(installReason(root), undefined);
  const makeOld = () => utimesSync(hidden, new Date(0), new Date(0));
  makeOld();
  assert.equal(installReason(root), undefined, 'a newer date alone installs nothing');
  writeFileSync(path.join(root, 'package-lock.json'), lock('1.0.1'));
  makeOld();
  assert.equal(installReason(root), 'package-lock.json has changed');
});

test('a program keeps its exit status, and one ended by a signal says which', async () => {
  assert.equal(await run(process.execPath, ['-e', 'process.exit(7)']), 7);
  assert.equal(await run(process.execPath, ['-e', 'process.kill(process.pid, "SIGKILL")']), 137);
  const hanging = [process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { timeoutSeconds: 0.2 }];
  assert.equal(await run(...hanging), 143);
});

test('compiled tests are found by their source; leftovers do not run; what is not compiled is named', (context) => {
  const root = folderWith(context, {
    'packages/core/src/a.test.ts': '',
    'packages/core/dist/a.test.js': '',
    'packages/core/dist/gone.test.js': '',
    'packages/core/src/deep/new.test.ts': '',
    'tests/src/b.test.ts': '',
    'tests/dist/b.test.js': '',
    'tests/src/app/d.test.ts': '',
    'tests/dist/app/d.test.js': '',
    'scripts/c.test.mjs': '',
  });
  assert.deepEqual(testFiles({ root }), {
    unit: ['scripts/c.test.mjs', 'packages/core/dist/a.test.js'],
    patient: ['tests/dist/app/d.test.js'],
    whole: ['tests/dist/b.test.js'],
    missing: ['packages/core/src/deep/new.test.ts'],
  });
  assert.deepEqual(testFiles({ root, filters: ['core/src/a'] }), {
    unit: ['packages/core/dist/a.test.js'],
    patient: [],
    whole: [],
    missing: [],
  });
});

test('the tally counts every test once and tells failures, skips and empty files apart', (context) => {
  const root = folderWith(context, {
    'a.test.mjs': `import { describe, it, test } from 'node:test';
      test('passes', () => {});
      test('skips', { skip: 'no tool' }, () => {});
      describe('suite', () => { it('inner', () => {}); it('fails', () => { throw new Error('planted'); }); });`,
    'crash.test.mjs': 'process.exit(3);',
    'empty.test.mjs': '',
  });
  const files = ['a', 'crash', 'empty'].map((name) => path.join(root, `${name}.test.mjs`));
  const reporter = path.join(ROOT, 'scripts', 'tally-reporter.mjs');
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT;
  const result = spawnSync(process.execPath, ['--test', `--test-reporter=${reporter}`, ...files], { env });
  assert.deepEqual(JSON.parse(result.stdout.toString()), {
    passed: 2,
    failed: 2,
    skipped: 1,
    skips: ['skips: no tool'],
    empty: [files[2]],
  });
});

test('npm test fails when nothing matches, and on options it does not know', () => {
  for (const [option, complaint] of [
    ['no-such-test-anywhere', /no test file matches no-such-test-anywhere/],
    ['--slow', /unknown option --slow/],
  ]) {
    const result = spawnSync(process.execPath, [path.join(ROOT, 'scripts', 'test.mjs'), option]);
    assert.match(result.stderr.toString(), complaint);
    assert.match(result.stdout.toString(), /stopped at: options\n0 passed, 1 failed, 0 skipped\n$/);
    assert.equal(result.status, 1);
  }
});

test('missing system packages are found by their program, and obstacles have reasons', (context) => {
  const root = folderWith(context, { 'bin/here': '' });
  const packages = [
    { name: 'one', program: 'here' },
    { name: 'two', program: 'no-such-program' },
  ];
  assert.deepEqual(missingPackages(path.join(root, 'bin'), packages), [packages[1]]);
  const debian = 'NAME="Debian GNU/Linux"\nID=debian\n';
  assert.equal(installObstacle({ uid: 0, osRelease: debian }), undefined);
  assert.equal(installObstacle({ uid: 1000, osRelease: debian }), 'not running as root');
  assert.equal(installObstacle({ uid: 0, osRelease: 'ID=fedora\n' }), 'this is not a Debian system');
});

test('every script of package.json exists, and npm start leaves no shell between a signal and the server', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const files = {
    start: 'start',
    build: 'bundle',
    test: 'test',
    check: 'test',
    bench: 'bench',
    fuzz: 'fuzz',
  };
  for (const [name, file] of Object.entries(files)) {
    assert.match(scripts[name], new RegExp(`node scripts/${file}\\.mjs`));
    assert.ok(existsSync(path.join(ROOT, 'scripts', `${file}.mjs`)));
  }
  assert.match(scripts.start, /^exec /);
});
