import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/** Messages between two processes of this program over a stream socket: one JSON object a line; anything else ends it. */
export class JsonLines<In, Out> {
  readonly #socket: Socket;
  #rest: string[] = [];
  #restUnits = 0;
  #onMessage: ((message: In) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const decoder = new StringDecoder('utf8');
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#take(decoder.write(chunk));
    });
    // Nothing is lost before somebody listens.
    socket.pause();
  }

  /** Sets who is told; messages that came before are told now. */
  listen(onMessage: (message: In) => void): void {
    this.#onMessage = onMessage;
    this.#socket.resume();
  }

  /** Calls back once, when the other process is gone or the connection was closed. */
  onEnd(callback: () => void): void {
    if (this.#socket.destroyed) setImmediate(callback);
    else this.#socket.once('close', callback);
  }

  send(message: Out): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    const lines = text.split('\n');
    this.#keep(lines.shift()!);
    for (const line of lines) {
      const message = parse(this.#rest.join(''));
      this.#rest = [];
      this.#restUnits = 0;
      this.#keep(line);
      // Whoever says nonsense is none of ours.
      if (message === undefined) this.close();
      if (this.#socket.destroyed) return;
      this.#onMessage?.(message as In);
    }
  }

  #keep(part: string): void {
    this.#rest.push(part);
    this.#restUnits += part.length;
    if (this.#restUnits > LONGEST_LINE_UNITS) this.close();
  }
}

/** Messages are objects with a kind, all of them. */
function parse(line: string): object | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The longest message lists what a worker holds: 100 bytes for each of 65536 allocations at most. */
const LONGEST_LINE_UNITS = 64 * 1024 * 1024;
