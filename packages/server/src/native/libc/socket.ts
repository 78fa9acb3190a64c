import type { AddressFamily, TransportAddress } from '@madang/core/path/transport-address';
import { allocateSlab, errno, libc } from '../ffi.js';
import type { Slab } from '../ffi.js';
import { AF_INET, AF_INET6, readSockaddr, writeSockaddr } from './sockaddr.js';

export type SocketResult =
  { readonly ok: true; readonly fd: number } | { readonly ok: false; readonly errno: number };

export interface UdpSocketOptions {
  readonly address: TransportAddress;
  /** SO_REUSEPORT: several sockets share the port and the kernel spreads flows over them (socket(7)). */
  readonly reusePort?: boolean;
  /** IP_PKTINFO / IPV6_RECVPKTINFO: each datagram tells the local address that was asked (ip(7), ipv6(7)). */
  readonly packetInfo?: boolean;
  /** UDP_GRO: the kernel may hand over runs of equal datagrams as one (udp(7)). */
  readonly receiveOffload?: boolean;
  /** IP_RECVERR / IPV6_RECVERR: ICMP errors are queued and read with MSG_ERRQUEUE. */
  readonly errorQueue?: boolean;
  readonly receiveBufferBytes?: number;
  readonly sendBufferBytes?: number;
}

/** Opens, sets and binds a non-blocking UDP socket. An IPv6 socket takes IPv6 only (IPV6_V6ONLY). */
export function openUdpSocket(options: UdpSocketOptions): SocketResult {
  const { family } = options.address;
  const native = functions();
  const fd = native.socket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return { ok: false, errno: errno() };
  setUdpOptions(fd, family, options);
  const length = writeSockaddr(native.scratch.buffer, 0, options.address);
  if (native.bind(fd, native.scratch.address, length) < 0) {
    const failure = errno();
    native.close(fd);
    return { ok: false, errno: failure };
  }
  return { ok: true, fd };
}

/** Opens a listening TCP socket that worker processes inherit and accept from. */
export function openTcpListener(address: TransportAddress, backlog: number): SocketResult {
  const native = functions();
  const domain = address.family === 4 ? AF_INET : AF_INET6;
  const fd = native.socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return { ok: false, errno: errno() };
  if (address.family === 6) setSocketOption(fd, SOL_IPV6, IPV6_V6ONLY, 1);
  setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  const length = writeSockaddr(native.scratch.buffer, 0, address);
  if (native.bind(fd, native.scratch.address, length) < 0 || native.listen(fd, backlog) < 0) {
    const failure = errno();
    native.close(fd);
    return { ok: false, errno: failure };
  }
  return { ok: true, fd };
}

/**
 * Opens and binds a TCP socket that shares its address and port with others opened the same way: one listens, others
 * connect from there (SO_REUSEPORT, socket(7)). Connecting gives up after about half a minute (TCP_SYNCNT, tcp(7)).
 */
export function bindTcpSocket(address: TransportAddress): SocketResult {
  const native = functions();
  const domain = address.family === 4 ? AF_INET : AF_INET6;
  const fd = native.socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return { ok: false, errno: errno() };
  if (address.family === 6) setSocketOption(fd, SOL_IPV6, IPV6_V6ONLY, 1);
  setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  setSocketOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  // SYNs leave after 0, 1, 3, 7 and 15 s; the fifth is given up at 31 s.
  setSocketOption(fd, SOL_TCP, TCP_SYNCNT, 4);
  const length = writeSockaddr(native.scratch.buffer, 0, address);
  if (native.bind(fd, native.scratch.address, length) < 0) {
    const failure = errno();
    native.close(fd);
    return { ok: false, errno: failure };
  }
  return { ok: true, fd };
}

/** The address a socket is bound to. */
export function localAddressOf(fd: number): TransportAddress | undefined {
  const native = functions();
  native.scratch.buffer.writeUInt32LE(128, SECOND);
  if (native.getsockname(fd, native.scratch.address, native.scratch.address + SECOND) < 0) return undefined;
  return readSockaddr(native.scratch.buffer, 0);
}

