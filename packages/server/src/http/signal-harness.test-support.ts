import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import WebSocket from 'ws';
import type { ClientOptions } from 'ws';
import { DEFAULT_ROOM_LIMITS } from '@madang/core/room/room-contract';
import type { RoomLimits } from '@madang/core/room/room-contract';
import { parseCidr } from '@madang/core/policy/cidr';
import { isPosted } from '@madang/wire/client-messages';
import type { RequestMessage } from '@madang/wire/client-messages';
import { decodeServerMessage } from '@madang/wire/decode';
import type { ServerMessage } from '@madang/wire/server-messages';
import { PROTOCOL_VERSION } from '@madang/wire/version';
import { systemClock } from '../drivers/clock.js';
import { DEFAULT_SIGNALING_LIMITS } from '../services/signaling/signaling-limits.js';
import type { SignalingLimits } from '../services/signaling/signaling-limits.js';
import { SignalingServer } from '../services/signaling/signaling-server.js';
import { addSignalRoute } from './websocket.js';

export const SECRET = 'a secret of the tests, 32 characters or more';

/** The limits of a public server but for those per address: everybody here comes from one. */
export const TEST_LIMITS: SignalingLimits = {
  ...DEFAULT_SIGNALING_LIMITS,
  connectionsPerSecond: 0,
  connectionsPerAddress: 0,
  newRoomsPerMinute: 0,
};

/** Signaling behind a real HTTP server on a free port. */
export class SignalServer {
  readonly signaling: SignalingServer;
  readonly app: FastifyInstance;
  readonly gone: string[];
  /** What the server logged: nothing, unless something of it failed. */
  readonly logged: string[];
  readonly clients: SignalClient[] = [];

  private constructor(signaling: SignalingServer, app: FastifyInstance, gone: string[], logged: string[]) {
    this.signaling = signaling;
    this.app = app;
    this.gone = gone;
    this.logged = logged;
  }

