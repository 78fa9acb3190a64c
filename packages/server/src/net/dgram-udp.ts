import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { formatIpAddress, parseIpAddress } from '@madang/core/path/address-text';
import type { Arrival, PathId, SocketId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import type { PathTable } from '@madang/core/path/path-table';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Transport } from '@madang/core/path/transport-address';
import type { UdpNetwork, UdpOpenOptions, UdpOpened } from './udp-network.js';
import { createUdpCounters } from './udp-network.js';

/**
 * The portable data plane on node:dgram, for systems without the native one and for `--no-native`. Same behaviour,
 * one call per datagram. It cannot adopt descriptors, learn the local address of a datagram or read ICMP errors.
 */
export class DgramUdpNetwork implements UdpNetwork {
  readonly kind = 'dgram';
  readonly paths: PathTable;
  readonly counters = createUdpCounters();
  readonly waitedMs = 0;
  /** One slot is lent at a time, and copied when it is committed. */
  readonly slotBytes: Uint8Array = new Uint8Array(65_536);
  readonly slotOffset = 0;
  #slotPath: PathId = NO_PATH;
  readonly #sockets: (DgramSocket | undefined)[] = [];
  readonly #freeSockets: SocketId[] = [];
  readonly #hosts = new Map<PathId, string>();
  readonly #arrival: Arrival = {
    path: NO_PATH,
    socket: 0,
    transport: Transport.udp,
    family: 4,
    port: 0,
    words: new Uint32Array(8),
  };
  #replyHost = '';

  constructor(options: { paths: PathTable }) {
    this.paths = options.paths;
  }

  open(options: UdpOpenOptions, opened: (result: UdpOpened) => void): void {
    const { address } = options;
    if (options.dontFragment) {
      opened({ ok: false, code: 'EOPNOTSUPP' });
      return;
    }
    const dgram = createSocket({
      type: address.family === 4 ? 'udp4' : 'udp6',
      ipv6Only: address.family === 6,
      ...(options.receiveBufferBytes ? { recvBufferSize: options.receiveBufferBytes } : {}),
      ...(options.sendBufferBytes ? { sendBufferSize: options.sendBufferBytes } : {}),
    });
    const socket = this.#freeSockets.pop() ?? this.#sockets.length;
    this.#sockets[socket] = { dgram, family: address.family };
    const failed = (error: NodeJS.ErrnoException): void => {
      this.#forget(socket);
      dgram.close();
      opened({ ok: false, code: error.code ?? error.message });
    };
    dgram.once('error', failed);
    dgram.bind({ port: address.port, address: formatIpAddress(address), exclusive: true }, () => {
      dgram.off('error', failed);
      dgram.on('error', (error: NodeJS.ErrnoException) => {
        this.#countError(error);
      });
      dgram.on('message', (bytes, remote) => {
        this.#handleMessage(socket, options, bytes, remote);
      });
      opened({ ok: true, socket, address: { ...address, port: dgram.address().port } });
    });
  }

  adopt(): SocketId {
    throw new Error('node:dgram cannot take over a descriptor of another process');
  }

  close(socket: SocketId): void {
    const open = this.#sockets[socket];
    if (open === undefined) return;
    this.#forget(socket);
    open.dgram.close();
  }

  releasePath(path: PathId): void {
    this.#hosts.delete(path);
    this.paths.release(path);
  }

  reply(bytes: Uint8Array, offset: number, length: number): void {
    this.#transmit(
      this.#arrival.socket,
      Buffer.from(bytes.subarray(offset, offset + length)),
      this.#arrival.port,
      this.#replyHost,
    );
  }

  sendFrom(
    socket: SocketId,
    arrival: Arrival,
    port: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#transmit(socket, Buffer.from(bytes.subarray(offset, offset + length)), port, hostOf(arrival));
  }

  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    this.#transmitTo(path, Buffer.from(bytes.subarray(offset, offset + length)));
  }

  sendPrefixed(
    path: PathId,
    prefix: Uint8Array,
    prefixOffset: number,
    prefixLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): void {
    const datagram = Buffer.alloc(prefixLength + length + padding);
    datagram.set(prefix.subarray(prefixOffset, prefixOffset + prefixLength));
    datagram.set(bytes.subarray(offset, offset + length), prefixLength);
    this.#transmitTo(path, datagram);
  }

  beginSlot(path: PathId): boolean {
    this.#slotPath = path;
    return this.#sockets[this.paths.socketOf(path)] !== undefined;
  }

  commitSlot(lengthBytes: number): void {
    this.send(this.#slotPath, this.slotBytes, this.slotOffset, lengthBytes);
  }

  dropSlot(): void {
    // The next slot is the same memory.
  }

  flush(): void {
    // Every send has gone to the kernel already.
  }

  stop(): void {
    this.#sockets.forEach((_, socket) => {
      this.close(socket);
    });
  }

  #handleMessage(socket: SocketId, options: UdpOpenOptions, bytes: Buffer, remote: RemoteInfo): void {
    const source = parseIpAddress(remote.address.split('%')[0] ?? '');
    if (source === undefined) return;
    const arrival = this.#arrival;
    arrival.socket = socket;
    arrival.family = source.family;
    arrival.port = remote.port;
    const view = new DataView(source.bytes.buffer, source.bytes.byteOffset, source.bytes.length);
    for (let i = 0; i < source.bytes.length / 4; i++) arrival.words[i] = view.getUint32(i * 4);
    arrival.path = this.paths.lookup(arrival);
    this.#replyHost = remote.address;
    this.counters.receivedPackets++;
    this.counters.receivedBytes += bytes.length;
    this.counters.receiveCalls++;
    this.counters.turns++;
    options.receiver.handleDatagram(arrival, bytes, 0, bytes.length);
    options.receiver.handleBatchEnd?.();
  }

  #transmitTo(path: PathId, datagram: Buffer): void {
    let host = this.#hosts.get(path);
    if (host === undefined) {
      host = formatIpAddress(this.paths.remoteOf(path));
      this.#hosts.set(path, host);
    }
    this.#transmit(this.paths.socketOf(path), datagram, this.paths.portOf(path), host);
  }

  #transmit(socket: SocketId, datagram: Buffer, port: number, host: string): void {
    this.counters.sendCalls++;
    if (port === 0) {
      // node:dgram throws where the kernel would answer EINVAL; peers choose ports, so it must only count.
      this.#countError({ name: 'Error', message: 'port 0', code: 'EINVAL' });
      return;
    }
    this.#sockets[socket]?.dgram.send(datagram, port, host, (error) => {
      if (error) {
        this.#countError(error);
        return;
      }
      this.counters.sentPackets++;
      this.counters.sentBytes += datagram.length;
    });
  }

  #forget(socket: SocketId): void {
    this.#sockets[socket] = undefined;
    this.#freeSockets.push(socket);
  }

  #countError(error: NodeJS.ErrnoException): void {
    const name = error.code ?? 'unknown';
    this.counters.sendErrors[name] = (this.counters.sendErrors[name] ?? 0) + 1;
  }
}

interface DgramSocket {
  readonly dgram: Socket;
  readonly family: TransportAddress['family'];
}

function hostOf(arrival: Arrival): string {
  const bytes = new Uint8Array(arrival.family === 4 ? 4 : 16);
  for (let i = 0; i < bytes.length; i++) bytes[i] = arrival.words[i >> 2]! >>> (24 - 8 * (i & 3));
  return formatIpAddress({ family: arrival.family, bytes });
}
