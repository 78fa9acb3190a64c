import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Session, SignalingSocket } from '../services/signaling/session.js';
import type { SignalingServer } from '../services/signaling/signaling-server.js';
import type { TurnOfWriting, Writer } from './turn-of-writing.js';
import { textFrameHead } from './websocket-frame.js';

/** What every WebSocket of a server needs besides its own. */
export interface SignalServices {
  readonly signaling: SignalingServer;
  readonly turn: TurnOfWriting;
}

/**
 * A WebSocket of `/signal`. Thousands of them idle: what they do stands in the class, and none has closures, the
 * request it came by, or a list of its own.
 */
export class WebSocketConnection extends WebSocket implements SignalingSocket, Writer {
  #services!: SignalServices;
  #stream!: Socket;
  #session!: Session;
  /** Frames that leave at the end of the turn, each character a byte: written as one string, without a buffer. */
  #gathered = '';

  /** Begins to serve it, once upgraded. */
  serve(services: SignalServices, stream: Socket, address: string): void {
    this.#services = services;
    this.#stream = stream;
    this.#session = services.signaling.accept(this, address);
  }

  get unsentBytes(): number {
    return this.bufferedAmount + this.#gathered.length;
  }

  /** Sends a text with what else is written in this turn or, where it `canWait`, in one soon. */
  sendText(text: string, canWait: boolean): void {
    if (this.readyState !== WebSocket.OPEN) return;
    const length = Buffer.byteLength(text);
    // No extension is agreed on, so a frame is a head and the text; ASCII, as nearly all is, stays what it is.
    const bytes = length === text.length ? text : Buffer.from(text).toString('latin1');
    this.#gathered += textFrameHead(length) + bytes;
    if (canWait) this.#services.turn.joinLater(this);
    else this.#services.turn.join(this);
  }

  flush(): void {
    const bytes = this.#gathered;
    if (bytes === '') return;
    this.#gathered = '';
    this.#stream.write(bytes, 'latin1');
  }

  /** What was to be said before is said before. */
  override close(code?: number): void {
    if (this.readyState === WebSocket.OPEN) this.flush();
    super.close(code);
  }

  /** What `ws` tells listeners comes here: a table of listeners for each connection would hold the same four. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    switch (event) {
      case 'message':
        this.#handleMessage(args[0] as Buffer, args[1] as boolean);
        return true;
      case 'pong':
        this.#services.signaling.handlePong(this.#session);
        return true;
      case 'close':
        this.#handleClose();
        return true;
      case 'error':
        // What breaks the protocol is answered with a close frame by `ws` itself; who does not take that is cut.
        this.terminate();
        return true;
      default:
        return false;
    }
  }

  #handleMessage(data: Buffer, isBinary: boolean): void {
    const { signaling } = this.#services;
    if (isBinary) signaling.handleBinary(this.#session);
    else signaling.handleText(this.#session, data.toString());
  }

  #handleClose(): void {
    const { signaling } = this.#services;
    signaling.release(this.#session.address);
    signaling.handleClose(this.#session);
  }
}