/** Sets an integer socket option; false when the kernel refuses it. */
export function setSocketOption(fd: number, level: number, option: number, value: number): boolean {
  const native = functions();
  native.scratch.buffer.writeInt32LE(value, 0);
  return native.setsockopt(fd, level, option, native.scratch.address, 4) === 0;
}

/** Whether fragmentation is forbidden (DF set, EMSGSIZE above the path MTU) on what the socket sends from now on. */
export function setDontFragment(fd: number, family: AddressFamily, dontFragment: 'do' | 'dont'): boolean {
  const value = dontFragment === 'do' ? PMTUDISC_DO : PMTUDISC_DONT;
  return family === 4
    ? setSocketOption(fd, SOL_IP, IP_MTU_DISCOVER, value)
    : setSocketOption(fd, SOL_IPV6, IPV6_MTU_DISCOVER, value);
}

/** Lets the kernel say of each datagram when it arrived (socket(7)); false when it cannot. */
export function setReceiveTimestamps(fd: number): boolean {
  return setSocketOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

/** Closes a descriptor. */
export function closeDescriptor(fd: number): void {
  functions().close(fd);
}

function setUdpOptions(fd: number, family: AddressFamily, options: UdpSocketOptions): void {
  if (family === 6) setSocketOption(fd, SOL_IPV6, IPV6_V6ONLY, 1);
  if (options.reusePort) setSocketOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (options.receiveOffload) setSocketOption(fd, SOL_UDP, UDP_GRO, 1);
  if (options.packetInfo) {
    if (family === 4) setSocketOption(fd, SOL_IP, IP_PKTINFO, 1);
    else setSocketOption(fd, SOL_IPV6, IPV6_RECVPKTINFO, 1);
  }
  if (options.errorQueue) {
    if (family === 4) setSocketOption(fd, SOL_IP, IP_RECVERR, 1);
    else setSocketOption(fd, SOL_IPV6, IPV6_RECVERR, 1);
  }
  // Relayed datagrams may be fragmented on their way; a path MTU learnt for one peer must not fail another's packet.
  setDontFragment(fd, family, 'dont');
  setBufferBytes(fd, SO_RCVBUFFORCE, SO_RCVBUF, options.receiveBufferBytes);
  setBufferBytes(fd, SO_SNDBUFFORCE, SO_SNDBUF, options.sendBufferBytes);
}

/** The forced option passes the system's limit where the process may (CAP_NET_ADMIN); the plain one is cut at it. */
function setBufferBytes(fd: number, forced: number, plain: number, bytes: number | undefined): void {
  if (bytes === undefined || bytes === 0) return;
  if (!setSocketOption(fd, SOL_SOCKET, forced, bytes)) setSocketOption(fd, SOL_SOCKET, plain, bytes);
}

interface SocketFunctions {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: number, length: number): number;
  listen(fd: number, backlog: number): number;
  getsockname(fd: number, address: number, length: number): number;
  setsockopt(fd: number, level: number, option: number, value: number, length: number): number;
  close(fd: number): number;
  scratch: Slab;
}

let bound: SocketFunctions | undefined;

function functions(): SocketFunctions {
  return (bound ??= {
    socket: libc().func('int socket(int domain, int type, int protocol)'),
    bind: libc().func('int bind(int fd, void *address, uint32_t length)'),
    listen: libc().func('int listen(int fd, int backlog)'),
    getsockname: libc().func('int getsockname(int fd, void *address, void *length)'),
    setsockopt: libc().func('int setsockopt(int fd, int level, int option, void *value, uint32_t length)'),
    close: libc().func('int close(int fd)'),
    scratch: allocateSlab(4096),
  });
}

const SECOND = 256;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SOL_IP = 0;
export const SOL_UDP = 17;
export const SOL_IPV6 = 41;
const SOL_TCP = 6;
const TCP_SYNCNT = 7;
const SO_REUSEADDR = 2;
export const SO_REUSEPORT = 15;
/** Also the type of the control message that carries it. */
export const SO_TIMESTAMPNS = 35;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const IP_MTU_DISCOVER = 10;
const IPV6_MTU_DISCOVER = 23;
const PMTUDISC_DONT = 0;
const PMTUDISC_DO = 2;
export const IP_PKTINFO = 8;
const IP_RECVERR = 11;
const IPV6_RECVERR = 25;
const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;
