import type { Socket } from 'node:net';

/**
 * Lets what is written to a socket in one turn of the event loop leave in one piece: half of what writing costs is the
 * system call, and under load a client has an answer and somebody's message to get at the same time.
 */
export class TurnOfWriting {
  readonly #held = new Set<Socket>();

  /** Call before each write. It leaves when everything that has arrived by now has been handled. */
  join(socket: Socket): void {
    if (this.#held.has(socket)) return;
    if (this.#held.size === 0) setImmediate(this.#end);
    this.#held.add(socket);
    socket.cork();
  }

  readonly #end = (): void => {
    for (const socket of this.#held) socket.uncork();
    this.#held.clear();
  };
}
