// Few rules, all on. Types, unused names and missing returns are the compiler's business (tsconfig.base.json).
import tseslint from 'typescript-eslint';

const PROJECTS = [
  'packages/*/tsconfig.json',
  'packages/*/tsconfig.test.json',
  'tests/tsconfig.json',
  'bench/tsconfig.json',
  'fuzz/tsconfig.json',
];

// node:test's functions answer promises nobody has to wait for.
const TEST_CALLS = {
  from: 'package',
  package: 'node:test',
  name: ['test', 'describe', 'it', 'suite', 'before', 'after'],
};

const EVERYWHERE = {
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-constant-binary-expression': 'error',
  'no-self-compare': 'error',
  'no-unreachable': 'error',
  'no-unsafe-finally': 'error',
  'no-dupe-else-if': 'error',
  'no-debugger': 'error',
};

const TYPED = {
  '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [TEST_CALLS] }],
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-unsafe-function-type': 'error',
  '@typescript-eslint/no-import-type-side-effects': 'error',
};

// Memory that is not zeroed may hold somebody's keys or packets: what is not overwritten must not leave the process.
const UNZEROED_MEMORY = [
  {
    selector: 'MemberExpression[property.name=/^allocUnsafe(Slow)?$/]',
    message: 'Use Buffer.alloc or new Uint8Array: memory that is not zeroed can leak what it held before.',
  },
  {
    selector: 'CallExpression[callee.type="Identifier"][callee.name=/^allocUnsafe(Slow)?$/]',
    message: 'Use Buffer.alloc or new Uint8Array: memory that is not zeroed can leak what it held before.',
  },
];

export default [
  {
    ignores: [
      '**/dist/**',
      '**/compiled/**',
      '**/node_modules/**',
      'fuzz/crashes/**',
      'data/**',
      'coverage/**',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['**/*.{js,mjs,ts,tsx}'], rules: EVERYWHERE },
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: PROJECTS, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: TYPED,
  },
  {
    files: ['packages/{core,wire,server}/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.test-support.ts'],
    rules: { 'no-restricted-syntax': ['error', ...UNZEROED_MEMORY] },
  },
];
