import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { DeliveryQueue } from './delivery-queue.js';
import { LinkModel } from './link-model.js';
import type { Impairment, LinkCounts } from './link-model.js';

/** `toClients`: from the server to those who came to the relay. */
export type RelayDirection = 'toServer' | 'toClients';

export interface DatagramRelayOptions {
  /** UDP port of the server, on 127.0.0.1. */
  readonly serverPort: number;
  readonly seed?: number;
}

/** One direction since `restartFigures`. Waits are those for a rate, in milliseconds. */
export interface RelayFigures extends LinkCounts {
  readonly elapsedMs: number;
  /** Of what got through, whole Ethernet frames. */
  readonly deliveredBps: number;
  readonly meanWaitMs: number;
  readonly maximumWaitMs: number;
  /** Longest time by which a datagram left later than it was due: how busy this process was. */
  readonly maximumLateMs: number;
}

/** A client's datagrams go on from a socket of its own, as through a NAT. */
interface Client {
  readonly address: string;
  readonly port: number;
  upstream: Socket;
}

interface Flight {
  readonly direction: Direction;
  readonly bytes: Buffer;
  readonly client: Client;
}

interface Direction {
  readonly name: RelayDirection;
  readonly model: LinkModel;
  impairment: Impairment;
  startedMs: number;
  before: LinkCounts;
  deliveredBytes: number;
  waitSumMs: number;
  maximumWaitMs: number;
  maximumLateMs: number;
}

/**
 * A bad network on loopback: whoever sends to its port reaches the server's through two link models, from an address of
 * its own. The links can be changed, cut and mended, and the addresses changed, while datagrams are under way.
 */
export class DatagramRelay {
  readonly port: number;
  readonly #front: Socket;
  readonly #serverPort: number;
  readonly #clients = new Map<string, Client>();
  /** Sockets of before `rebind`; what still comes there is counted. */
  readonly #retired: Socket[] = [];
  readonly #directions: Readonly<Record<RelayDirection, Direction>>;
  readonly #queue = new DeliveryQueue<Flight>();
  #timer: NodeJS.Timeout | undefined;
  #isCut = false;
  #isClosed = false;
  /** Of `performance.now()`: when the server last sent to an address from before the last `rebind`. */
  strayAtMs = -Infinity;
  /** So many datagrams it has sent there. */
  strays = 0;

  /** Opens a port of 127.0.0.1. */
  static async open(options: DatagramRelayOptions): Promise<DatagramRelay> {
    const front = createSocket('udp4');
    front.bind(0, '127.0.0.1');
    await once(front, 'listening');
    return new DatagramRelay(front, options);
  }

  private constructor(front: Socket, { serverPort, seed = 1 }: DatagramRelayOptions) {
    this.#front = front;
    this.#serverPort = serverPort;
    this.port = front.address().port;
    this.#directions = {
      toServer: newDirection('toServer', seed),
      toClients: newDirection('toClients', seed + 1),
    };
    front.on('message', (bytes, from) => this.#take('toServer', bytes, this.#clientAt(from)));
    // A browser that has closed its socket.
    front.on('error', () => undefined);
  }

  /** From now on a direction is like this. What is under way arrives as it would have. */
  change(direction: RelayDirection, impairment: Impairment): void {
    const changed = this.#directions[direction];
    changed.impairment = impairment;
    changed.model.change(impairment);
  }

