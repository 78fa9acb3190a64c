import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';

const EXECUTABLE = '/usr/bin/pulseaudio';

/** Why there is no sound here, or false. */
export const skipWithoutSound: string | false = existsSync(EXECUTABLE)
  ? false
  : `${EXECUTABLE} is missing (Debian package pulseaudio)`;

/**
 * A sound card that nobody hears. Without any, Firefox keeps every AudioContext suspended; Chromium has a fake one of its
 * own.
 */
export class SoundServer {
  /** For the environment of programs: PULSE_SERVER. */
  readonly address: string;
  readonly #process: ChildProcess;

  /** Starts it with everything it keeps in a folder; resolves when it takes connections. */
  static async start(folder: string): Promise<SoundServer> {
    const socket = path.join(folder, 'sound');
    const child = spawn(
      EXECUTABLE,
      [
        ...['--daemonize=no', '-n', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm'],
        ...['-L', 'module-null-sink', '-L', `module-native-protocol-unix socket=${socket} auth-anonymous=1`],
      ],
      { stdio: 'ignore', env: { ...process.env, HOME: folder } },
    );
    for (const deadline = performance.now() + START_MS; !existsSync(socket);) {
      if (child.exitCode !== null || performance.now() > deadline) {
        child.kill('SIGKILL');
        throw new Error(`pulseaudio opened no ${socket} (exit status ${child.exitCode})`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return new SoundServer(child, `unix:${socket}`);
  }

  private constructor(child: ChildProcess, address: string) {
    this.#process = child;
    this.address = address;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}

const START_MS = 20_000;
