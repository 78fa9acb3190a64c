// npm run nat -- A B: a call between browsers behind two NATs of the laboratory (docs/nat-laboratory.md).
import { build, run } from './setup.mjs';

process.exitCode =
  (await build()) || (await run(process.execPath, ['tests/dist/nat/nat-main.js', ...process.argv.slice(2)]));
