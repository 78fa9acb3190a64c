import type { DropReason } from '@madang/core/path/drop-reason';
import { DROP_REASONS, DropReason as Drop } from '@madang/core/path/drop-reason';
import type { Arrival, PathId, SocketId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import type { AddressFamily, TransportAddress } from '@madang/core/path/transport-address';
import { Transport } from '@madang/core/path/transport-address';
import type { Instant, WallClockSeconds } from '@madang/core/time/instant';
import type { PeerConnectionId, RelayRequest, TurnEvent, TurnHost } from '@madang/core/turn/turn-host';
import type { TurnServer } from '@madang/core/turn/turn-server';
import type { StreamConnection } from '../net/stream-connection.js';
import type { IcmpError, UdpNetwork, UdpReceiver } from '../net/udp-network.js';
import type { ClientChannel } from './client-channel.js';
import type { Clock } from './clock.js';
import type { DtlsClients } from './dtls-clients.js';
import type { RelaySockets } from './relay-sockets.js';
import type { StreamClients } from './stream-clients.js';
import type { TcpRelays } from './tcp-relays.js';

/** What the driver stands between. Set once by the composition, because core and driver know each other. */
export interface TurnDriverParts {
  readonly turn: TurnServer;
  readonly relaySockets: RelaySockets;
  readonly streams: StreamClients;
  /** Undefined where OpenSSL cannot be reached through FFI. */
  readonly dtls: DtlsClients | undefined;
  /** Undefined unless RFC 6062 is switched on. */
  readonly tcpRelays: TcpRelays | undefined;
}

/**
 * Where the TURN core meets sockets. Towards the core it is the `TurnHost`; towards the network it is the receiver of
 * listening sockets (`listener`) and of relay sockets (`relay`).
 */
export class TurnDriver implements TurnHost {
  readonly drops = new Float64Array(DROP_REASONS.length);
  readonly listener: UdpReceiver;
  readonly relay: UdpReceiver;
  readonly #network: UdpNetwork;
  readonly #clock: Clock;
  readonly #onEvent: (event: TurnEvent) => void;
  readonly #channelHeader = new Uint8Array(4);
  #parts!: TurnDriverParts;
  /** The stream or DTLS client whose message is being handled; undefined for plain UDP. */
  #current: ClientChannel | undefined;
  #now: Instant;
  #wallClock: WallClockSeconds;
  #turnOfNow = -1;

  constructor(options: { network: UdpNetwork; clock: Clock; onEvent: (event: TurnEvent) => void }) {
    this.#network = options.network;
    this.#clock = options.clock;
    this.#onEvent = options.onEvent;
    this.#now = options.clock.now();
    this.#wallClock = options.clock.wallClock();
    this.listener = {
      handleDatagram: (arrival, bytes, offset, length) => {
        this.#handleClientDatagram(arrival, bytes, offset, length);
      },
    };
    this.relay = {
      handleDatagram: (arrival, bytes, offset, length) => {
        this.#readClock();
        this.#parts.turn.handlePeerDatagram(this.#now, arrival, bytes, offset, length);
      },
      handleIcmp: (socket, error) => {
        this.#handleIcmp(socket, error);
      },
    };
  }

  connect(parts: TurnDriverParts): void {
    this.#parts = parts;
  }

  /** A whole message of a TCP, TLS or DTLS client. */
  handleChannelMessage(
    channel: ClientChannel,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#now = this.#clock.now();
    this.#wallClock = this.#clock.wallClock();
    this.#current = channel;
    const { turn } = this.#parts;
    const standing = turn.handleClientDatagram(this.#now, this.#wallClock, arrival, bytes, offset, length);
    this.#current = undefined;
    if (standing === 'authenticated') channel.authenticated();
  }

  /** The connection behind a path ended. */
  handlePathClosed(path: PathId): void {
    this.#parts.turn.handlePathClosed(this.#clock.now(), path);
  }

  hasAllocation(path: PathId): boolean {
    return this.#parts.turn.hasAllocation(path);
  }

  /** Called every 100 to 250 ms: everything that has a deadline. */
  handleTimeout(): void {
    const now = this.#clock.now();
    this.#parts.dtls?.handleTimeout(now);
    this.#parts.streams.handleTimeout(now);
    if (this.#parts.turn.nextDeadline() <= now) this.#parts.turn.handleTimeout(now);
    this.#network.flush();
  }

  reply(bytes: Uint8Array, offset: number, length: number): void {
    if (this.#current === undefined) this.#network.reply(bytes, offset, length);
    else this.#write(this.#current, NOTHING, 0, bytes, offset, length, 0);
  }

  forward(path: PathId, received: Uint8Array, offset: number, length: number): void {
    if (this.#network.paths.transportOf(path) === Transport.udp)
      this.#network.send(path, received, offset, length);
    else this.#writeTo(path, NOTHING, 0, received, offset, length, 0);
  }

  forwardChannelData(
    path: PathId,
    channelNumber: number,
    received: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const header = this.#channelHeader;
    header[0] = channelNumber >>> 8;
    header[1] = channelNumber;
    header[2] = length >>> 8;
    header[3] = length;
    if (this.#network.paths.transportOf(path) === Transport.udp) {
      this.#network.sendPrefixed(path, header, 0, 4, received, offset, length, 0);
      return;
    }
    const channel = this.#channelOf(path);
    if (channel === undefined) return;
    this.#write(channel, header, 4, received, offset, length, channel.padsChannelData ? -length & 3 : 0);
  }

  forwardWithPrefix(
    path: PathId,
    prefix: Uint8Array,
    prefixOffset: number,
    prefixLength: number,
    received: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): void {
    if (this.#network.paths.transportOf(path) === Transport.udp) {
      this.#network.sendPrefixed(path, prefix, prefixOffset, prefixLength, received, offset, length, padding);
      return;
    }
    const channel = this.#channelOf(path);
    if (channel === undefined) return;
    const result = channel.write(prefix, prefixOffset, prefixLength, received, offset, length, padding);
    if (result === 'congested') this.drop(Drop.stream_congested);
  }

  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    this.forward(path, bytes, offset, length);
  }

  drop(reason: DropReason): void {
    this.drops[reason]!++;
  }

  retainClientPath(arrival: Arrival): PathId {
    return arrival.transport === Transport.udp ? this.#network.paths.intern(arrival) : arrival.path;
  }

  retainPeerPath(relay: SocketId, peer: TransportAddress): PathId {
    return this.#network.paths.internRemote(relay, peer, Transport.udp);
  }

  lookupPeerPath(
    relay: SocketId,
    family: AddressFamily,
    bytes: Uint8Array,
    offset: number,
    port: number,
  ): PathId {
    return this.#network.paths.lookupRemote(relay, family, bytes, offset, port);
  }

  releasePath(path: PathId): void {
    if (this.#network.paths.transportOf(path) === Transport.udp) this.#network.releasePath(path);
  }

  openRelay(request: RelayRequest): void {
    const relays = request.protocol === 6 ? this.#parts.tcpRelays : this.#parts.relaySockets;
    // The answer never comes from inside the command, even where opening takes no time.
    queueMicrotask(() => {
      relays?.open(request, (result) => {
        this.#parts.turn.handleRelayOpened(this.#clock.now(), request.requestId, result);
        this.#network.flush();
      });
    });
  }

  closeRelay(relay: SocketId): void {
    this.#parts.tcpRelays?.close(relay);
    this.#parts.relaySockets.close(relay);
  }

  cancelReservation(token: bigint): void {
    this.#parts.relaySockets.cancelReservation(token);
  }

  connectPeer(requestId: number, relay: SocketId, peer: TransportAddress): void {
    this.#parts.tcpRelays?.connect(requestId, relay, peer);
  }

  closePeerConnection(connection: PeerConnectionId): void {
    this.#parts.tcpRelays?.closeConnection(connection);
  }

  bindConnections(clientPath: PathId, connection: PeerConnectionId): void {
    const peers = this.#parts.tcpRelays;
    if (peers === undefined) return;
    const client: StreamConnection | undefined = this.#parts.streams.detach(clientPath, (bytes) => {
      peers.writeToPeer(connection, bytes);
    });
    if (client === undefined) peers.closeConnection(connection);
    else peers.join(connection, client);
  }

  event(event: TurnEvent): void {
    this.#onEvent(event);
  }

  #handleClientDatagram(arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void {
    this.#readClock();
    const known = arrival.path !== NO_PATH;
    const transport = known ? this.#network.paths.transportOf(arrival.path) : Transport.udp;
    // RFC 7983 section 7: a first byte of 20 to 63 is DTLS. A path speaks one or the other, never both.
    const first = length > 0 ? bytes[offset]! : 0;
    if (first >= 20 && first <= 63 && this.#parts.dtls !== undefined) {
      if (known && transport !== Transport.dtls) this.drop(Drop.not_stun_or_channel_data);
      else this.#parts.dtls.handleDatagram(this.#now, arrival, bytes, offset, length);
      return;
    }
    if (transport !== Transport.udp) {
      this.drop(Drop.not_stun_or_channel_data);
      return;
    }
    this.#parts.turn.handleClientDatagram(this.#now, this.#wallClock, arrival, bytes, offset, length);
  }

  #handleIcmp(relay: SocketId, error: IcmpError): void {
    this.#readClock();
    const { remote, type, code, mtuBytes } = error;
    this.#parts.turn.handlePeerIcmp(this.#now, { relay, peer: remote, type, code, errorData: mtuBytes });
  }

  /** The time is read once per turn of the network's loop, not once per datagram. */
  #readClock(): void {
    const turn = this.#network.counters.turns;
    if (turn === this.#turnOfNow) return;
    this.#turnOfNow = turn;
    this.#now = this.#clock.now();
    this.#wallClock = this.#clock.wallClock();
  }

  #channelOf(path: PathId): ClientChannel | undefined {
    return this.#parts.streams.channel(path) ?? this.#parts.dtls?.channel(path);
  }

  #writeTo(
    path: PathId,
    prefix: Uint8Array,
    prefixLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): void {
    const channel = this.#channelOf(path);
    if (channel !== undefined) this.#write(channel, prefix, prefixLength, bytes, offset, length, padding);
  }

  #write(
    channel: ClientChannel,
    prefix: Uint8Array,
    prefixLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): void {
    const result = channel.write(prefix, 0, prefixLength, bytes, offset, length, padding);
    if (result === 'congested') this.drop(Drop.stream_congested);
  }
}

const NOTHING = new Uint8Array(0);
