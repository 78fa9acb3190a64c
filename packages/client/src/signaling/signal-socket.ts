import { CLIENT_PING_SECONDS } from '@madang/wire/limits';

/** Whom a socket tells. */
export interface SignalSocketListener {
  /** The first text to send. */
  entry(): string;
  /** A text that the server answers. */
  ping(): string;
  onText(text: string): void;
  /** The socket is gone: closed (with what code), or nothing was heard. Told once, and the last thing told. */
  onLost(cause: number | 'silence'): void;
}

type Timer = ReturnType<typeof setTimeout>;

/**
 * One WebSocket of a session, with a watch over whether the server is still heard: browsers take minutes to notice a
 * cable that was pulled.
 */
export class SignalSocket {
  readonly #socket: WebSocket | undefined;
  readonly #listener: SignalSocketListener;
  #pingTimer: Timer | undefined;
  #silenceTimer: Timer | undefined;
  #isDone = false;

  /** Opens; lost when `entered()` was not called within `answerMs`. */
  constructor(url: string, listener: SignalSocketListener, answerMs: number) {
    this.#listener = listener;
    this.#silenceTimer = setTimeout(this.#giveUp, answerMs);
    try {
      this.#socket = new WebSocket(url);
    } catch {
      // A page that came over https may not open ws:. Told later, as any failure is.
      queueMicrotask(() => {
        this.#end(NO_CLOSE_FRAME);
      });
      return;
    }
    this.#socket.onopen = () => {
      this.send(listener.entry());
    };
    this.#socket.onmessage = ({ data }: MessageEvent) => {
      if (this.#isDone) return;
      if (this.#pingTimer !== undefined) this.#isHeard();
      if (typeof data === 'string') listener.onText(data);
    };
    // `close` follows and is enough; browsers say nothing more here.
    this.#socket.onerror = () => undefined;
    this.#socket.onclose = ({ code }: CloseEvent) => {
      this.#end(code);
    };
  }

  /** The server has answered: from now on it is asked for a sign of life every 10 seconds. */
  entered(): void {
    this.#isHeard();
    this.#schedulePing();
  }

  send(text: string): void {
    if (!this.#isDone && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Asks for a sign of life now, and has less patience. */
  probe(): void {
    if (this.#isDone || this.#pingTimer === undefined) return;
    this.send(this.#listener.ping());
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(this.#giveUp, PROBE_MS);
  }

  /** Closes; nothing is told any more. */
  close(): void {
    this.#stop();
    // 1000: what was sent before is still delivered.
    this.#socket?.close(1000);
  }

  readonly #giveUp = (): void => {
    this.#end('silence');
  };

  #end(cause: number | 'silence'): void {
    if (this.#isDone) return;
    this.close();
    this.#listener.onLost(cause);
  }

  #stop(): void {
    this.#isDone = true;
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#silenceTimer);
  }

  #isHeard(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = undefined;
  }

  #schedulePing(): void {
    if (this.#isDone) return;
    this.#pingTimer = setTimeout(() => {
      this.send(this.#listener.ping());
      this.#silenceTimer ??= setTimeout(this.#giveUp, ANSWER_MS);
      this.#schedulePing();
    }, PING_MS);
  }
}

/** With `ANSWER_MS`: a server that is silent for 15 s is lost. */
const PING_MS = CLIENT_PING_SECONDS * 1000;
const ANSWER_MS = 5_000;
const PROBE_MS = 3_000;

/** RFC 6455 section 7.1.5: the connection did not come about or broke. */
const NO_CLOSE_FRAME = 1006;
