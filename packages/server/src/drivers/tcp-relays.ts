import { createServer, Socket } from 'node:net';
import type { Server } from 'node:net';
import { formatIpAddress, parseIpAddress } from '@madang/core/path/address-text';
import type { SocketId } from '@madang/core/path/path';
import type { AddressFamily, TransportAddress } from '@madang/core/path/transport-address';
import type { PeerConnected, PeerConnectionId, RelayOpened, RelayRequest } from '@madang/core/turn/turn-host';
import type { TurnServer } from '@madang/core/turn/turn-server';
import { openBoundTcpSocket } from '../net/bound-tcp-socket.js';
import type { StreamConnection } from '../net/stream-connection.js';
import type { Clock } from './clock.js';
import { PEER_SOCKET_OPTIONS, PeerStream } from './peer-stream.js';
import type { RelayAddress, RelaySockets } from './relay-sockets.js';

export interface TcpRelaysOptions {
  readonly turn: TurnServer;
  readonly relaySockets: RelaySockets;
  readonly addresses: Readonly<Partial<Record<AddressFamily, RelayAddress>>>;
  readonly clock: Clock;
}

/**
 * TCP relaying (RFC 6062): relayed addresses peers connect to and connections leave from. A TCP relay is also a UDP
 * relay socket of the same port: quota, port and number come from there, and no other allocation gets the port.
 * Needs native sockets: a listening and a connecting socket on one port both have to ask for SO_REUSEPORT before bind.
 */
export class TcpRelays {
  readonly #options: TcpRelaysOptions;
  readonly #relays = new Map<SocketId, TcpRelay>();
  readonly #streams = new Map<PeerConnectionId, PeerStream>();
  #nextConnection: PeerConnectionId = 1;

  constructor(options: TcpRelaysOptions) {
    this.#options = options;
  }

  /** Connections with peers that are open now, those nobody has bound yet included. */
  get connectionCount(): number {
    return this.#streams.size;
  }

