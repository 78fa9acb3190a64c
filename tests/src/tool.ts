import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { findFreePorts } from '@madang/testkit/free-ports';

/** What a program did. */
export interface ToolRun {
  /** Exit status; undefined when it had to be killed. */
  readonly status: number | undefined;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Why tests with these programs have to be skipped, or undefined: they are all there. */
export function missingTool(...names: readonly string[]): string | undefined {
  const missing = names.filter((name) => !isInstalled(name));
  return missing.length === 0 ? undefined : `${missing.join(', ')} not installed`;
}

/** Runs a program to its end; killed after `timeoutMs`. */
export function runTool(name: string, args: readonly string[], timeoutMs = 30_000): Promise<ToolRun> {
  return new Promise((resolve) => {
    execFile(name, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ status, output: stdout + stderr });
    });
  });
}

/** coturn's echo on two neighbouring UDP ports of each of `hosts`. */
export async function startEcho(hosts: readonly string[]): Promise<{ port: number; stop(): void }> {
  const [port] = await findFreePorts(2, hosts);
  const children = hosts.map((host) =>
    spawn('turnutils_peer', ['-p', `${port}`, '-L', host], { stdio: 'ignore' }),
  );
  // It says nothing when it is ready.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return {
    port: port!,
    stop: () => {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}

function isInstalled(name: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
