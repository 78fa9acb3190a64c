import assert from 'node:assert/strict';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Crypto } from '../../env/crypto.js';
import type { Random } from '../../env/random.js';
import { parseIpAddress } from '../../path/address-text.js';
import type { DropReason } from '../../path/drop-reason.js';
import { DROP_REASONS } from '../../path/drop-reason.js';
import { PathTable } from '../../path/path-table.js';
import type { Arrival, PathId, SocketId } from '../../path/path.js';
import type { AddressFamily, TransportAddress } from '../../path/transport-address.js';
import { Transport } from '../../path/transport-address.js';
import type { RelayOpened, RelayRequest, TurnEvent, TurnHost } from '../turn-host.js';

/** The hash functions of Node, for tests. */
export const nodeCrypto: Crypto = {
  md5: (data) => new Uint8Array(createHash('md5').update(data).digest()),
  sha256: (data) => new Uint8Array(createHash('sha256').update(data).digest()),
  hmacSha1(key, data, offset, length, out, outOffset) {
    out.set(
      createHmac('sha1', key)
        .update(data.subarray(offset, offset + length))
        .digest(),
      outOffset,
    );
  },
  hmacSha256(key, data, offset, length, out, outOffset) {
    out.set(
      createHmac('sha256', key)
        .update(data.subarray(offset, offset + length))
        .digest(),
      outOffset,
    );
  },
  timingSafeEqual(a, aOffset, b, bOffset, length) {
    return timingSafeEqual(a.subarray(aOffset, aOffset + length), b.subarray(bOffset, bOffset + length));
  },
};

/** Reproducible bytes. */
export class CountingRandom implements Random {
  #state = 1;

  fillPublic(into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) {
      this.#state = (Math.imul(this.#state, 1103515245) + 12345) >>> 0;
      into[i] = this.#state >>> 16;
    }
  }

  fillSecret(into: Uint8Array): void {
    this.fillPublic(into);
  }
}

/** "192.0.2.1" and "2001:db8::1" with a port. */
export function address(text: string, port: number): TransportAddress {
  const { family, bytes } = parseIpAddress(text)!;
  return { family, bytes, port };
}

export const RELAY_IPV4 = '198.18.0.1';
export const RELAY_IPV6 = '2001:db8:1::1';

export type Sent =
  | { kind: 'reply'; arrival: Arrival; bytes: Uint8Array }
  | { kind: 'send'; path: PathId; bytes: Uint8Array }
  | { kind: 'forward'; path: PathId; bytes: Uint8Array }
  | { kind: 'channelData'; path: PathId; channelNumber: number; bytes: Uint8Array }
  | { kind: 'bind'; path: PathId; connection: number }
  | { kind: 'connect'; requestId: number; relay: SocketId; peer: TransportAddress }
  | { kind: 'closeConnection'; connection: number };

/** A driver without a network: keeps the books a driver keeps, and throws when the core returns anything twice. */
export class RecordingHost implements TurnHost {
  readonly paths = new PathTable({ maximumPaths: 4096, seed: 7 });
  readonly sent: Sent[] = [];
  readonly events: TurnEvent[] = [];
  readonly drops = new Map<string, number>();
  /** Relay sockets that are open. */
  readonly relays = new Map<SocketId, TransportAddress>();
  readonly reservations = new Map<bigint, { family: AddressFamily; port: number }>();
  readonly requests: RelayRequest[] = [];
  /** Stream clients' paths belong to the connection, not to the core. */
  readonly connectionPaths = new Set<PathId>();
  arrival: Arrival | undefined;
  #freeSockets: SocketId[] = [];
  #nextSocket = 1000;
  #nextToken = 0x1122334455667700n;

  takeSocket(): SocketId {
    return this.#freeSockets.pop() ?? this.#nextSocket++;
  }