  /** Opens what an Allocate with REQUESTED-TRANSPORT 6 asked for. `answer` is called once. */
  open(request: RelayRequest, answer: (result: RelayOpened) => void, attempt = 1): void {
    const { relaySockets } = this.#options;
    relaySockets.open(request, (result) => {
      if (!result.ok) {
        answer(result);
        return;
      }
      void Promise.all(result.relays.map((relay) => this.#listen(relay.socket, relay.address))).then(
        (codes) => {
          const failure = codes.find((code) => code !== 'listening');
          if (failure === undefined) {
            answer(result);
            return;
          }
          for (const { socket } of result.relays) {
            this.close(socket);
            relaySockets.close(socket);
          }
          // The TCP port may belong to another program: try elsewhere.
          if (failure === 'portTaken' && attempt < LISTEN_ATTEMPTS) this.open(request, answer, attempt + 1);
          else answer({ ok: false, code: 508 });
        },
      );
    });
  }

  /** Stops listening and ends every connection of a relay. The UDP socket is its owner's to close. */
  close(socket: SocketId): void {
    const relay = this.#relays.get(socket);
    if (relay === undefined) return;
    this.#relays.delete(socket);
    relay.server.close();
    for (const connecting of relay.connecting) connecting.destroy();
    for (const connection of [...relay.connections]) this.closeConnection(connection);
  }

  /** Connects to a peer from a relayed address. Answered by `handlePeerConnected`, unless the relay closes before. */
  connect(requestId: number, relaySocket: SocketId, peer: TransportAddress): void {
    const relay = this.#relays.get(relaySocket);
    const bound = relay === undefined ? undefined : openBoundTcpSocket(relay.local);
    if (relay === undefined || !bound?.ok) {
      queueMicrotask(() => {
        this.#answerConnect(requestId, { ok: false });
      });
      return;
    }
    const socket = new Socket({ fd: bound.fd, ...PEER_SOCKET_OPTIONS });
    const failed = (): void => {
      if (this.#relays.get(relaySocket) === relay) this.#answerConnect(requestId, { ok: false });
      relay.connecting.delete(socket);
    };
    relay.connecting.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', failed);
    socket.setNoDelay(true);
    socket.pause();
    socket.connect({ host: formatIpAddress(peer), port: peer.port }, () => {
      socket.off('close', failed);
      relay.connecting.delete(socket);
      this.#answerConnect(requestId, { ok: true, connection: this.#add(relay, socket) });
    });
  }

  /** Ends a connection with a peer, and the client's data connection if there is one. Idempotent. */
  closeConnection(connection: PeerConnectionId): void {
    const stream = this.#streams.get(connection);
    this.#streams.delete(connection);
    stream?.destroy();
  }

  /** Payload of a joined client. The chunk is the relay's from now on. */
  writeToPeer(connection: PeerConnectionId, bytes: Uint8Array): void {
    this.#streams.get(connection)?.writeToPeer(bytes);
  }

  /** Joins a client's data connection to a peer connection, both ways. */
  join(connection: PeerConnectionId, client: StreamConnection): void {
    const stream = this.#streams.get(connection);
    if (stream === undefined) client.destroy();
    else stream.join(client);
  }

  #listen(socket: SocketId, announced: TransportAddress): Promise<ListenResult> {
    const { family, port } = announced;
    const local: TransportAddress = { family, bytes: this.#options.addresses[family]!.bind, port };
    const bound = openBoundTcpSocket(local);
    if (!bound.ok) return Promise.resolve(bound.code === 'EADDRINUSE' ? 'portTaken' : 'failed');
    const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: 1 });
    const relay: TcpRelay = { socket, local, server, connecting: new Set(), connections: new Set() };
    this.#relays.set(socket, relay);
    server.on('connection', (peer) => {
      this.#accept(relay, peer);
    });
    return new Promise((resolve) => {
      // Accept errors (EMFILE) come here too: what exists goes on, the next accept may succeed.
      server.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code === 'EADDRINUSE' ? 'portTaken' : 'failed');
      });
      server.listen({ fd: bound.fd, exclusive: true, backlog: BACKLOG }, () => {
        resolve('listening');
      });
    });
  }

  #accept(relay: TcpRelay, socket: Socket): void {
    const address = parseIpAddress((socket.remoteAddress ?? '').split('%')[0]!);
    if (address === undefined || this.#relays.get(relay.socket) !== relay) {
      socket.destroy();
      return;
    }
    const peer: TransportAddress = {
      family: address.family,
      bytes: address.bytes,
      port: socket.remotePort ?? 0,
    };
    const { turn, clock } = this.#options;
    turn.handlePeerIncoming(clock.now(), relay.socket, this.#add(relay, socket), peer);
  }

  #add(relay: TcpRelay, socket: Socket): PeerConnectionId {
    const connection = this.#nextConnection++;
    const stream = new PeerStream(socket, () => {
      relay.connections.delete(connection);
      // Absent: the core closed it and knows.
      if (this.#streams.delete(connection)) this.#options.turn.handlePeerConnectionClosed(connection);
    });
    relay.connections.add(connection);
    this.#streams.set(connection, stream);
    return connection;
  }

  #answerConnect(requestId: number, result: PeerConnected): void {
    const { turn, clock } = this.#options;
    turn.handlePeerConnected(clock.now(), requestId, result);
  }
}

interface TcpRelay {
  readonly socket: SocketId;
  /** What it is bound to: connections leave from here. */
  readonly local: TransportAddress;
  readonly server: Server;
  readonly connecting: Set<Socket>;
  readonly connections: Set<PeerConnectionId>;
}

type ListenResult = 'listening' | 'portTaken' | 'failed';

const LISTEN_ATTEMPTS = 32;
/** Connections the kernel completes before we have looked at them. */
const BACKLOG = 16;
