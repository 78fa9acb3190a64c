import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { giveSockets } from '../net/socket-passing.js';
import type { WorkerCommand, WorkerMessage } from './commands.js';
import { JsonLines } from './json-lines.js';

/** Name of a worker's socket in the folder of sockets. */
export const DOOR_SUFFIX = '.sock';

/**
 * A Unix socket in the data folder where a new control process finds this worker. Who connects is given the listening
 * sockets, but only when the worker has no control process.
 */
export class WorkerDoor {
  readonly #path: string;
  readonly #server: Server;
  readonly #descriptors: readonly number[];
  readonly #isAlone: () => boolean;
  readonly #onVisitor: (visitor: JsonLines<WorkerCommand, WorkerMessage>) => void;

  constructor(options: {
    folder: string;
    descriptors: readonly number[];
    isAlone: () => boolean;
    onVisitor: (visitor: JsonLines<WorkerCommand, WorkerMessage>) => void;
  }) {
    this.#path = join(options.folder, `${process.pid}${DOOR_SUFFIX}`);
    this.#descriptors = options.descriptors;
    this.#isAlone = options.isAlone;
    this.#onVisitor = options.onVisitor;
    this.#server = createServer((socket) => {
      this.#receive(socket);
    });
  }

  /** Rejects with the system's error when the socket cannot be made. */
  open(): Promise<void> {
    // A process of the same number may have died without taking its socket away.
    rmSync(this.#path, { force: true });
    process.on('exit', () => {
      rmSync(this.#path, { force: true });
    });
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#path, resolve);
    });
  }

  #receive(socket: Socket): void {
    socket.on('error', () => undefined);
    // The new control process may be faster than the news of the old one's death.
    setTimeout(
      () => {
        if (this.#isAlone() && giveSockets(socket, this.#descriptors)) this.#onVisitor(new JsonLines(socket));
        else socket.destroy();
      },
      this.#isAlone() ? 0 : NEWS_MS,
    );
  }
}

const NEWS_MS = 250;
