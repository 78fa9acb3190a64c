// npm run lab: calls between browsers behind every pair of NATs, or one: npm run lab -- A B (docs/nat-laboratory.md).
import { build, run, runNode } from './setup.mjs';

const status =
  (await build()) || (await run(process.execPath, ['tests/dist/nat/lab-main.js', ...process.argv.slice(2)]));
// Only the whole matrix writes the page.
if (process.argv.length === 2) await runNode('prettier/bin/prettier.cjs', ['--write', 'docs/nat-matrix.md']);
process.exitCode = status;
