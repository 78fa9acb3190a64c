import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What one process holds after a collection. */
export interface ProcessMemory {
  readonly residentBytes: number;
  /** Live objects of JavaScript. */
  readonly heapBytes: number;
  /** Memory of typed arrays, outside the heap. */
  readonly arrayBufferBytes: number;
  /** Taken from malloc and not freed: OpenSSL among others. */
  readonly nativeBytes: number;
  /** SSL objects of OpenSSL: one for each DTLS or TLS association. */
  readonly sslObjects: number;
  readonly descriptors: number;
}

/** Asks the probe in each process, by a signal, and waits for the answers in `folder`. Rejects after 10 s. */
export async function askProbes(pids: readonly number[], folder: string): Promise<ProcessMemory[]> {
  const files = pids.map((pid) => join(folder, `${pid}.json`));
  for (const file of files) rmSync(file, { force: true });
  for (const pid of pids) process.kill(pid, 'SIGUSR2');
  const end = performance.now() + LONGEST_MS;
  while (!files.every((file) => existsSync(file))) {
    if (performance.now() > end) throw new Error('a process of the server does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as ProcessMemory);
}

/** A server's processes: the control process, then its workers. */
export function processesOf(pid: number): number[] {
  const workers = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...workers.toSorted((a, b) => a - b)];
}

const LONGEST_MS = 10_000;
