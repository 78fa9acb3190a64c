import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/** Messages between two processes of this program over a stream socket: one JSON text a line. */
export class JsonLines<In, Out> {
  readonly #socket: Socket;
  #rest: string[] = [];
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
    this.#rest.push(lines.shift()!);
    for (const line of lines) {
      const whole = this.#rest.join('');
      this.#rest = [line];
      this.#onMessage?.(JSON.parse(whole) as In);
    }
  }
}
