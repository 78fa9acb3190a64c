// npm start: installs and builds what is missing, then becomes `madang serve`. Everything before that speaks on
// standard error, so standard output carries what `serve` prints and nothing else. The server is loaded into this
// same process: signals, exit status and process id are its own, with nothing in between to pass them on.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { note, prepare, ROOT } from './setup.mjs';

const main = path.join(ROOT, 'packages', 'server', 'dist', 'cli', 'main.js');
const status = await prepare({ projects: ['packages/server', 'packages/client'], bundles: true });
if (status !== 0) process.exit(status);
if (!existsSync(main)) {
  note(`${path.relative(ROOT, main)} was not built`);
  process.exit(1);
}
process.argv = [process.argv[0], main, 'serve', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
