// What every script needs before its own work: the right Node, the npm dependencies, a build.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NODE_FLOOR = [20, 19];

/** Says in one sentence why this Node cannot run the program, or nothing. */
export function nodeVersionProblem(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1])) return undefined;
  return `Madang needs Node.js ${NODE_FLOOR.join('.')} or newer; this is ${version}. Install a newer one (nodejs.org) and try again.`;
}

/** Why `npm ci` has to run in `root`, or nothing when what is installed is what the lock file asks for. */
export function installReason(root = ROOT) {
  const lock = path.join(root, 'package-lock.json');
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return 'node_modules is missing';
  if (statSync(lock).mtimeMs <= statSync(installed).mtimeMs) return undefined;
  if (!sameInstall(readPackages(lock), readPackages(installed))) return 'package-lock.json has changed';
  // Only the date of the lock file is newer (a checkout, say): remember that it was compared.
  utimesSync(installed, new Date(), new Date());
  return undefined;
}

/** Runs a program from the repository root and answers its exit status (128 + n when signal n ended it). */
export function run(command, args, { output = 'inherit', env = process.env, timeoutSeconds } = {}) {
  return new Promise((resolve) => {
    const sink = output === 'stderr' ? 2 : output;
    const child = spawn(command, args, {
      cwd: ROOT,
      env,
      stdio: ['ignore', sink, output === 'ignore' ? 'ignore' : 2],
    });
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const timer =
      timeoutSeconds &&
      setTimeout(() => {
        note(`${path.basename(args[0] ?? command)} is still running after ${timeoutSeconds} s: ending it`);
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 5000).unref();
      }, timeoutSeconds * 1000);
    const finish = (status) => {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, forward);
      resolve(status);
    };
    child.on('error', (error) => {
      note(`${command} cannot be started: ${error.message}`);
      finish(127);
    });
    child.on('exit', (code, signal) => finish(code ?? 128 + constants.signals[signal]));
  });
}

/** Runs a JavaScript program of a dependency (`typescript/bin/tsc`) or of the repository with this same Node. */
export function runNode(script, args, options) {
  const own = path.join(ROOT, script);
  return run(
    process.execPath,
    [existsSync(own) ? own : path.join(ROOT, 'node_modules', script), ...args],
    options,
  );
}

/**
 * Checks Node, installs what is missing and builds the given projects (all when none is given), bundles included where
 * they are wanted; exit status.
 */
export async function prepare({ projects = [], bundles = false, output = 'stderr' } = {}) {
  const problem = nodeVersionProblem();
  if (problem) {
    note(problem);
    return 1;
  }
  let status = await install(output);
  if (status === 0) status = await build(projects, output);
  if (status === 0 && bundles) status = await bundle(output);
  return status;
}

/** Runs `npm ci` when it is needed; exit status. */
export async function install(output = 'stderr') {
  const reason = installReason();
  if (!reason) return 0;
  note(`installing dependencies (${reason})`);
  const status = await run(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
    { output },
  );
  if (status !== 0) note(`npm ci failed with status ${status}`);
  return status;
}

/** Compiles, incrementally; exit status. */
export async function build(projects = [], output = 'stderr') {
  note('building');
  const status = await runNode('typescript/bin/tsc', ['-b', ...projects], { output });
  if (status !== 0) note('the build failed');
  return status;
}

/**
 * Bundles the web app and the browser SDK where they have changed since; exit status. In a process of its own, so that
 * what it loads goes with it.
 */
export async function bundle(output = 'stderr') {
  const status = await runNode('scripts/bundle.mjs', [], { output });
  if (status !== 0) note('bundling the web app and the browser SDK failed');
  return status;
}

/** One progress line on standard error. */
export function note(line) {
  process.stderr.write(`madang: ${line}\n`);
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

function sameInstall(wanted, present) {
  const differs = (name) =>
    wanted[name]?.version !== present[name].version || wanted[name].link !== present[name].link;
  const absent = (name) => name.startsWith('node_modules/') && !wanted[name].optional && !present[name];
  return !Object.keys(present).some(differs) && !Object.keys(wanted).some(absent);
}
