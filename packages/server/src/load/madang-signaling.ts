import WebSocket from 'ws';
import type { ClientMessage } from '@madang/wire/client-messages';
import { decodeServerMessage } from '@madang/wire/decode';
import { encodeClientMessage } from '@madang/wire/encode';
import { CLIENT_PING_SECONDS } from '@madang/wire/limits';
import { MEDIA_SERVER } from '@madang/wire/media-server';
import type { ServerMessage } from '@madang/wire/server-messages';
import { PROTOCOL_VERSION } from '@madang/wire/version';
import type { SentTrack } from './client-description.js';
import type { JoinOptions, Leaving, MediaSignaling, SignaledClient } from './media-signaling.js';

/** Signaling of Madang, as docs/signaling-protocol.md has it. `url` is that of the server, `http:` or `https:`. */
export class MadangSignaling implements MediaSignaling {
  readonly #url: string;
  readonly #token: string | undefined;

  constructor(options: { url: string; token?: string | undefined }) {
    const url = new URL('/signal', options.url);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#url = url.href;
    this.#token = options.token;
  }

  join(options: JoinOptions): Promise<SignaledClient> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#url, { perMessageDeflate: false });
      const client = new MadangClient(socket, options, { resolve, reject });
      socket.once('open', () => {
        client.enter(this.#token);
      });
    });
  }
}

interface Settling<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

class MadangClient implements SignaledClient {
  readonly #socket: WebSocket;
  readonly #options: JoinOptions;
  readonly #joined: Settling<SignaledClient>;
  readonly #ping: NodeJS.Timeout;
  #state: 'joining' | 'joined' | 'over' = 'joining';
  #ack = 0;
  #requests = 0;
  #answered: Settling<string> | undefined;

  constructor(socket: WebSocket, options: JoinOptions, joined: Settling<SignaledClient>) {
    this.#socket = socket;
    this.#options = options;
    this.#joined = joined;
    this.#ping = setInterval(() => {
      this.#send({ type: 'ping', ack: this.#ack });
    }, CLIENT_PING_SECONDS * 1000);
    socket.on('error', (error) => {
      this.#fail(error.message);
    });
    socket.on('close', (code) => {
      this.#fail(`the server closed the connection: ${code}`);
    });
    socket.on('message', (data: Buffer) => {
      const decoded = decodeServerMessage(data.toString());
      if (decoded.ok) this.#handle(decoded.message);
    });
  }

  enter(token: string | undefined): void {
    const { room, name, publishes } = this.#options;
    this.#send({
      type: 'join',
      version: PROTOCOL_VERSION,
      room,
      name,
      topology: 'sfu',
      ...(token !== undefined && { token }),
      ...(publishes === 'no' && { role: 'viewer' }),
    });
  }

  publish(sdp: string, tracks: readonly SentTrack[]): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
      for (const { trackId, kind, mid } of tracks) {
        const source = kind === 'audio' ? 'microphone' : 'camera';
        this.#send({
          type: 'publish',
          ...this.#request(),
          track: { trackId, kind, source, muted: false, mid },
        });
      }
      this.#send({ type: 'offer', ...this.#request(), to: MEDIA_SERVER, connection: 'up', sdp });
    });
  }

  subscribe(): Promise<void> {
    // Offers come as soon as there is something.
    return Promise.resolve();
  }

  leave(manner: Leaving): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    clearInterval(this.#ping);
    if (manner === 'silence') {
      this.#socket.terminate();
      return;
    }
    if (this.#socket.readyState === WebSocket.OPEN) this.#send({ type: 'leave', ...this.#request() });
    this.#socket.close();
  }

  #handle(message: ServerMessage): void {
    if ('seq' in message && message.seq !== undefined) this.#ack = message.seq;
    switch (message.type) {
      case 'joined':
        this.#state = 'joined';
        this.#joined.resolve(this);
        return;
      case 'offer':
        if (message.from === MEDIA_SERVER) this.#answer(message.sdp);
        return;
      case 'answer':
        if (message.from === MEDIA_SERVER) this.#answered?.resolve(message.sdp);
        return;
      case 'waiting':
        this.#fail('the room has a lobby');
        return;
      case 'error':
        this.#fail(`the server refused: ${message.code}`);
        return;
      case 'mediaRefused':
        this.#fail(`the media server refused the description of ${message.connection}: ${message.reason}`);
        return;
      case 'mediaRestart':
        this.#fail(`the media server gave up the connection ${message.connection}`);
        return;
      case 'ended':
        this.#fail(`the session ended: ${message.reason}`);
        return;
      default:
    }
  }

  #answer(offer: string): void {
    const sdp = this.#options.offered(offer);
    this.#send({ type: 'answer', ...this.#request(), to: MEDIA_SERVER, connection: 'down', sdp });
    this.#options.answered();
  }

  #request(): { readonly id: number; readonly ack: number } {
    return { id: ++this.#requests, ack: this.#ack };
  }

  #send(message: ClientMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(encodeClientMessage(message));
  }

  #fail(reason: string): void {
    if (this.#state === 'over') return;
    const error = new Error(reason);
    if (this.#state === 'joining') this.#joined.reject(error);
    else this.#options.failed(reason);
    this.#state = 'over';
    this.#answered?.reject(error);
    clearInterval(this.#ping);
    this.#socket.close();
  }
}
