import { createHash, createHmac } from 'node:crypto';
import type { Crypto } from '@madang/core/env/crypto';
import type { Arrival, PathId, SocketId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import { PathTable } from '@madang/core/path/path-table';
import type { AddressFamily, TransportAddress } from '@madang/core/path/transport-address';
import { Transport } from '@madang/core/path/transport-address';
import type { RelayOpened, RelayRequest, TurnHost } from '@madang/core/turn/turn-host';

/** Hash functions with short cuts: a fuzz body may sign as it likes, so that mutants get behind the authentication. */
export const fuzzCrypto: Crypto = {
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
    for (let i = 0; i < length; i++) if (a[aOffset + i] !== b[bOffset + i]) return false;
    return true;
  },
};

/** A host that keeps the books of a driver and throws when the core asks for something that makes no sense. */
export class BookkeepingHost implements TurnHost {
  readonly paths = new PathTable({ maximumPaths: 512, seed: 3 });
  readonly relays = new Set<SocketId>();
  readonly tokens = new Set<bigint>();
  readonly requests: RelayRequest[] = [];
  readonly connects: number[] = [];
  readonly connections = new Set<number>();
  readonly drops: number[] = [];
  /** Paths of stream clients: the driver's, not the core's. */
  readonly connectionPaths = new Set<PathId>();
  lastReply = new Uint8Array(0);
  #nextSocket = 100;
  #nextToken = 1n;

  open(request: RelayRequest, code: 0 | 486 | 508): RelayOpened {
    if (code !== 0) return { ok: false, code };
    if (request.port.kind === 'reserved' && !this.tokens.delete(request.port.token))
      return { ok: false, code: 508 };
    const relays = request.families.map((family) => {
      const socket = this.#nextSocket++ % 4096;
      this.relays.add(socket);
      const bytes = new Uint8Array(family === 4 ? 4 : 16).fill(family === 4 ? 198 : 0x20);
      return { socket, address: { family, bytes, port: 40_000 + socket } };
    });
    if (request.port.kind !== 'evenAndReserve') return { ok: true, relays };
    const token = this.#nextToken++;
    this.tokens.add(token);
    return { ok: true, relays, token };
  }

  reply(bytes: Uint8Array, offset: number, length: number): void {
    this.lastReply = bytes.slice(offset, offset + length);
  }

  forward(path: PathId, received: Uint8Array, offset: number, length: number): void {
    this.#check(path, received, offset, length);
  }

  forwardChannelData(
    path: PathId,
    number: number,
    received: Uint8Array,
    offset: number,
    length: number,
  ): void {
    if (number < 0x4000 || number > 0x7fff) throw new Error(`channel ${number}`);
    this.#check(path, received, offset, length);
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
    this.#check(path, prefix, prefixOffset, prefixLength);
    this.#check(path, received, offset, length);
    if (padding < 0 || padding > 3 || (length + padding) % 4 !== 0) throw new Error('padding');
  }

  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    this.#check(path, bytes, offset, length);
  }

  drop(reason: number): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + 1;
  }

  retainClientPath(arrival: Arrival): PathId {
    return this.paths.intern(arrival);
  }

  retainPeerPath(relay: SocketId, peer: TransportAddress): PathId {
    if (!this.relays.has(relay)) throw new Error('a path from a closed relay');
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
    if (!this.relays.delete(relay)) throw new Error('a relay is closed twice');
  }

  cancelReservation(token: bigint): void {
    this.tokens.delete(token);
  }

  connectPeer(requestId: number): void {
    this.connects.push(requestId);
  }

  closePeerConnection(connection: number): void {
    if (!this.connections.delete(connection)) throw new Error('a connection is closed twice');
  }

  bindConnections(path: PathId, connection: number): void {
    if (!this.connections.has(connection) || path === NO_PATH) throw new Error('a bind to nothing');
  }

  event(): void {}

  #check(path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    if (!this.paths.has(path)) throw new Error(`path ${path} is used after its release`);
    if (offset < 0 || length < 0 || offset + length > bytes.length)
      throw new Error('bytes outside of the buffer');
  }
}
