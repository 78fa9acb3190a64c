import assert from 'node:assert/strict';
import type { Arrival, PathId, SocketId } from '../../path/path.js';
import { NO_PATH } from '../../path/path.js';
import type { TransportAddress } from '../../path/transport-address.js';
import { Transport } from '../../path/transport-address.js';
import { Attribute, STUN_ATTRIBUTES, TURN_ATTRIBUTES } from '../../stun/attributes.js';
import { BindingServer } from '../../stun/binding-server.js';
import { KnownAttributes } from '../../stun/known-attributes.js';
import { LongTermClient } from '../../stun/long-term-client.js';
import { MessageClass, messageType } from '../../stun/message-type.js';
import { StunMessageView } from '../../stun/message-view.js';
import { StunMessageWriter } from '../../stun/message-writer.js';
import { Method } from '../../stun/methods.js';
import { StunParseResult } from '../../stun/parse-result.js';
import type { Instant, WallClockSeconds } from '../../time/instant.js';
import { instant, NEVER } from '../../time/instant.js';
import type { FixedUser } from '../credentials.js';
import { Credentials, mintTimeLimitedCredential } from '../credentials.js';
import type { PeerDecider, TurnFeatures, TurnLimits } from '../turn-options.js';
import { TurnServer } from '../turn-server.js';
import type { Sent } from './recording-host.test-support.js';
import { nodeCrypto, CountingRandom, address, RecordingHost } from './recording-host.test-support.js';

const LISTENER: SocketId = 0;

export const REALM = 'madang';
export const SECRET = 'an-old-secret-of-thirty-two-bytes';

export interface BenchOptions {
  features?: Partial<TurnFeatures>;
  limits?: Partial<TurnLimits>;
  peerPolicy?: PeerDecider;
  isRelayedAddress?: (source: TransportAddress) => boolean;
  fixedUsers?: readonly FixedUser[];
  secrets?: readonly string[];
}

/** A TURN server, its host and its clients on a virtual clock. */
export class TurnBench {
  readonly host = new RecordingHost();
  readonly server: TurnServer;
  now: Instant = instant(1_000_000);
  wallClock = 1_800_000_000;
  /** Answers that may go to strangers; tests lower it. */
  unauthenticatedReplies = Infinity;
  /** manual: the test answers openRelay itself. */
  opening: 'automatic' | 'manual' = 'automatic';

  constructor(options: BenchOptions = {}) {
    this.server = new TurnServer({
      host: this.host,
      crypto: nodeCrypto,
      random: new CountingRandom(),
      credentials: new Credentials({
        crypto: nodeCrypto,
        realm: REALM,
        secrets: options.secrets ?? [SECRET],
        fixedUsers: options.fixedUsers ?? [],
      }),
      nonceKey: new Uint8Array(32).fill(9),
      peerPolicy: options.peerPolicy ?? {
        decide: (peer) => (peer.port === 0 ? 'port_zero' : peer.bytes[0] === 10 ? 'private' : 'allowed'),
      },
      isRelayedAddress: options.isRelayedAddress ?? (() => false),
      binding: new BindingServer(),
      admitUnauthenticatedReply: () => (this.unauthenticatedReplies-- > 0 ? 'admitted' : 'limited'),
      limits: { allocationBytesPerSecond: 0, ...options.limits },
      features: options.features ?? {},
    });
  }

  /** Lets virtual time pass; every deadline on the way is kept to the moment. */
  advance(seconds: number): void {
    const end = (this.now + seconds * 1000) as Instant;
    for (
      let next = this.server.nextDeadline();
      next <= end && next !== NEVER;
      next = this.server.nextDeadline()
    ) {
      const moment = Math.max(next, this.now) as Instant;
      this.wallClock += (moment - this.now) / 1000;
      this.now = moment;
      this.server.handleTimeout(this.now);
    }
    this.wallClock += (end - this.now) / 1000;
    this.now = end;
  }

  deliver(arrival: Arrival, bytes: Uint8Array): void {
    this.host.arrival = arrival;
    // At an offset, because receive slabs hold many messages.
    const slab = new Uint8Array(bytes.length + 13);
    slab.set(bytes, 7);
    this.server.handleClientDatagram(
      this.now,
      this.wallClock as WallClockSeconds,
      arrival,
      slab,
      7,
      bytes.length,
    );
    this.host.arrival = undefined;
    if (this.opening === 'automatic') this.openRelays();
  }

  openRelays(): void {
    for (const request of this.host.requests.splice(0)) {
      this.server.handleRelayOpened(this.now, request.requestId, this.host.open(request));
    }
  }

