import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import process from 'node:process';

/** What the numbers were measured on, one line; `peers` names the other programs and their versions. */
export function describeMachine(peers: string): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${model}, ${cpus().length} cores, ${gib} GiB, Linux ${release()}, Node ${process.version.slice(1)}, ${peers}`;
}

/** Pins this process, all its threads, to a core. Throws where there is no second core to measure from. */
export function pinGenerator(cpu: number): void {
  if (cpus().length < 2)
    throw new Error('a benchmark needs two cores: one for the server, one for the generator');
  execFileSync('taskset', ['-acp', String(cpu), String(process.pid)], { stdio: 'ignore' });
}

export const SERVER_CPU = 0;
export const GENERATOR_CPU = 1;
