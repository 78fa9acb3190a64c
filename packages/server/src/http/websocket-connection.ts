import type { Socket } from 'node:net';
import { WireLimit } from '@madang/wire/limits';
import type { Session, SignalingSocket } from '../services/signaling/session.js';
import type { SignalingServer } from '../services/signaling/signaling-server.js';
import type { TurnOfWriting, Writer } from './turn-of-writing.js';
import { closeFrame, PING_FRAME, pongFrame, textFrameHead } from './websocket-frame.js';
import { MessageReader } from './websocket-reader.js';
import type { MessageSink } from './websocket-reader.js';

/** What every WebSocket of a server needs besides its own. */
export interface SignalServices {
  readonly signaling: SignalingServer;
  readonly turn: TurnOfWriting;
}

/**
 * A WebSocket of `/signal` after the handshake. Thousands of them idle and each message passes here, so it has no
 * closures and no stream of its own: bytes are read as they come and written as one string in each turn.
 */
export class WebSocketConnection implements SignalingSocket, Writer, MessageSink {
  readonly #services: SignalServices;
  readonly #stream: Socket;
  readonly #session: Session;
  readonly #reader = new MessageReader(READER_LIMITS);
  /** `closing`: our close frame is out, and nothing is said after it. */
  #state: 'open' | 'closing' = 'open';
  /** Frames that leave at the end of the turn, each character a byte: written as one string, without a buffer. */
  #gathered = '';

  /** Takes the stream over; `head` is what the client has sent behind its handshake. */
  constructor(services: SignalServices, stream: Socket, address: string, head: Buffer) {
    this.#services = services;
    this.#stream = stream;
    this.#session = services.signaling.accept(this, address);
    (stream as Served)[CONNECTION] = this;
    stream.setTimeout(0);
    stream.setNoDelay();
    if (head.length > 0) this.handleBytes(head);
    stream.on('data', handleData).on('end', handleEnd).on('error', ignore).on('close', handleGone);
  }

  get unsentBytes(): number {
    return this.#stream.writableLength + this.#gathered.length;
  }

  /** Sends a text with what else is written in this turn. */
  sendText(text: string): void {
    const length = Buffer.byteLength(text);
    // A frame is a head and the text; ASCII, as nearly all is, stays what it is.
    const bytes = length === text.length ? text : Buffer.from(text).toString('latin1');
    this.#gather(textFrameHead(length) + bytes);
  }

  ping(): void {
    this.#gather(PING_FRAME);
  }

  /** Says goodbye after what was to be said before; the client answers, and the connection ends. */
  close(code: number | undefined): void {
    if (this.#state !== 'open') return;
    this.#gathered += closeFrame(code);
    this.flush();
    this.#state = 'closing';
  }

  terminate(): void {
    this.#stream.destroy();
  }

  flush(): void {
    const bytes = this.#gathered;
    if (bytes === '') return;
    this.#gathered = '';
    if (this.#stream.writable) this.#stream.write(bytes, 'latin1');
  }

  handleBytes(bytes: Buffer): void {
    this.#reader.read(bytes, this);
  }

  handleText(text: string): void {
    this.#services.signaling.handleText(this.#session, text);
  }

  handleBinary(): void {
    this.#services.signaling.handleBinary(this.#session);
  }

  handlePing(payload: string): void {
    this.#services.signaling.handleSign(this.#session);
    // Who does not read gets no more of them.
    if (this.unsentBytes <= UNSENT_FOR_PONG_BYTES) this.#gather(pongFrame(payload));
  }

  handlePong(): void {
    this.#services.signaling.handleSign(this.#session);
  }

  handleClose(code: number | undefined): void {
    this.close(code);
    this.#stream.destroySoon();
  }

  handleViolation(code: number): void {
    this.#services.signaling.handleViolation(this.#session, code);
    // What still comes is read and dropped: bytes left unread would take the close frame away from the client.
    this.#stream.end();
  }

  /** The TCP connection is no more. */
  handleGone(): void {
    const { signaling } = this.#services;
    this.#state = 'closing';
    signaling.release(this.#session.address);
    signaling.handleClose(this.#session);
  }

  #gather(frame: string): void {
    if (this.#state !== 'open') return;
    if (this.#gathered === '') this.#services.turn.join(this);
    this.#gathered += frame;
  }
}

/** The listeners of all streams are the same few; a stream knows whose it is. */
const CONNECTION = Symbol('connection');

type Served = Socket & { [CONNECTION]?: WebSocketConnection };

function handleData(this: Served, bytes: Buffer): void {
  this[CONNECTION]!.handleBytes(bytes);
}

/** A client that says nothing more hears nothing more either. */
function handleEnd(this: Served): void {
  this.destroySoon();
}

function handleGone(this: Served): void {
  this[CONNECTION]!.handleGone();
}

/** `close` follows. */
function ignore(): void {
  // Nothing to do.
}

/** Threat G6: tiny fragments cost more than they carry. */
const READER_LIMITS = { messageBytes: WireLimit.sdpMessageBytes, fragments: 64 };
const UNSENT_FOR_PONG_BYTES = 64 * 1024;
