// npm run fuzz -- NAME [--inputs N] [--seconds N] [--seed N] [--replay]
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeHarm, fuzz, keepInput, readCorpus, targets } from './fuzz-run.mjs';
import { note, prepare, ROOT } from './setup.mjs';

const USAGE = 'npm run fuzz -- NAME [--inputs 10000000] [--seconds N] [--seed N] [--replay]';
const DEFAULT_INPUTS = 10_000_000;

process.exitCode = await main();

async function main() {
  const options = readOptions();
  if (!options) return 2;
  const status = await prepare({ projects: ['fuzz'] });
  if (status !== 0) return status;
  return runMutations(options);
}

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        inputs: { type: 'string' },
        seconds: { type: 'string' },
        seed: { type: 'string' },
        replay: { type: 'boolean', default: false },
      },
    });
    const known = targets();
    const [name] = positionals;
    if (positionals.length !== 1 || !known.includes(name)) {
      note(
        `${name ? `there is no fuzz body ${name}` : 'say which'}: ${known.join(', ') || 'none in fuzz/src'}\n${USAGE}`,
      );
      return undefined;
    }
    const numbers = {};
    for (const key of ['inputs', 'seconds', 'seed']) {
      if (values[key] === undefined) continue;
      numbers[key] = Number(values[key].replaceAll('_', ''));
      if (!(numbers[key] >= 0)) throw new Error(`--${key} ${values[key]} is not a number`);
    }
    return { name, replay: values.replay, ...numbers };
  } catch (error) {
    note(`${error.message}\n${USAGE}`);
    return undefined;
  }
}

async function runMutations({ name, replay, seconds, inputs, seed = Math.floor(Math.random() * 2 ** 32) }) {
  const corpus = readCorpus(name);
  const limit = replay ? 0 : (inputs ?? (seconds === undefined ? DEFAULT_INPUTS : Infinity));
  console.log(`${name}: ${corpus.length} corpus entries, seed ${seed}`);
  let ticks = 0;
  const outcome = await fuzz({
    bodyFile: path.join(ROOT, 'fuzz', 'dist', `${name}.js`),
    corpus,
    seed,
    inputs: limit,
    seconds: seconds ?? Infinity,
    onProgress: (count) => ++ticks % 10 === 0 && note(`${name}: ${count} inputs after ${ticks} s`),
    onSlow: ({ input, milliseconds }) =>
      console.log(
        `${name}: slow, ${milliseconds.toFixed(1)} ms: ${keepInput(name, 'slow', input)} (${input.length} bytes)`,
      ),
  });
  if (outcome.kind !== 'done') {
    console.log(describeHarm(name, outcome, seed));
    return 1;
  }
  const rate = Math.round(outcome.count / (outcome.elapsedMs / 1000));
  console.log(
    `${name}: ${outcome.count} inputs in ${(outcome.elapsedMs / 1000).toFixed(1)} s, ${rate} per second: no crash`,
  );
  return 0;
}
