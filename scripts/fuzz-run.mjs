// One fuzz run: corpus, worker, watchdog. Used by the command (fuzz.mjs) and by the tests (fuzz-replay.mjs).
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { MAX_LENGTH } from './fuzz-mutator.mjs';
import { ROOT } from './setup.mjs';

const HANG_SECONDS = 10;

/** Names of the fuzz bodies: the modules directly in fuzz/src that have a default export. */
export function targets(root = ROOT) {
  const folder = path.join(root, 'fuzz', 'src');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .filter((file) => /^export default\b|\bas default\b/m.test(readFileSync(path.join(folder, file), 'utf8')))
    .map((file) => file.slice(0, -'.ts'.length));
}

/** The stored inputs of a target, in the order of their names. */
export function readCorpus(name, root = ROOT) {
  const folder = path.join(root, 'fuzz', 'corpus', name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => new Uint8Array(readFileSync(path.join(folder, file))).slice(0, MAX_LENGTH));
}

/**
 * Runs the corpus and then mutants of it until `inputs` or `seconds` are used up. Answers `{ kind: 'done', count,
 * elapsedMs }`, `{ kind: 'crash', input, number, error }` or `{ kind: 'hang', input, number }`.
 */
export function fuzz({
  bodyFile,
  corpus,
  seed,
  inputs = 0,
  seconds = Infinity,
  onSlow,
  onProgress,
  hangSeconds = HANG_SECONDS,
}) {
  const shared = new SharedArrayBuffer(8 + MAX_LENGTH);
  const progress = new Int32Array(shared, 0, 2);
  const bodyUrl = pathToFileURL(bodyFile).href;
  const worker = new Worker(new URL('./fuzz-worker.mjs', import.meta.url), {
    workerData: { bodyUrl, corpus, seed, inputs, seconds, shared },
  });
  return new Promise((resolve, reject) => {
    let seen = -1;
    let still = 0;
    const watch = setInterval(() => {
      still = progress[0] === seen ? still + 1 : 0;
      seen = progress[0];
      onProgress?.(seen);
      if (seen > 0 && still >= hangSeconds) {
        finish({ kind: 'hang', number: seen, input: new Uint8Array(shared, 8, progress[1]).slice() });
      }
    }, 1000);
    const finish = (outcome) => {
      clearInterval(watch);
      void worker.terminate();
      resolve(outcome);
    };
    worker.on('message', (message) => (message.kind === 'slow' ? onSlow?.(message) : finish(message)));
    worker.on('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
    worker.on('exit', () =>
      finish({ kind: 'crash', number: progress[0], input: lastInput(), error: 'the thread ended' }),
    );
    const lastInput = () => new Uint8Array(shared, 8, progress[1]).slice();
  });
}

/** Keeps an input that did harm; answers its path relative to the root. */
export function keepInput(name, kind, input, root = ROOT) {
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const file = path.join('fuzz', 'crashes', `${name}-${kind}-${digest}`);
  mkdirSync(path.join(root, 'fuzz', 'crashes'), { recursive: true });
  writeFileSync(path.join(root, file), input);
  return file;
}

/** What to tell about an outcome that is not `done`, with the input kept and how to make it part of the corpus. */
export function describeHarm(name, outcome, seed, root = ROOT) {
  const file = keepInput(name, outcome.kind, outcome.input, root);
  const what = outcome.kind === 'hang' ? 'never ended' : `failed with\n${outcome.error}`;
  return [
    `${name}: input number ${outcome.number} of seed ${seed} ${what}`,
    `input: ${file} (${outcome.input.length} bytes)`,
    `once mended, keep it as a test: cp ${file} fuzz/corpus/${name}/`,
  ].join('\n');
}
