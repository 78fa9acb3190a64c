import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { parseIpAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Attribute, STUN_ATTRIBUTES, TURN_ATTRIBUTES } from '@madang/core/stun/attributes';
import { KnownAttributes } from '@madang/core/stun/known-attributes';
import { LongTermClient } from '@madang/core/stun/long-term-client';
import { MessageClass, messageType } from '@madang/core/stun/message-type';
import { StunMessageView } from '@madang/core/stun/message-view';
import { StunMessageWriter } from '@madang/core/stun/message-writer';
import { Method } from '@madang/core/stun/methods';
import { StreamDeframer } from '@madang/core/turn/stream-framing';
import { NodeCrypto } from '../crypto/node-crypto.js';
import type { Certificate } from '../crypto/certificate.js';
import { bindTcpSocket, localAddressOf } from '../native/libc/socket.js';
import { newReservationToken } from '../workers/reservation-tokens.js';
import { TurnEngine } from '../workers/turn-engine.js';
import type { TurnEngineOptions } from '../workers/engine-options.js';

/** A whole engine on loopback, and everything a test opened, closed again by `stop`. */
export class TcpRelayBench {
  readonly engine: TurnEngine;
  readonly turnPort: number;
  readonly held: { count: number };
  readonly #tls: 'tls' | 'tcp';
  readonly #closers: (() => void)[] = [];

  static async create(options: BenchOptions = {}): Promise<TcpRelayBench> {
    const held = { count: 0 };
    const bound = bindTcpSocket(address('127.0.0.1', 0));
    if (!bound.ok) throw new Error(`bind failed with errno ${bound.errno}`);
    const turnPort = localAddressOf(bound.fd)!.port;
    const engine = await TurnEngine.create(engineOptions(options, bound.fd, turnPort), {
      quota: {
        admit: (_holder, answer) => {
          held.count++;
          answer('granted');
        },
        release: () => {
          held.count--;
        },
      },
      reservations: {
        newToken: () => newReservationToken(0),
        claim: (_token, _username, answer) => answer(undefined),
        giveBack: () => undefined,
        onYield: () => undefined,
      },
      log: () => undefined,
    });
    return new TcpRelayBench(engine, turnPort, held, options.certificate === undefined ? 'tcp' : 'tls');
  }

  private constructor(
    engine: TurnEngine,
    turnPort: number,
    held: { count: number },
    transport: 'tls' | 'tcp',
  ) {
    this.engine = engine;
    this.turnPort = turnPort;
    this.held = held;
    this.#tls = transport;
  }

  async client(user = 'alice'): Promise<StreamTurnClient> {
    const socket =
      this.#tls === 'tls'
        ? connectTls({
            port: this.turnPort,
            host: '127.0.0.1',
            rejectUnauthorized: false,
            allowHalfOpen: true,
          } as never)
        : connect({ port: this.turnPort, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, this.#tls === 'tls' ? 'secureConnect' : 'connect');
    this.#closers.push(() => socket.destroy());
    return new StreamTurnClient(socket, user);
  }

  /** A client with a TCP allocation and a permission for loopback. */
  async allocation(family: 4 | 6 = 4): Promise<{ control: StreamTurnClient; relayed: TransportAddress }> {
    const control = await this.client();
    const allocated = await control.request(Method.allocate, (writer) => {
      writer.u8WithReserved(Attribute.requestedTransport, 6);
      if (family === 6) writer.u8WithReserved(Attribute.requestedAddressFamily, 2);
    });
    if (allocated.code !== 0) throw new Error(`Allocate was answered ${allocated.code}`);
    const relayed = allocated.view.readXorAddress(allocated.view.find(Attribute.xorRelayedAddress))!;
    return { control, relayed };
  }

  /** A data connection bound to `connectionId`. */
  async bind(connectionId: number): Promise<StreamTurnClient> {
    const data = await this.client();
    const bound = await data.bind(connectionId);
    if (bound.code !== 0) throw new Error(`ConnectionBind was answered ${bound.code}`);
    return data;
  }

  /** A listening peer whose connections go to `handle`. */
  async peer(handle: (socket: Socket) => void, host = '127.0.0.1'): Promise<TransportAddress> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      this.#closers.push(() => socket.destroy());
      handle(socket);
    });
    this.#closers.push(() => server.close());
    await listening(server, 0, host);
    return address(host, (server.address() as AddressInfo).port);
  }

  /** A peer that connects to a relayed address. */
  dial(relayed: TransportAddress): Promise<Socket> {
    const socket = connect({ port: relayed.port, host: '127.0.0.1', allowHalfOpen: true });
    this.#closers.push(() => socket.destroy());
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(socket));
      // Refused at once: the reset may be here before we look.
      socket.on('error', () => resolve(socket));
    });
  }

  stop(): void {
    for (const close of this.#closers) close();
    this.engine.stop();
  }
}

