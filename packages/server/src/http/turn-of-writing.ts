import type { Socket } from 'node:net';

/**
 * Lets what is written to a socket in one turn of the event loop leave in one piece: half of what writing costs is the
 * system call, and under load a client has an answer and somebody's message to get at the same time. What nobody waits
 * for leaves with what comes next, as TCP does with its acknowledgements.
 */
export class TurnOfWriting {
  /** Corked until everything that has arrived by now has been handled. */
  readonly #held = new Set<Socket>();
  /** Corked until something else is written to them, or for `LATER_MS`. */
  readonly #late = new Set<Socket>();

  /** Call before each write. It leaves when everything that has arrived by now has been handled. */
  join(socket: Socket): void {
    if (this.#held.has(socket)) return;
    if (this.#held.size === 0) setImmediate(this.#end);
    this.#held.add(socket);
    if (!this.#late.delete(socket)) socket.cork();
  }

  /** Call before a write nobody waits for. It leaves with the next one, and soon if there is none. */
  joinLater(socket: Socket): void {
    if (this.#held.has(socket) || this.#late.has(socket)) return;
    if (this.#late.size === 0) setTimeout(this.#endLate, LATER_MS);
    this.#late.add(socket);
    socket.cork();
  }

  readonly #end = (): void => {
    for (const socket of this.#held) socket.uncork();
    this.#held.clear();
  };

  readonly #endLate = (): void => {
    for (const socket of this.#late) socket.uncork();
    this.#late.clear();
  };
}

const LATER_MS = 5;