  /** A datagram from a peer to a relayed address. */
  deliverFromPeer(relay: SocketId, peer: TransportAddress, payload: Uint8Array): void {
    const arrival = arrivalOf(relay, peer, Transport.udp);
    arrival.path = this.host.paths.lookup(arrival);
    this.server.handlePeerDatagram(this.now, arrival, payload, 0, payload.length);
  }

  /** What was sent since the last call. */
  takeSent(): Sent[] {
    return this.host.sent.splice(0);
  }

  dropCount(name: string): number {
    return this.host.drops.get(name) ?? 0;
  }

  /** Everything that could leak, by name; all zero when nobody is there. */
  books(): Record<string, number> {
    const counts = this.server.counts();
    return {
      allocations: counts.allocations,
      pending: counts.pendingAllocations,
      reservations: counts.reservations,
      peerConnections: counts.peerConnections,
      openRelays: this.host.relays.size,
      heldReservations: this.host.reservations.size,
      paths: this.host.paths.size - this.host.connectionPaths.size,
      timers: this.server.nextDeadline() === NEVER ? 0 : 1,
    };
  }
}

export function arrivalOf(socket: SocketId, source: TransportAddress, transport: Transport): Arrival {
  const words = new Uint32Array(8);
  const view = new DataView(source.bytes.buffer, source.bytes.byteOffset);
  for (let i = 0; i < source.bytes.length / 4; i++) words[i] = view.getUint32(4 * i);
  return { path: NO_PATH, socket, transport, family: source.family, port: source.port, words };
}

/** A response or indication, with its bytes kept. */
export class Answer {
  readonly view = new StunMessageView(new KnownAttributes([...STUN_ATTRIBUTES, ...TURN_ATTRIBUTES]));
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    assert.equal(this.view.parse(bytes, 0, bytes.length), StunParseResult.ok);
  }

  /** 0 for a success response. */
  get code(): number {
    if (this.view.messageClass === MessageClass.successResponse) return 0;
    return this.view.readErrorCode(this.view.find(Attribute.errorCode)) ?? -1;
  }

  get attributes(): number[] {
    return Array.from({ length: this.view.attributeCount }, (_, i) => this.view.attributeType(i));
  }

  u32(type: number): number | undefined {
    return this.view.readU32(this.view.find(type));
  }

  xorAddress(type: number): TransportAddress | undefined {
    return this.view.readXorAddress(this.view.find(type));
  }
}

let transactionCounter = 0;

export interface ClientOptions {
  address?: string;
  port?: number;
  identity?: string;
  transport?: Transport;
  ttlSeconds?: number;
  secret?: string;
  username?: string;
  password?: string;
  supportedAlgorithms?: readonly number[];
}

/** A TURN client at one 5-tuple. */
export class TestClient {
  readonly bench: TurnBench;
  readonly source: TransportAddress;
  readonly transport: Transport;
  readonly socket: SocketId;
  readonly username: string;
  readonly longTerm: LongTermClient;
  #path: PathId = NO_PATH;
  readonly #writer = new StunMessageWriter({ buffer: new Uint8Array(70_000) });