export interface BenchOptions {
  readonly certificate?: Certificate;
  readonly relayPorts?: readonly [first: number, last: number];
  readonly network?: 'native' | 'portable';
}

export interface Answer {
  /** 0 for a success response or an indication. */
  readonly code: number;
  readonly view: StunMessageView;
  readonly connectionId: number;
}

/** TURN over one TCP or TLS connection: requests one after the other, indications, and payload once it is bound. */
export class StreamTurnClient {
  readonly socket: Socket;
  readonly indications: Answer[] = [];
  readonly #user: string;
  readonly #longTerm: LongTermClient;
  readonly #deframer = new StreamDeframer({ maximumFrameLength: 65_539 });
  #waiting: ((answer: Answer) => void) | undefined;
  #indication: (() => void) | undefined;
  #mode: 'messages' | 'binding' | 'payload' = 'messages';
  #onPayload: ((bytes: Uint8Array) => void) | undefined;
  #early: Uint8Array[] = [];

  constructor(socket: Socket, user: string) {
    this.socket = socket;
    this.#user = user;
    this.#longTerm = new LongTermClient({
      crypto: new NodeCrypto(),
      username: user,
      password: `secret-${user}`,
    });
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => this.#handleBytes(bytes));
  }

  /** Sends a request, again with credentials when asked for them, and gives the answer. */
  async request(method: number, build: (writer: StunMessageWriter) => void): Promise<Answer> {
    for (;;) {
      const writer = new StunMessageWriter({ buffer: new Uint8Array(1024) });
      writer.begin(messageType(method, MessageClass.request), randomBytes(12), 0);
      build(writer);
      this.#longTerm.authenticate(writer);
      const answered = new Promise<Answer>((resolve) => (this.#waiting = resolve));
      this.socket.write(writer.buffer.subarray(0, writer.length));
      const answer = await answered;
      const verdict = this.#longTerm.handleResponse(answer.view);
      if (verdict === 'discard') throw new Error(`${this.#user}: an answer had no valid integrity`);
      if (verdict !== 'retry') return answer;
    }
  }

  /** ConnectionBind; after a success this connection carries payload. */
  async bind(connectionId: number): Promise<Answer> {
    this.#mode = 'binding';
    const answer = await this.request(Method.connectionBind, (writer) => {
      writer.u32(Attribute.connectionId, connectionId);
    });
    return answer;
  }

  connectTo(peer: TransportAddress): Promise<Answer> {
    return this.request(Method.connect, (writer) => writer.xorAddress(Attribute.xorPeerAddress, peer));
  }

  async permit(peer: TransportAddress): Promise<void> {
    const build = (writer: StunMessageWriter): unknown => writer.xorAddress(Attribute.xorPeerAddress, peer);
    const { code } = await this.request(Method.createPermission, build);
    if (code !== 0) throw new Error(`CreatePermission was answered ${code}`);
  }

  /** Deletes the allocation. */
  async release(): Promise<void> {
    await this.request(Method.refresh, (writer) => writer.u32(Attribute.lifetime, 0));
  }

  async nextIndication(): Promise<Answer> {
    if (this.indications.length === 0) await new Promise<void>((resolve) => (this.#indication = resolve));
    return this.indications.shift()!;
  }

  /** Where payload goes from now on, what came before included. */
  onPayload(take: (bytes: Uint8Array) => void): void {
    this.#onPayload = take;
    for (const bytes of this.#early.splice(0)) take(bytes);
  }

  #handleBytes(bytes: Uint8Array): void {
    if (this.#mode === 'payload') {
      if (this.#onPayload === undefined) this.#early.push(bytes);
      else this.#onPayload(bytes);
      return;
    }
    const result = this.#deframer.push(bytes, 0, bytes.length, {
      handleFrame: (frame, offset, length) => this.#handleFrame(frame.slice(offset, offset + length)),
    });
    const rest = bytes.subarray(this.#deframer.consumed);
    if (result === 'stopped' && rest.length > 0) this.#handleBytes(rest);
  }

  #handleFrame(bytes: Uint8Array): 'continue' | 'stop' {
    const view = new StunMessageView(new KnownAttributes([...STUN_ATTRIBUTES, ...TURN_ATTRIBUTES]));
    view.parse(bytes, 0, bytes.length);
    const answer: Answer = {
      code: view.readErrorCode(view.find(Attribute.errorCode)) ?? 0,
      view,
      connectionId: view.readU32(view.find(Attribute.connectionId)) ?? 0,
    };
    if (view.messageClass === MessageClass.indication) {
      this.indications.push(answer);
      this.#indication?.();
      return 'continue';
    }
    const isBound = this.#mode === 'binding' && answer.code === 0;
    if (isBound) this.#mode = 'payload';
    this.#waiting?.(answer);
    return isBound ? 'stop' : 'continue';
  }
}

export function address(host: string, port: number): TransportAddress {
  return { ...parseIpAddress(host)!, port };
}

/** Resolves when the server listens; rejects with the system's error. */
export async function listening(server: Server, port: number, host: string): Promise<void> {
  server.listen({ port, host });
  await once(server, 'listening');
}

/** A free port now, likely free in a moment too: the system hands out others first. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server, 0, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function engineOptions(options: BenchOptions, fd: number, port: number): TurnEngineOptions {
  const unlimited = { perAddress: 0, perAddressBurst: 0, perPrefix: 0, total: 0 };
  const [firstPort, lastPort] = options.relayPorts ?? [49_152, 65_535];
  return {
    shard: { index: 0, count: 1 },
    network: options.network ?? 'native',
    realm: 'test',
    secrets: [],
    users: ['alice', 'mallory'].map((name) => ({ name, password: `secret-${name}` })),
    nonceKey: randomBytes(32).toString('hex'),
    listeners: [{ protocol: 'tcp', address: '127.0.0.1', port, fd }],
    ...(options.certificate && { tls: options.certificate }),
    relay: {
      firstPort,
      lastPort,
      addresses: ['127.0.0.1', '::1'].map((bind) => ({ bind, announced: bind })),
    },
    peers: { allow: ['127.0.0.0/8', '::1/128'], deny: [], nat64Prefixes: [], ownAddresses: [] },
    features: { tcpRelay: 'on', icmpReports: 'off' },
    limits: {
      turn: {},
      bindingRate: unlimited,
      natDiscoveryRate: unlimited,
      unauthenticatedRate: unlimited,
      paths: 1000,
      dtlsHandshakesTotal: 10,
      dtlsHandshakesPerAddress: 10,
      unauthenticatedSeconds: 10,
      halfOpenPerAddress: 100,
      halfOpenTotal: 100,
      writeBufferBytes: 65_536,
    },
    receiveBufferBytes: 0,
    sendBufferBytes: 0,
  };
}
