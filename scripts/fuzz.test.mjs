import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { MAX_LENGTH, mutate, seededRandom, shrink } from './fuzz-mutator.mjs';
import { describeHarm, fuzz, readCorpus, targets } from './fuzz-run.mjs';

const CORPUS = [new Uint8Array(20).fill(7), Uint8Array.from({ length: 40 }, (_, i) => i), new Uint8Array(0)];

async function inFolder(work) {
  const root = mkdtempSync(path.join(tmpdir(), 'madang-fuzz-'));
  try {
    return await work(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function fuzzBody(source, options) {
  return inFolder((root) => {
    const bodyFile = path.join(root, 'body.mjs');
    writeFileSync(bodyFile, source);
    return fuzz({ bodyFile, corpus: CORPUS, seed: 1, inputs: 200_000, seconds: 20, ...options });
  });
}

function inputsOf(seed, count) {
  const random = seededRandom(seed);
  const bytes = new Uint8Array(MAX_LENGTH);
  return Array.from({ length: count }, () =>
    Buffer.from(bytes.subarray(0, mutate(random, CORPUS, bytes))).toString('hex'),
  );
}

test('the same seed gives the same inputs, another seed others', () => {
  assert.deepEqual(inputsOf(5, 1000), inputsOf(5, 1000));
  assert.notDeepEqual(inputsOf(5, 1000), inputsOf(6, 1000));
});

test('mutants are many, of many lengths, and never longer than the limit', () => {
  const inputs = inputsOf(9, 20_000);
  assert.ok(new Set(inputs).size > 10_000);
  const lengths = new Set(inputs.map((hex) => hex.length / 2));
  assert.ok(lengths.size > 150, `${lengths.size} lengths`);
  for (const length of [0, 19, 20, 21, 1500]) assert.ok(lengths.has(length), `no input of ${length} bytes`);
  const random = seededRandom(3);
  const bytes = new Uint8Array(MAX_LENGTH);
  const large = [new Uint8Array(MAX_LENGTH)];
  for (let i = 0; i < 500; i++) assert.ok(mutate(random, large, bytes) <= MAX_LENGTH);
});

test('an input is shrunk to what matters', () => {
  const input = Uint8Array.from({ length: 300 }, (_, i) => i);
  assert.deepEqual([...shrink(input, (bytes) => bytes.includes(77) && bytes.includes(200))], [77, 200]);
});

test('finds a crash behind two bytes and gives the input that causes it', async () => {
  const outcome = await fuzzBody(
    `export default (bytes) => { if (bytes[3] === 0x80 && bytes.length === 21) throw new RangeError('planted'); };`,
  );
  assert.equal(outcome.kind, 'crash');
  assert.match(outcome.error, /planted/);
  assert.equal(outcome.input.length, 21);
  assert.equal(outcome.input[3], 0x80);
});

test('a crash on the stored corpus needs no mutation', async () => {
  const outcome = await fuzzBody(
    `export default (bytes) => { if (bytes.length === 40) throw new Error('x'); };`,
    { inputs: 0 },
  );
  assert.equal(outcome.kind, 'crash');
  assert.equal(outcome.number, 2);
});

test('an input that never ends is noticed', async () => {
  const body = `export default (bytes) => { if (bytes.length === 21) for (;;); };`;
  const outcome = await fuzzBody(body, { hangSeconds: 1 });
  assert.equal(outcome.kind, 'hang');
  assert.equal(outcome.input.length, 21);
});

test('a slow input is reported', async () => {
  const slow = [];
  const body = `export default (bytes) => { if (bytes.length === 40) for (const t = Date.now() + 12; Date.now() < t; ); };`;
  const outcome = await fuzzBody(body, { inputs: 0, onSlow: (report) => slow.push(report) });
  assert.equal(outcome.kind, 'done');
  assert.equal(slow.length, 1);
  assert.equal(slow[0].input.length, 40);
});

test('a body that harms nothing runs to the end', async () => {
  const outcome = await fuzzBody(`export default (bytes) => { bytes.fill(1); };`, { inputs: 5000 });
  assert.equal(outcome.kind, 'done');
  assert.equal(outcome.count, 5000 + CORPUS.length);
});

test('a module without a body is an error', async () => {
  await assert.rejects(fuzzBody('export const a = 1;'), /default export/);
});

test('targets, corpus and kept inputs are found under the root', () =>
  inFolder((root) => {
    mkdirSync(path.join(root, 'fuzz', 'src'), { recursive: true });
    mkdirSync(path.join(root, 'fuzz', 'corpus', 'a'), { recursive: true });
    writeFileSync(path.join(root, 'fuzz', 'src', 'a.ts'), 'export default function a(bytes: Uint8Array) {}');
    writeFileSync(path.join(root, 'fuzz', 'src', 'index.ts'), 'export {};');
    writeFileSync(path.join(root, 'fuzz', 'corpus', 'a', 'one'), Buffer.from([1, 2]));
    assert.deepEqual(targets(root), ['a']);
    assert.deepEqual(readCorpus('a', root), [new Uint8Array([1, 2])]);
    assert.deepEqual(readCorpus('b', root), []);
    const text = describeHarm(
      'a',
      { kind: 'crash', number: 3, input: new Uint8Array([9]), error: 'Error: x' },
      42,
      root,
    );
    const file = /^input: (\S+)/m.exec(text)?.[1] ?? '';
    assert.ok(existsSync(path.join(root, file)));
    assert.deepEqual([...readFileSync(path.join(root, file))], [9]);
    assert.match(text, /seed 42/);
  }));