  /** From now on nothing gets through in either direction, and nobody is told. */
  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
  }

  /** From now on the server sees every client at another port, and reaches none at the one before. */
  rebind(): void {
    for (const client of this.#clients.values()) {
      this.#retire(client.upstream);
      client.upstream = this.#openUpstream(client);
    }
    this.strays = 0;
    this.strayAtMs = -Infinity;
  }

  restartFigures(): void {
    for (const direction of Object.values(this.#directions)) restart(direction);
  }

  figures(name: RelayDirection): RelayFigures {
    const direction = this.#directions[name];
    const { before, deliveredBytes, maximumWaitMs, maximumLateMs, waitSumMs } = direction;
    const now = direction.model.counts();
    const counts = Object.fromEntries(
      Object.entries(now).map(([key, count]) => [key, (count as number) - before[key as keyof LinkCounts]]),
    ) as unknown as LinkCounts;
    const elapsedMs = performance.now() - direction.startedMs;
    return {
      ...counts,
      elapsedMs,
      deliveredBps: (deliveredBytes * 8000) / elapsedMs,
      meanWaitMs: counts.delivered === 0 ? 0 : waitSumMs / counts.delivered,
      maximumWaitMs,
      maximumLateMs,
    };
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#front.close();
    for (const { upstream } of this.#clients.values()) upstream.close();
    for (const socket of this.#retired) socket.close();
  }

  #clientAt({ address, port }: RemoteInfo): Client {
    const key = `${address} ${port}`;
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const client = { address, port } as Client;
    client.upstream = this.#openUpstream(client);
    this.#clients.set(key, client);
    return client;
  }

  #openUpstream(client: Client): Socket {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    socket.on('message', (bytes) => this.#take('toClients', bytes, client));
    socket.on('error', () => undefined);
    return socket;
  }

  #retire(socket: Socket): void {
    this.#retired.push(socket);
    socket.removeAllListeners('message');
    socket.on('message', () => {
      this.strays++;
      this.strayAtMs = performance.now();
    });
  }

  #take(name: RelayDirection, bytes: Buffer, client: Client): void {
    if (this.#isCut) return;
    const direction = this.#directions[name];
    const nowMs = performance.now();
    const length = bytes.length + FRAME_OVERHEAD_BYTES;
    const fate = direction.model.accept(nowMs, length);
    if (fate.kind === 'dropped') return;
    const { rateBps, delayMs = 0 } = direction.impairment;
    const waitMs = rateBps === undefined ? 0 : fate.atMs - nowMs - delayMs;
    direction.waitSumMs += waitMs;
    direction.maximumWaitMs = Math.max(direction.maximumWaitMs, waitMs);
    direction.deliveredBytes += length;
    const flight = { direction, bytes, client };
    if (fate.atMs <= nowMs) this.#deliver(flight);
    else {
      this.#queue.put(fate.atMs, flight);
      this.#schedule();
    }
  }

  #deliver({ direction, bytes, client }: Flight): void {
    if (direction.name === 'toServer') client.upstream.send(bytes, this.#serverPort, '127.0.0.1');
    else this.#front.send(bytes, client.port, client.address);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const nextMs = this.#queue.nextAtMs();
    if (nextMs === undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => this.#deliverDue(), Math.max(nextMs - performance.now(), 0));
  }

  #deliverDue(): void {
    for (let due = this.#queue.nextAtMs(); due !== undefined; due = this.#queue.nextAtMs()) {
      const lateMs = performance.now() - due;
      if (lateMs < 0) break;
      const flight = this.#queue.take();
      flight.direction.maximumLateMs = Math.max(flight.direction.maximumLateMs, lateMs);
      // A cut link loses what is on it.
      if (!this.#isCut) this.#deliver(flight);
    }
    this.#schedule();
  }
}

/** Ethernet, IPv4 and UDP: link models count whole frames. */
const FRAME_OVERHEAD_BYTES = 14 + 20 + 8;

function newDirection(name: RelayDirection, seed: number): Direction {
  const model = new LinkModel({}, seed);
  const direction = { name, model, impairment: {} } as Direction;
  restart(direction);
  return direction;
}

function restart(direction: Direction): void {
  direction.startedMs = performance.now();
  direction.before = direction.model.counts();
  direction.deliveredBytes = direction.waitSumMs = direction.maximumWaitMs = direction.maximumLateMs = 0;
}
