import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { FRAME_HEADER_BYTES, IceFrameDeframer } from '@madang/core/ice/frame-deframer';
import { formatIpAddress } from '@madang/core/path/address-text';
import type { PathId, SocketId } from '@madang/core/path/path';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Transport } from '@madang/core/path/transport-address';
import type { UdpNetwork, UdpOpened, UdpReceiver } from '../../net/udp-network.js';

/** Takes what comes from the server. The bytes are lent. */
export type WireReceiver = (bytes: Uint8Array, offset: number, length: number) => void;

/** One 5-tuple between a media peer and a server. */
export interface PeerWire {
  readonly remote: TransportAddress;
  readonly local: TransportAddress;
  /** Sends one datagram or frame; the bytes are copied. */
  send(bytes: Uint8Array, offset: number, length: number): void;
  /** As in `UdpNetwork`. */
  beginSlot(capacityBytes: number): boolean;
  readonly slotBytes: Uint8Array;
  readonly slotOffset: number;
  commitSlot(length: number): void;
  dropSlot(): void;
  close(): void;
}

/** A UDP socket of its own on `network`, from any port of `localAddress` (default: loopback of the server's family). */
export async function openUdpWire(
  network: UdpNetwork,
  remote: TransportAddress,
  receive: WireReceiver,
  localAddress: TransportAddress = loopbackOf(remote),
): Promise<PeerWire> {
  const receiver: UdpReceiver = {
    handleDatagram: (_arrival, bytes, offset, length) => {
      receive(bytes, offset, length);
    },
  };
  const opened = await new Promise<UdpOpened>((resolve) => {
    network.open({ address: localAddress, receiver }, resolve);
  });
  if (!opened.ok) throw new Error(`cannot open a UDP socket: ${opened.code}`);
  return new UdpWire(network, opened.socket, opened.address, remote);
}

/** A TCP connection with the framing of RFC 4571. */
export async function openTcpWire(remote: TransportAddress, receive: WireReceiver): Promise<PeerWire> {
  const socket = connectTcp({ host: formatIpAddress(remote), port: remote.port, noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const deframer = new IceFrameDeframer();
  socket.on('data', (chunk) => {
    deframer.push(chunk, 0, chunk.length, { handleFrame: receive });
  });
  return new TcpWire(socket, remote);
}

class UdpWire implements PeerWire {
  readonly remote: TransportAddress;
  readonly local: TransportAddress;
  readonly #network: UdpNetwork;
  readonly #socket: SocketId;
  readonly #path: PathId;

  constructor(network: UdpNetwork, socket: SocketId, local: TransportAddress, remote: TransportAddress) {
    this.#network = network;
    this.#socket = socket;
    this.local = local;
    this.remote = remote;
    this.#path = network.paths.internRemote(socket, remote, Transport.udp);
  }

  get slotBytes(): Uint8Array {
    return this.#network.slotBytes;
  }

  get slotOffset(): number {
    return this.#network.slotOffset;
  }

  send(bytes: Uint8Array, offset: number, length: number): void {
    this.#network.send(this.#path, bytes, offset, length);
  }

  beginSlot(capacityBytes: number): boolean {
    return this.#network.beginSlot(this.#path, capacityBytes);
  }

  commitSlot(length: number): void {
    this.#network.commitSlot(length);
  }

  dropSlot(): void {
    this.#network.dropSlot();
  }

  close(): void {
    this.#network.releasePath(this.#path);
    this.#network.close(this.#socket);
  }
}

class TcpWire implements PeerWire {
  readonly remote: TransportAddress;
  readonly local: TransportAddress;
  readonly slotBytes = new Uint8Array(4096);
  readonly slotOffset = 0;
  readonly #socket: Socket;

  constructor(socket: Socket, remote: TransportAddress) {
    this.#socket = socket;
    this.remote = remote;
    this.local = { ...remote, port: socket.localPort ?? 0 };
  }

  send(bytes: Uint8Array, offset: number, length: number): void {
    const frame = Buffer.alloc(FRAME_HEADER_BYTES + length);
    frame.writeUInt16BE(length, 0);
    frame.set(bytes.subarray(offset, offset + length), FRAME_HEADER_BYTES);
    if (this.#socket.writable) this.#socket.write(frame);
  }

  beginSlot(capacityBytes: number): boolean {
    return capacityBytes <= this.slotBytes.length;
  }

  commitSlot(length: number): void {
    this.send(this.slotBytes, this.slotOffset, length);
  }

  dropSlot(): void {
    // The next slot is the same memory.
  }

  close(): void {
    this.#socket.destroy();
  }
}

function loopbackOf(remote: TransportAddress): TransportAddress {
  const bytes = new Uint8Array(remote.family === 4 ? 4 : 16);
  if (remote.family === 4) bytes[0] = 127;
  bytes[bytes.length - 1] = 1;
  return { family: remote.family, bytes, port: 0 };
}
