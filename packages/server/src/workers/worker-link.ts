import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkerCommand, WorkerMessage } from './commands.js';
import type { JsonLines } from './json-lines.js';

/** A worker process as the control process reaches it. */
export interface WorkerLink {
  /** Undefined when no process could be made. */
  readonly pid: number | undefined;
  /** How the process ended, once it has. */
  readonly ended: Promise<string>;
  /** Sets who is told what the worker says. */
  listen(onMessage: (message: WorkerMessage) => void): void;
  /** A worker that has just died is told nothing: its end follows. */
  send(command: WorkerCommand): void;
  kill(): void;
  /** Leaves a worker that was taken over to the next control process; missing for workers this process has made. */
  readonly letGo?: () => void;
}

/** A worker this process has made; `inherited` descriptors become 4, 5, ... in it. */
export function forkWorker(inherited: readonly number[]): WorkerLink {
  const child: ChildProcess = fork(WORKER_MAIN, [], {
    // Standard output carries the ready line alone: a worker's goes to standard error.
    stdio: ['ignore', 2, 2, 'ipc', ...inherited],
    execArgv: process.execArgv,
  });
  return {
    pid: child.pid,
    ended: new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(signal ?? `status ${code}`);
      });
      child.on('error', (error) => {
        // Without a process there is no exit: no memory or no descriptors now, perhaps there are later.
        if (child.pid === undefined) resolve(error.message);
      });
    }),
    listen: (onMessage) => {
      child.on('message', (message) => {
        onMessage(message as WorkerMessage);
      });
    },
    send: (command) => {
      if (child.connected) child.send(command, () => undefined);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

/** A worker of a control process that has died, reached over the socket it listens on. */
export function adoptedWorker(pid: number, lines: JsonLines<WorkerMessage, WorkerCommand>): WorkerLink {
  let isOver = false;
  return {
    pid,
    ended: new Promise((resolve) => {
      lines.onEnd(() => {
        isOver = true;
        resolve('its connection ended');
      });
    }),
    listen: (onMessage) => {
      lines.listen(onMessage);
    },
    send: (command) => {
      lines.send(command);
    },
    letGo: () => {
      lines.close();
    },
    kill: () => {
      if (isOver) return;
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    },
  };
}

const WORKER_MAIN = fileURLToPath(new URL('./worker-main.js', import.meta.url));

/** Descriptors 0 to 2 are the standard ones, 3 is the IPC channel. */
export const FIRST_INHERITED = 4;
