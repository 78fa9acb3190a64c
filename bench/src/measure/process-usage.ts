import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of every thread of a process and its descendants, in ns: the run time in /proc/PID/task/TID/schedstat. */
export type CpuUsage = ReadonlyMap<string, number>;

export function cpuUsage(pid: number): CpuUsage {
  const usage = new Map<string, number>();
  for (const member of processTree(pid)) {
    for (const thread of readdirSync(`/proc/${member}/task`)) {
      const text = readFileSync(`/proc/${member}/task/${thread}/schedstat`, 'utf8');
      usage.set(thread, Number(text.split(' ')[0]));
    }
  }
  return usage;
}

/** Nanoseconds used since `before`; what a thread that has ended meanwhile used is not known and not counted. */
export function cpuSince(before: CpuUsage, pid: number): number {
  let sum = 0;
  for (const [thread, nanoseconds] of cpuUsage(pid)) sum += nanoseconds - (before.get(thread) ?? 0);
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