  /** Opens what a request asks for, as a driver with every port free would. */
  open(request: RelayRequest): RelayOpened {
    // As drivers do with a token that is in nobody's book.
    if (request.port.kind === 'reserved' && !this.reservations.has(request.port.token)) {
      return { ok: false, code: 508 };
    }
    const relays: { socket: SocketId; address: TransportAddress }[] = [];
    let token: bigint | undefined;
    // A token the core does not know would be another process's; there is none here.
    if (request.families.length === 0) return { ok: false, code: 508 };
    for (const family of request.families) {
      const socket = this.takeSocket();
      let port = 50_000 + 2 * socket;
      if (request.port.kind === 'reserved') {
        const reservation = this.reservations.get(request.port.token)!;
        this.reservations.delete(request.port.token);
        port = reservation.port;
      } else if (request.port.kind === 'evenAndReserve') {
        token = this.#nextToken++;
        this.reservations.set(token, { family, port: port + 1 });
      }
      const relayed = address(family === 4 ? RELAY_IPV4 : RELAY_IPV6, port % 65_536);
      this.relays.set(socket, relayed);
      relays.push({ socket, address: relayed });
    }
    return { ok: true, relays, ...(token === undefined ? {} : { token }) };
  }

  reply(bytes: Uint8Array, offset: number, length: number): void {
    assert.ok(this.arrival !== undefined, 'reply outside of a message');
    this.sent.push({ kind: 'reply', arrival: this.arrival, bytes: bytes.slice(offset, offset + length) });
  }

  forward(path: PathId, received: Uint8Array, offset: number, length: number): void {
    this.#checkPath(path);
    this.sent.push({ kind: 'forward', path, bytes: received.slice(offset, offset + length) });
  }

  forwardChannelData(
    path: PathId,
    channelNumber: number,
    received: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#checkPath(path);
    this.sent.push({
      kind: 'channelData',
      path,
      channelNumber,
      bytes: received.slice(offset, offset + length),
    });
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
    this.#checkPath(path);
    const bytes = new Uint8Array(prefixLength + length + padding);
    bytes.set(prefix.subarray(prefixOffset, prefixOffset + prefixLength));
    bytes.set(received.subarray(offset, offset + length), prefixLength);
    this.sent.push({ kind: 'send', path, bytes });
  }

  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    this.#checkPath(path);
    this.sent.push({ kind: 'send', path, bytes: bytes.slice(offset, offset + length) });
  }

  drop(reason: DropReason): void {
    const name = DROP_REASONS[reason]!;
    this.drops.set(name, (this.drops.get(name) ?? 0) + 1);
  }

  retainClientPath(arrival: Arrival): PathId {
    return this.paths.intern(arrival);
  }

  retainPeerPath(relay: SocketId, peer: TransportAddress): PathId {
    assert.ok(this.relays.has(relay), 'path from a relay that is not open');
    return this.paths.internRemote(relay, peer, Transport.udp);
  }

  lookupPeerPath(
    relay: SocketId,
    family: AddressFamily,
    bytes: Uint8Array,
    offset: number,
    port: number,
  ): PathId {
    return this.paths.lookupRemote(relay, family, bytes, offset, port);
  }

  releasePath(path: PathId): void {
    if (!this.connectionPaths.has(path)) this.paths.release(path);
  }

  openRelay(request: RelayRequest): void {
    this.requests.push(request);
  }

  closeRelay(relay: SocketId): void {
    assert.ok(this.relays.delete(relay), `relay ${relay} closed twice`);
    this.#freeSockets.push(relay);
  }

  cancelReservation(token: bigint): void {
    this.reservations.delete(token);
  }

  connectPeer(requestId: number, relay: SocketId, peer: TransportAddress): void {
    this.sent.push({ kind: 'connect', requestId, relay, peer });
  }

  closePeerConnection(connection: number): void {
    this.sent.push({ kind: 'closeConnection', connection });
  }

  bindConnections(path: PathId, connection: number): void {
    this.sent.push({ kind: 'bind', path, connection });
  }

  event(event: TurnEvent): void {
    this.events.push(event);
  }

  #checkPath(path: PathId): void {
    assert.ok(this.paths.has(path), `path ${path} is used after its release`);
  }
}
