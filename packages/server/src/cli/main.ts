#!/usr/bin/env node
import { check } from './check.js';
import { help } from './help.js';
import { load } from './load.js';
import { serve } from './serve.js';
import { token } from './token.js';
import { turnCredentials } from './turn-credentials.js';

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number> | number>> = {
  serve,
  check,
  token,
  'turn-credentials': turnCredentials,
  load,
  help,
  '--help': help,
  '-h': help,
};

process.title = 'madang';
const [command = 'help', ...args] = process.argv.slice(2);
const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
if (run === undefined) {
  process.stderr.write(`There is no command '${command}'; write 'madang help' to see them.\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await run(args);
}
