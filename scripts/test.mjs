// npm test: from a fresh clone to a verdict, stopping at the first stage that fails.
//   npm test                  everything
//   npm run check             everything but the tests of the whole program (--quick)
//   npm test -- turn/ nack    builds, then only the test files whose path holds one of the words
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { build, bundle, install, nodeVersionProblem, note, ROOT, run, runNode } from './setup.mjs';
import { installSystemPackages } from './system-packages.mjs';
import { testFiles } from './test-files.mjs';

const CORES = availableParallelism();
const UNIT = { concurrency: Math.min(2, CORES), testTimeoutSeconds: 180, stageTimeoutSeconds: 600 };
// These use less than half of a core each.
const PATIENT = { concurrency: Math.min(3, CORES + 1), testTimeoutSeconds: 300, stageTimeoutSeconds: 900 };
const WHOLE = { concurrency: 1, testTimeoutSeconds: 400, stageTimeoutSeconds: 900 };
const FUZZ_SECONDS = 10;

const total = { passed: 0, failed: 0, skipped: 0, skips: [] };
const options = process.argv.slice(2).filter((word) => word.startsWith('-'));
const filters = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const quick = options.includes('--quick');

const failedStage = await runStages();
process.exitCode = conclude(failedStage);

async function runStages() {
  const unknown = options.filter((option) => option !== '--quick');
  if (unknown.length > 0) {
    note(`unknown option ${unknown[0]}: the only one is --quick; other words choose test files`);
    return 'options';
  }
  if (filters.length > 0 && Object.values(testFiles({ filters })).flat().length === 0) {
    note(`no test file matches ${filters.join(' ')}`);
    return 'options';
  }
  for (const [name, stage] of stages()) {
    console.log(`\n== ${name}`);
    const started = performance.now();
    const passed = await stage();
    if (!passed) return name;
    console.log(`== ${name}: ok (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  }
  return undefined;
}

/** The stages in order: cheap ones first. */
function stages() {
  const tests = () => testFiles({ filters });
  // Fetching and unpacking them takes as long as all up to the tests, and nobody before those needs them.
  const packages = quick ? undefined : installSystemPackages();
  const dependencies = ['Node and npm dependencies', async () => nodeIsFit() && (await install()) === 0];
  const systemPackages = quick ? [] : [['system packages', () => reportMissing(packages)]];
  if (filters.length > 0) {
    return [
      dependencies,
      ['build', buildAll],
      ...systemPackages,
      ['chosen tests', () => runTests(tests().unit, UNIT)],
      ...(quick ? [] : [['chosen tests of the whole program', () => runWholeTests(tests())]]),
    ];
  }
  return [
    dependencies,
    ['build and format', () => both(buildAll, checkFormat)],
    ['lint and repository rules', () => both(lint, checkRules)],
    ...systemPackages,
    ['unit tests', () => runTests(tests().unit, UNIT)],
    ...(quick ? [] : [['tests of the whole program', () => runWholeTests(tests())]]),
    [
      'fuzz corpus',
      () => runTests(['scripts/fuzz-replay.mjs'], UNIT, { MADANG_FUZZ_SECONDS: `${FUZZ_SECONDS}` }),
    ],
  ];
}

/** Two things that keep a core busy each, at once; whether both are well. */
async function both(one, other) {
  const passed = await Promise.all([one(), other()]);
  return passed.every(Boolean);
}

function nodeIsFit() {
  const problem = nodeVersionProblem();
  if (problem) note(problem);
  return !problem;
}

async function reportMissing(packages) {
  const lines = await packages;
  for (const line of lines) console.log(`not available: ${line}`);
  if (lines.length > 0)
    console.log(`${lines.length} not available: tests that need them say so and are skipped`);
  return true;
}

async function buildAll() {
  return (await build()) === 0 && (await bundle()) === 0 && everySourceIsCompiled();
}

async function checkFormat() {
  return (await runNode('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.'])) === 0;
}

async function lint() {
  return (await runNode('eslint/bin/eslint.js', ['--max-warnings=0', '.'])) === 0;
}

function everySourceIsCompiled() {
  const { missing } = testFiles();
  for (const source of missing) console.log(`${source} was not compiled: is its workspace in tsconfig.json?`);
  return missing.length === 0;
}

async function checkRules() {
  const checks = ['ambient', 'boundaries', 'budgets', 'docs'].map((name) => `scripts/check-${name}.mjs`);
  const statuses = await Promise.all(checks.map((check) => runNode(check, [])));
  return statuses.every((status) => status === 0);
}

async function runWholeTests({ patient, whole }) {
  return (await runTests(patient, PATIENT)) && (await runTests(whole, WHOLE));
}

/** Runs test files with node --test, adds what it counted to the total; whether all is well. */
async function runTests(files, { concurrency, testTimeoutSeconds, stageTimeoutSeconds }, env = {}) {
  if (files.length === 0) return true;
  const folder = mkdtempSync(path.join(tmpdir(), 'madang-test-'));
  const counted = path.join(folder, 'tally.json');
  try {
    const status = await run(
      process.execPath,
      [
        '--test',
        `--test-concurrency=${concurrency}`,
        `--test-timeout=${testTimeoutSeconds * 1000}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${path.join(ROOT, 'scripts', 'tally-reporter.mjs')}`,
        `--test-reporter-destination=${counted}`,
        ...files,
      ],
      { env: { ...process.env, ...env }, timeoutSeconds: stageTimeoutSeconds },
    );
    return add(readTally(counted)) && status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, skips: ['the test runner ended without a result'], empty: [] };
  }
}

function add({ passed, failed, skipped, skips, empty }) {
  total.passed += passed;
  total.failed += failed + empty.length;
  total.skipped += skipped;
  total.skips.push(...skips);
  for (const file of empty) console.log(`${path.relative(ROOT, file)} defines no test`);
  return failed === 0 && empty.length === 0;
}

/** Prints what was skipped and the closing line; exit status. */
function conclude(stage) {
  console.log('');
  for (const skip of total.skips) console.log(`skipped: ${skip}`);
  const nothingRan = !stage && total.passed + total.failed === 0;
  if (nothingRan)
    console.log(filters.length > 0 ? `no test file matches ${filters.join(' ')}` : 'no test ran');
  if (stage) console.log(`stopped at: ${stage}`);
  const failed = total.failed === 0 && (stage || nothingRan) ? 1 : total.failed;
  console.log(`${total.passed} passed, ${failed} failed, ${total.skipped} skipped`);
  return failed === 0 ? 0 : 1;
}