  static async start(
    options: {
      access?: 'open' | 'token';
      limits?: Partial<SignalingLimits>;
      roomLimits?: Partial<RoomLimits>;
      allowedOrigins?: readonly string[];
      trustedProxies?: readonly string[];
      secret?: string;
      loopLagMs?: () => number;
      /** Who is gone, as a run before this one has left it. */
      gone?: readonly string[];
    } = {},
  ): Promise<SignalServer> {
    const gone = [...(options.gone ?? [])];
    const logged: string[] = [];
    const signaling = new SignalingServer({
      topologies: ['mesh'],
      media: undefined,
      access: options.access ?? 'open',
      secret: options.secret ?? SECRET,
      rooms: 1000,
      roomLimits: { ...DEFAULT_ROOM_LIMITS, ...options.roomLimits },
      limits: { ...TEST_LIMITS, ...options.limits },
      clock: systemClock,
      log: (_level, message, fields) => {
        logged.push(`${message} ${JSON.stringify(fields)}`);
      },
      isReady: () => true,
      iceConfiguration: (room, participantId) => ({
        iceServers: [{ urls: ['turn:127.0.0.1'], username: `1:${room}:${participantId}`, credential: 'x' }],
        iceServersExpireAt: Date.now() + 1000,
      }),
      onGone: (_room, participantId) => {
        gone.push(participantId);
      },
      isGone: (_room, participantId) => gone.includes(participantId),
      loopLagMs: options.loopLagMs ?? (() => 0),
    });
    const app = fastify({ forceCloseConnections: true });
    app.get('/page', () => 'a page');
    addSignalRoute(app, {
      signaling,
      allowedOrigins: options.allowedOrigins ?? [],
      trustedProxies: (options.trustedProxies ?? []).map((text) => {
        const read = parseCidr(text);
        if (!read.ok) throw new Error(read.reason);
        return read.cidr;
      }),
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    return new SignalServer(signaling, app, gone, logged);
  }

  get port(): number {
    return (this.app.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/signal`;
  }

  /** A connected socket that has said nothing yet. */
  async connect(options: ClientOptions = {}): Promise<SignalClient> {
    const client = await SignalClient.connect(this.url, options);
    this.clients.push(client);
    return client;
  }

  /** A client in a room. */
  async join(name: string, more: Record<string, unknown> = {}): Promise<SignalClient> {
    const client = await this.connect();
    await client.join({ room: 'tea', name, ...more });
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.socket.terminate();
    await this.signaling.stop();
    await this.app.close();
  }
}

/** A client over a real WebSocket. */
export class SignalClient {
  readonly socket: WebSocket;
  readonly received: ServerMessage[] = [];
  readonly closed: Promise<number>;
  closeCode: number | undefined;
  participantId = '';
  resumeToken = '';
  lastSeq = 0;
  #nextId = 1;
  readonly #waiting = new Set<() => void>();

  static async connect(url: string, options: ClientOptions = {}): Promise<SignalClient> {
    const socket = new WebSocket(url, options);
    const client = new SignalClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#receive(data.toString());
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.closeCode = code;
        resolve(code);
        this.#wake();
      });
    });
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  async join(fields: Record<string, unknown>): Promise<void> {
    this.send({ type: 'join', version: PROTOCOL_VERSION, ...fields });
    const seen = this.received.length;
    await this.until(() => this.received.length > seen || this.closeCode !== undefined);
  }

  /** Sends a request and waits for its answer: `ok` (or a pong that says it was handled) or the code of the error. */
  async ask(request: { type: RequestMessage['type'] } & Record<string, unknown>): Promise<string> {
    const id = this.#nextId++;
    this.send({ id, ack: this.lastSeq, ...request });
    const isAnswered = !isPosted(request.type);
    if (!isAnswered) this.send({ type: 'ping', ack: this.lastSeq });
    const find = () =>
      this.received.find(
        (one) =>
          ((one.type === 'ok' || one.type === 'error') && one.re === id) ||
          (one.type === 'pong' && !isAnswered && one.lastRequestId >= id),
      );
    await this.until(() => find() !== undefined || this.closeCode !== undefined);
    const answer = find();
    return answer === undefined ? `closed ${this.closeCode}` : answer.type === 'error' ? answer.code : 'ok';
  }

  /** Goes on with another client's session. */
  async resume(from: SignalClient, more: Record<string, unknown> = {}): Promise<void> {
    this.lastSeq = from.lastSeq;
    this.#nextId = from.#nextId;
    this.participantId = from.participantId;
    const { resumeToken, lastSeq: ack } = from;
    this.send({ type: 'resume', version: PROTOCOL_VERSION, resumeToken, ack, ...more });
    await this.until(() => this.received.length > 0 || this.closeCode !== undefined);
  }

  all<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.received.filter((one) => one.type === type) as Extract<ServerMessage, { type: T }>[];
  }

  last<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }> | undefined {
    return this.all(type).at(-1);
  }

  /** Waits for the first message of a type. */
  async next<T extends ServerMessage['type']>(type: T): Promise<Extract<ServerMessage, { type: T }>> {
    await this.until(() => this.last(type) !== undefined);
    return this.last(type)!;
  }

  /** Waits until something holds; looked at after each message. */
  async until(holds: () => boolean, timeoutMs = 5000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!holds()) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`waited in vain for ${holds}; got ${this.#summary()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 100));
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #receive(text: string): void {
    const decoded = decodeServerMessage(text);
    if (!decoded.ok) throw new Error(`not a server message: ${text}`);
    const { message } = decoded;
    if ('seq' in message && message.seq !== undefined) {
      const isAnew = 'restored' in message && message.restored;
      if (!isAnew && message.seq !== this.lastSeq + 1) throw new Error(`a gap before ${text}`);
      this.lastSeq = message.seq;
    }
    if ('resumeToken' in message) this.resumeToken = message.resumeToken;
    if (message.type === 'joined' || message.type === 'waiting') this.participantId = message.participantId;
    this.received.push(message);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #summary(): string {
    return `${this.received.map((one) => one.type).join(' ')} close=${this.closeCode}`;
  }
}
