import { closeSync, openSync } from 'node:fs';
import { libc } from '../ffi.js';

/**
 * Locks a folder against other processes (flock(2)). The lock ends with `closeSync` of the result, or with this
 * process. Undefined when another one has it.
 */
export function lockFolder(path: string): number | undefined {
  const fd = openSync(path, 'r');
  flock ??= libc().func('int flock(int fd, int operation)');
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return fd;
  closeSync(fd);
  return undefined;
}

let flock: ((fd: number, operation: number) => number) | undefined;
const LOCK_EX = 2;
const LOCK_NB = 4;
