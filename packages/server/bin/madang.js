#!/usr/bin/env node
// The installed command. It stands in the repository, so that npm links it before anything has been built.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write('Madang is not built yet: run npm start once, or npm run build.\n');
  process.exitCode = 1;
}