  constructor(bench: TurnBench, options: ClientOptions = {}) {
    this.bench = bench;
    this.source = address(options.address ?? '203.0.113.5', options.port ?? 40_000);
    this.transport = options.transport ?? Transport.udp;
    const minted = mintTimeLimitedCredential({
      crypto: nodeCrypto,
      secret: options.secret ?? SECRET,
      identity: options.identity ?? 'alice',
      expiresAt: (bench.wallClock + (options.ttlSeconds ?? 3600)) as WallClockSeconds,
    });
    this.username = options.username ?? minted.username;
    this.longTerm = new LongTermClient({
      crypto: nodeCrypto,
      username: this.username,
      password: options.password ?? minted.password,
      ...(options.supportedAlgorithms === undefined
        ? {}
        : { supportedAlgorithms: options.supportedAlgorithms }),
    });
    this.socket = this.transport === Transport.udp ? LISTENER : bench.host.takeSocket();
    if (this.transport !== Transport.udp) {
      this.#path = bench.host.paths.intern(arrivalOf(this.socket, this.source, this.transport));
      bench.host.connectionPaths.add(this.#path);
    }
  }

  get arrival(): Arrival {
    const arrival = arrivalOf(this.socket, this.source, this.transport);
    arrival.path = this.bench.host.paths.lookup(arrival);
    return arrival;
  }

  get path(): PathId {
    return this.arrival.path;
  }

  /** Sends bytes as they are; returns the answers that came to this client. */
  sendRaw(bytes: Uint8Array): Answer[] {
    this.bench.takeSent();
    this.bench.deliver(this.arrival, bytes);
    return this.takeAnswers();
  }

  /** STUN messages sent to this client since the last look; others stay. */
  takeAnswers(): Answer[] {
    const answers: Answer[] = [];
    const rest: Sent[] = [];
    for (const sent of this.bench.takeSent()) {
      if (sent.kind === 'reply' && sent.arrival.port === this.source.port)
        answers.push(new Answer(sent.bytes));
      else if (sent.kind === 'send') answers.push(new Answer(sent.bytes));
      else rest.push(sent);
    }
    this.bench.host.sent.push(...rest);
    return answers;
  }

  /** Bytes of a request, authenticated once there was a challenge. */
  build(method: number, write: (writer: StunMessageWriter) => void = () => {}, id = freshId()): Uint8Array {
    this.#writer.begin(messageType(method, MessageClass.request), id, 0);
    write(this.#writer);
    this.longTerm.authenticate(this.#writer);
    return this.#writer.buffer.slice(0, this.#writer.length);
  }

  /** A request as a client makes it: again after a challenge. Returns the last answer. */
  request(method: number, write?: (writer: StunMessageWriter) => void): Answer {
    for (let tries = 0; tries < 4; tries++) {
      const [answer] = this.sendRaw(this.build(method, write));
      assert.ok(answer !== undefined, 'no answer');
      const verdict = this.longTerm.handleResponse(answer.view);
      if (verdict === 'retry') continue;
      assert.notEqual(verdict, 'discard', 'the answer is not authentic');
      return answer;
    }
    throw new Error('challenged too often');
  }

  allocate(write: (writer: StunMessageWriter) => void = () => {}): Answer {
    return this.request(Method.allocate, (writer) => {
      writer.u8WithReserved(Attribute.requestedTransport, 17);
      write(writer);
    });
  }

  /** Allocates and expects it to work; returns the relayed address. */
  allocated(): TransportAddress {
    const answer = this.allocate();
    assert.equal(answer.code, 0);
    return answer.xorAddress(Attribute.xorRelayedAddress)!;
  }

  refresh(lifetimeSeconds: number): Answer {
    return this.request(Method.refresh, (writer) => writer.u32(Attribute.lifetime, lifetimeSeconds));
  }

  permit(...peers: TransportAddress[]): Answer {
    return this.request(Method.createPermission, (writer) => {
      for (const peer of peers) writer.xorAddress(Attribute.xorPeerAddress, peer);
    });
  }

  bind(channelNumber: number, peer: TransportAddress): Answer {
    return this.request(Method.channelBind, (writer) => {
      writer.u16WithReserved(Attribute.channelNumber, channelNumber);
      writer.xorAddress(Attribute.xorPeerAddress, peer);
    });
  }

  /** A Send indication; returns what left the relay. */
  send(peer: TransportAddress, payload: Uint8Array): Sent[] {
    this.#writer.begin(messageType(Method.send, MessageClass.indication), freshId(), 0);
    this.#writer.xorAddress(Attribute.xorPeerAddress, peer).bytes(Attribute.data, payload);
    this.bench.takeSent();
    this.bench.deliver(this.arrival, this.#writer.buffer.slice(0, this.#writer.length));
    return this.bench.takeSent();
  }

  /** ChannelData; returns what left the relay. */
  channelData(channelNumber: number, payload: Uint8Array): Sent[] {
    this.bench.takeSent();
    this.bench.deliver(this.arrival, channelDataMessage(channelNumber, payload));
    return this.bench.takeSent();
  }

  /** The connection of a stream client ends. */
  disconnect(): void {
    this.bench.server.handlePathClosed(this.bench.now, this.#path);
    this.bench.host.connectionPaths.delete(this.#path);
    this.bench.host.paths.release(this.#path);
  }
}

export function channelDataMessage(channelNumber: number, payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(4 + payload.length);
  message.set([channelNumber >> 8, channelNumber & 0xff, payload.length >> 8, payload.length & 0xff]);
  message.set(payload, 4);
  return message;
}

export function freshId(): Uint8Array {
  const id = new Uint8Array(12);
  new DataView(id.buffer).setUint32(8, ++transactionCounter);
  return id;
}

/** The socket of a client's only relay. */
export function relaySocketOf(bench: TurnBench, relayed: TransportAddress): SocketId {
  for (const [socket, known] of bench.host.relays) {
    if (known.port === relayed.port && known.family === relayed.family) return socket;
  }
  throw new Error('no such relay');
}

export const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
