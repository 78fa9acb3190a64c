import { chmodSync, closeSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFolder } from '../native/libc/folder-lock.js';
import { closeSockets, receiveSockets } from '../net/socket-passing.js';
import type { Log } from '../observe/log.js';
import type { WorkerCommand, WorkerMessage } from './commands.js';
import { JsonLines } from './json-lines.js';
import { DOOR_SUFFIX } from './worker-door.js';
import { adoptedWorker } from './worker-link.js';
import type { WorkerLink } from './worker-link.js';

/** Workers that outlived their control process and can be taken over. */
export interface Survivors {
  /** By index. */
  readonly workers: ReadonlyMap<number, WorkerLink>;
  /** The listening sockets of the run they are of, in the order of its plan. Whoever has them closes them. */
  readonly descriptors: readonly number[];
}

/**
 * Makes the folder where it is missing and keeps other servers out of it: of two that start at once, each would take
 * over some of the workers and replace the others, with the same sockets. Calls the result back when this server has its
 * workers. Undefined when another server holds the folder for too long.
 */
export async function lockSurvivors(folder: string): Promise<(() => void) | undefined> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const deadline = performance.now() + LOCK_MS;
  for (;;) {
    const lock = lockFolder(folder);
    if (lock !== undefined) {
      return () => {
        closeSync(lock);
      };
    }
    if (performance.now() > deadline) return undefined;
    await sleep(LOCK_POLL_MS);
  }
}

/**
 * Looks for workers of a control process that died. Those of the same plan are given back, to be adopted; others are
 * ended, since they hold the ports and serve what is not configured any more.
 */
export async function findSurvivors(folder: string, plan: string, log: Log): Promise<Survivors> {
  const names = readdirSync(folder).filter((name) => name.endsWith(DOOR_SUFFIX));
  const visits = await Promise.all(names.map((name) => visit(join(folder, name))));
  const workers = new Map<number, WorkerLink>();
  let descriptors: readonly number[] = [];
  const strangers: WorkerLink[] = [];
  for (const found of visits) {
    if (found === undefined) continue;
    if (found.plan === plan && !workers.has(found.index)) {
      workers.set(found.index, found.link);
      if (descriptors.length === 0) descriptors = found.descriptors;
      else closeSockets(found.descriptors);
      continue;
    }
    closeSockets(found.descriptors);
    strangers.push(found.link);
  }
  if (strangers.length > 0) {
    log(
      'warn',
      'Workers of a control process that died are ended: they were started with another configuration',
      {
        workers: strangers.length,
      },
    );
    await Promise.all(strangers.map(endWorker));
  }
  if (workers.size > 0)
    log('info', 'Workers of a control process that died are taken over', { workers: workers.size });
  return { workers, descriptors };
}

/** Tells a worker to end, and kills it when it does not. */
export async function endWorker(link: WorkerLink): Promise<void> {
  link.send({ kind: 'stop' });
  const timer = setTimeout(() => {
    link.kill();
  }, KILL_AFTER_MS);
  await link.ended;
  clearTimeout(timer);
}

interface Visit {
  readonly index: number;
  readonly plan: string;
  readonly link: WorkerLink;
  readonly descriptors: readonly number[];
}

/** Undefined when nobody is there, or a worker that has its control process. */
async function visit(path: string): Promise<Visit | undefined> {
  const gift = await receiveSockets(path, ANSWER_MS);
  if (gift === 'nobody') rmSync(path, { force: true });
  if (typeof gift === 'string') return undefined;
  const { connection, descriptors } = gift;
  const lines = new JsonLines<WorkerMessage, WorkerCommand>(connection);
  const hello = await firstMessage(lines);
  if (hello?.kind !== 'hello') {
    lines.close();
    closeSockets(descriptors);
    return undefined;
  }
  const { index, plan, pid } = hello;
  return { index, plan, link: adoptedWorker(pid, lines), descriptors };
}

function firstMessage(lines: JsonLines<WorkerMessage, WorkerCommand>): Promise<WorkerMessage | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(undefined);
    }, ANSWER_MS);
    lines.onEnd(() => {
      clearTimeout(timer);
      resolve(undefined);
    });
    lines.listen((message) => {
      clearTimeout(timer);
      resolve(message);
    });
  });
}

/** A worker that is not asked to wait answers at once; a busy one within this. */
const ANSWER_MS = 2000;
const KILL_AFTER_MS = 2000;
/** A start takes seconds; who holds the folder for longer hangs. */
const LOCK_MS = 15_000;
const LOCK_POLL_MS = 20;
