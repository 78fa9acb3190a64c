// The loop of a fuzz run, in a thread of its own so that the main one notices when an input never ends. What is being
// tried stands in shared memory: [number of inputs, length, bytes...].
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { MAX_LENGTH, mutate, seededRandom, shrink } from './fuzz-mutator.mjs';

const { bodyUrl, corpus, seed, inputs, seconds, shared } = workerData;
const SLOW_MS = 5;
const SLOW_REPORTS = 10;

const progress = new Int32Array(shared, 0, 2);
const current = new Uint8Array(shared, 8);
const body = (await import(bodyUrl)).default;
let slowReports = 0;
let last = performance.now();

if (typeof body !== 'function') throw new TypeError(`${bodyUrl} has no function as its default export`);
parentPort.postMessage(runAll());

function runAll() {
  const started = performance.now();
  for (const entry of corpus) {
    const crash = attempt(entry);
    if (crash) return crash;
  }
  const random = seededRandom(seed);
  const bytes = new Uint8Array(MAX_LENGTH);
  const seeds = corpus.length > 0 ? corpus : [new Uint8Array(20)];
  const deadline = started + seconds * 1000;
  for (let i = 0; i < inputs; i++) {
    if ((i & 127) === 0 && performance.now() > deadline) break;
    // A copy, so that a body that keeps or changes its input cannot spoil the next one.
    const crash = attempt(bytes.slice(0, mutate(random, seeds, bytes)));
    if (crash) return crash;
  }
  return { kind: 'done', count: progress[0], elapsedMs: performance.now() - started };
}

/** Runs the body once; answers the crash, if any. */
function attempt(input) {
  current.set(input);
  Atomics.store(progress, 1, input.length);
  Atomics.add(progress, 0, 1);
  try {
    body(input);
  } catch (error) {
    const smaller = shrink(current.slice(0, progress[1]), (bytes) => failsAlike(bytes, error));
    return { kind: 'crash', input: smaller, number: progress[0], error: error?.stack ?? String(error) };
  }
  const now = performance.now();
  if (now - last > SLOW_MS && slowReports < SLOW_REPORTS) reportIfSlow(input.length);
  last = performance.now();
  return undefined;
}

/** A pause of the machine or the collector is no slow input: it has to be slow every time. */
function reportIfSlow(length) {
  const input = current.slice(0, length);
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    const started = performance.now();
    body(input.slice());
    best = Math.min(best, performance.now() - started);
  }
  if (best <= SLOW_MS) return;
  slowReports++;
  parentPort.postMessage({ kind: 'slow', input, milliseconds: best });
}

function failsAlike(bytes, error) {
  try {
    body(bytes.slice());
    return false;
  } catch (again) {
    return again?.constructor === error?.constructor && origin(again) === origin(error);
  }
}

/** Where an error was thrown: the first line of its stack that is a place. */
function origin(error) {
  return String(error?.stack)
    .split('\n')
    .find((line) => line.startsWith('    at '));
}
