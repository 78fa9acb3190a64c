import { errno, libc } from '@madang/server/native/ffi';
import type { Slab } from '@madang/server/native/ffi';
import { allocateSlab } from '@madang/server/native/ffi';
import {
  closeDescriptor,
  localAddressOf,
  openUdpSocket,
  setSocketOption,
} from '@madang/server/native/libc/socket';

/**
 * One UDP socket that stands for many clients or many peers: bound to the wildcard address, it sends from any address
 * in 127.0.0.0/8 that a message names (IP_PKTINFO). So one sendmmsg(2) interleaves hundreds of 5-tuples, and one
 * recvmmsg(2) takes what comes back to all of them.
 */
export interface LoadSocket {
  readonly fd: number;
  readonly port: number;
}

/** Receive offload 'on' (UDP_GRO) lets one receive take a run of datagrams that crossed the kernel as one. */
export interface LoadSocketOptions {
  readonly receiveOffload: 'on' | 'off';
  readonly port?: number;
}

/** Opens a load socket with buffers of 8 MiB. Throws with errno when the kernel refuses. */
export function openLoadSocket(options: LoadSocketOptions): LoadSocket {
  const result = openUdpSocket({
    address: { family: 4, bytes: new Uint8Array(4), port: options.port ?? 0 },
    receiveOffload: options.receiveOffload === 'on',
    receiveBufferBytes: BUFFER_BYTES,
    sendBufferBytes: BUFFER_BYTES,
  });
  if (!result.ok) throw new Error(`cannot open a UDP socket: errno ${result.errno}`);
  // With IP_TRANSPARENT the kernel need not look the source address up for every message (only root may).
  setSocketOption(result.fd, SOL_IP, IP_TRANSPARENT, 1);
  return { fd: result.fd, port: localAddressOf(result.fd)!.port };
}

export function closeLoadSocket(socket: LoadSocket): void {
  closeDescriptor(socket.fd);
}

/** Datagrams the kernel dropped because nobody read this socket in time, since it was opened (SO_MEMINFO). */
export function droppedBy(socket: LoadSocket): number {
  scratch ??= allocateSlab(4096);
  getsockopt ??= libc().func('int getsockopt(int fd, int level, int option, void *value, void *length)');
  scratch.buffer.writeUInt32LE(64, 1024);
  if (getsockopt(socket.fd, SOL_SOCKET, SO_MEMINFO, scratch.address, scratch.address + 1024) < 0) {
    throw new Error(`SO_MEMINFO failed: errno ${errno()}`);
  }
  return scratch.buffer.readUInt32LE(SK_MEMINFO_DROPS * 4);
}

let scratch: Slab | undefined;
let getsockopt:
  ((fd: number, level: number, option: number, value: number, length: number) => number) | undefined;

const BUFFER_BYTES = 8 * 1024 * 1024;
const SOL_SOCKET = 1;
const SOL_IP = 0;
const IP_TRANSPARENT = 19;
const SO_MEMINFO = 55;
const SK_MEMINFO_DROPS = 8;
