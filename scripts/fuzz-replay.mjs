// Run by npm test with node --test: every fuzz body over its stored corpus, then over mutants for a few seconds in all.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { describeHarm, fuzz, readCorpus, targets } from './fuzz-run.mjs';
import { ROOT } from './setup.mjs';

const names = targets();
const secondsEach = Number(process.env.MADANG_FUZZ_SECONDS ?? 10) / Math.max(names.length, 1);

for (const name of names) {
  const bodyFile = path.join(ROOT, 'fuzz', 'dist', `${name}.js`);

  test(`fuzz ${name}: stored corpus`, async () => {
    const outcome = await fuzz({ bodyFile, corpus: readCorpus(name), seed: 0 });
    assert.equal(outcome.kind, 'done', outcome.kind === 'done' ? '' : describeHarm(name, outcome, 0));
  });

  test(`fuzz ${name}: mutants`, async (context) => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const outcome = await fuzz({
      bodyFile,
      corpus: readCorpus(name),
      seed,
      inputs: Infinity,
      seconds: secondsEach,
    });
    assert.equal(outcome.kind, 'done', outcome.kind === 'done' ? '' : describeHarm(name, outcome, seed));
    context.diagnostic(`${outcome.count} inputs, seed ${seed}`);
  });
}

if (names.length === 0) test('fuzz', { skip: 'no fuzz body in fuzz/src' }, () => {});
