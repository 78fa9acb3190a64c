import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUDGETS, checkBudgets, functionsOf } from './check-budgets.mjs';

const lines = (count, line = 'const a = 1;') => `${line}\n`.repeat(count);
const check = (files, allowed) => checkBudgets(new Map(Object.entries(files)), allowed);
const body = (count) => `{\n${lines(count - 2)}}`;

test('fails: a file over its budget; one at its budget passes', () => {
  assert.deepEqual(check({ 'p/a.ts': lines(BUDGETS.fileLines) }), []);
  assert.deepEqual(check({ 'p/a.ts': lines(BUDGETS.fileLines + 1) }), [
    'p/a.ts: 501 lines, the budget is 500',
  ]);
});

test('a data table is exempt, a mere mention of the marker far below is not', () => {
  assert.deepEqual(check({ 'p/a.ts': `// @data-table: IANA registry\n${lines(600)}` }), []);
  assert.equal(check({ 'p/a.ts': `${lines(600)}// @data-table\n` }).length, 1);
});

const HEADS = [
  ['function f(a: number): void ', 'f'],
  ['export async function f<T extends { a: 1 }>(a: T, b = (c: number) => c): Promise<{ a: number }> ', 'f'],
  ['export function* f() ', 'f'],
  ['const f = (a: number) => ', 'f'],
  ['export const f = async ({ a, b }: { a: number; b: string }): Promise<void> => ', 'f'],
  ["const s = '{';\nfunction f(): { a: number } | undefined ", 'f'],
];

for (const [head, name] of HEADS) {
  test(`fails: a long function, ${head.trim().split('\n').at(-1)}`, () => {
    const code = (count) => `const x = { y: 1 };\n${head}${body(count)}\nclass C {}\n`;
    assert.deepEqual(check({ 'p/a.ts': code(BUDGETS.functionLines) }), []);
    assert.deepEqual(check({ 'p/a.ts': code(BUDGETS.functionLines + 1) }), [
      `p/a.ts ${name}(): 81 lines, the budget is 80`,
    ]);
  });
}

for (const head of [
  'm(a: number): void ',
  'async #m() ',
  'static m<T>(a: T) ',
  'constructor(private x: { a: 1 }) ',
  'get m() ',
]) {
  test(`fails: a long method, ${head.trim()}`, () => {
    const problems = check({ 'p/a.ts': `export class C {\n  #f = { a: 1 };\n  ${head}${body(90)}\n}\n` });
    assert.equal(problems.length, 1);
    assert.match(problems[0], /^p\/a\.ts #?(?:m|constructor)\(\): 90 lines/);
  });
}

test('a long class, object, condition, loop or interface is no function', () => {
  const code = `class C {\n${'  a = 1;\n'.repeat(100)}}\nconst o = {\n${'  a: 1,\n'.repeat(100)}};
if (a(b)) ${body(100)}\nfor (let i = 0; i < f(1); i++) ${body(90)}\ninterface I {\n${'  f(a: number): void;\n'.repeat(90)}}`;
  assert.deepEqual(check({ 'p/a.ts': code }), []);
});

test('functions inside functions are found with their own size', () => {
  const found = functionsOf(`function outer() {\n  const inner = () => {\n    return 1;\n  };\n}\n`);
  assert.deepEqual(found, [
    { name: 'inner', lines: 3 },
    { name: 'outer', lines: 5 },
  ]);
});

test('fails: a folder with too many files; tests are not counted', () => {
  const files = (count, suffix) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`p/f${i}${suffix}`, '']));
  assert.deepEqual(check({ ...files(25, '.ts'), ...files(25, '.test.ts') }), []);
  assert.deepEqual(check(files(26, '.ts')), ['p/: 26 source files, the budget is 25']);
});

test('fails: a recorded excess that grew, shrank or is gone', () => {
  const file = { 'p/a.ts': lines(600) };
  assert.deepEqual(check(file, { 'p/a.ts': 600 }), []);
  assert.match(check(file, { 'p/a.ts': 599 })[0], /grew from 599 to 600/);
  assert.match(check(file, { 'p/a.ts': 601 })[0], /shrank to 600/);
  assert.match(check({}, { 'p/a.ts': 600 })[0], /remove it/);
});
