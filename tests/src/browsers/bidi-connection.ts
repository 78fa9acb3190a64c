import WebSocket from 'ws';

/** A connection that speaks WebDriver BiDi (W3C): commands and their answers, and events. */
export class BidiConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #onEvent: (method: string, parameters: unknown) => void;
  #lastId = 0;

  /** Connects to `ws://HOST:PORT/session`. */
  static async open(
    url: string,
    onEvent: (method: string, parameters: unknown) => void,
  ): Promise<BidiConnection> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new BidiConnection(socket, onEvent);
  }

  private constructor(socket: WebSocket, onEvent: (method: string, parameters: unknown) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on('message', (data: Buffer) => {
      this.#receive(JSON.parse(data.toString()) as Message);
    });
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the browser has gone'));
      this.#waiting.clear();
    });
    socket.on('error', () => undefined);
  }

  /** Sends a command and answers its result; rejects with what the browser says against it. */
  command<Result>(method: string, parameters: object): Promise<Result> {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params: parameters }));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
    });
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(message: Message): void {
    if (message.type === 'event') {
      this.#onEvent(message.method, message.params);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'success') waiting?.resolve(message.result);
    else waiting?.reject(new Error(`${message.error}: ${message.message}`));
  }
}

type Message =
  | { readonly type: 'success'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: string; readonly message: string }
  | { readonly type: 'event'; readonly method: string; readonly params: unknown };
