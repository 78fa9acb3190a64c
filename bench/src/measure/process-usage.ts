import { readdirSync, readFileSync } from 'node:fs';

/** CPU time a process and its descendants have used, in ns: run time of every thread by /proc/PID/task/TID/schedstat. */
export function cpuNanoseconds(pid: number): number {
  let sum = 0;
  for (const member of processTree(pid)) {
    for (const thread of readdirSync(`/proc/${member}/task`)) {
      sum += Number(readFileSync(`/proc/${member}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    }
  }
  return sum;
}

/** Resident memory of a process and its descendants, in bytes. */
export function residentBytes(pid: number): number {
  let sum = 0;
  for (const member of processTree(pid)) {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${member}/status`, 'utf8'))?.[1];
    sum += Number(kib ?? 0) * 1024;
  }
  return sum;
}

function processTree(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}
