import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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
