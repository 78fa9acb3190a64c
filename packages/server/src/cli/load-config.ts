import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describeConfigError } from '../config/config-error.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/resolve.js';

/** Exit status of a configuration error. */
export const EXIT_CONFIGURATION = 2;

/** The configuration of this command line, or undefined after saying in one line what is wrong and how to mend it. */
export function loadCommandConfig(args: readonly string[]): Config | undefined {
  const result = loadConfig({
    args,
    environment: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    cores: availableParallelism(),
    terminal: process.stderr.isTTY ? 'terminal' : 'other',
  });
  if (result.ok) return result.config;
  process.stderr.write(`${describeConfigError(result.error)}\n`);
  return undefined;
}
