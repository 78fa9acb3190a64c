import { allocateSlab, errno, ffi, libc, loadFfi, self } from './ffi.js';
import { Epoll } from './libc/epoll.js';
import { errnoName } from './libc/errno.js';
import {
  IPV6_PKTINFO,
  IPV6_RECVPKTINFO,
  IP_PKTINFO,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
  UDP_SEGMENT,
  closeDescriptor,
  localAddressOf,
  openUdpSocket,
  setSocketOption,
} from './libc/socket.js';
import { AesGcm } from './openssl/aead.js';
import { DtlsContext } from './openssl/dtls-context.js';
import { DtlsSession } from './openssl/dtls-session.js';
import { openLoopback, receiveAll, sendTo, withPair } from './probe-exchange.js';

/** One thing the native layer can do here, or what is done instead. */
export interface Ability {
  readonly name: string;
  readonly available: boolean;
  /** What was seen: a version, a measure, or why it does not work. */
  readonly detail: string;
  /** What happens where it is missing. */
  readonly fallback: string;
}

/**
 * Tries every ability of kernel and OpenSSL the program uses, each with a real call over the loopback. Opens and closes
 * a few sockets, takes some milliseconds, never throws. Without FFI everything native is reported missing with the reason.
 */
export async function probeAbilities(): Promise<Ability[]> {
  const loaded = loadFfi();
  const results: Ability[] = [
    {
      name: 'FFI',
      available: loaded.ok,
      detail: loaded.ok ? 'native functions can be called' : loaded.reason,
      fallback: 'node:dgram and node:crypto, several times more CPU per packet; no DTLS',
    },
  ];
  for (const probe of PROBES) results.push(await run(probe));
  return results;
}

interface Probe {
  readonly name: string;
  readonly fallback: string;
  readonly needs: 'openssl' | 'linux';
  /** Gives the detail, or throws why not. */
  readonly attempt: () => string | Promise<string>;
}

const ONE_BY_ONE = 'node:dgram, one datagram per call';

const PROBES: readonly Probe[] = [
  { name: 'OpenSSL DTLS 1.2', needs: 'openssl', fallback: 'no TURN over DTLS, no SFU', attempt: probeDtls },
  {
    name: 'AEAD',
    needs: 'openssl',
    fallback: 'node:crypto, seven times slower per packet',
    attempt: probeAead,
  },
  { name: 'libuv poll', needs: 'linux', fallback: ONE_BY_ONE, attempt: probeUvPoll },
  { name: 'recvmmsg/sendmmsg', needs: 'linux', fallback: ONE_BY_ONE, attempt: probeMmsg },
  { name: 'epoll', needs: 'linux', fallback: ONE_BY_ONE, attempt: probeEpoll },
  { name: 'eventfd', needs: 'linux', fallback: 'wake-ups through the event loop', attempt: probeEventfd },
  { name: 'SO_REUSEPORT', needs: 'linux', fallback: 'one worker', attempt: probeReusePort },
  {
    name: 'IP_PKTINFO',
    needs: 'linux',
    fallback: 'bind one address each: answers may leave from another one',
    attempt: () => probePacketInfo(4),
  },
  {
    name: 'IPV6_RECVPKTINFO',
    needs: 'linux',
    fallback: 'bind one address each: answers may leave from another one',
    attempt: () => probePacketInfo(6),
  },
  { name: 'UDP_SEGMENT', needs: 'linux', fallback: 'every datagram on its own', attempt: probeSegment },
  { name: 'UDP_GRO', needs: 'linux', fallback: 'every datagram on its own', attempt: probeGro },
  { name: 'IPv6', needs: 'linux', fallback: 'IPv4 only', attempt: probeIpv6 },
  {
    name: 'SO_RCVBUFFORCE',
    needs: 'linux',
    fallback: 'receive buffers up to net.core.rmem_max (needs CAP_NET_ADMIN)',
    attempt: probeReceiveBuffer,
  },
];

async function run({ name, fallback, needs, attempt }: Probe): Promise<Ability> {
  const missing = (detail: string): Ability => ({ name, available: false, detail, fallback });
  const loaded = loadFfi();
  if (!loaded.ok) return missing(`needs FFI: ${loaded.reason}`);
  if (needs === 'linux' && process.platform !== 'linux')
    return missing(`only on Linux, this is ${process.platform}`);
  try {
    return { name, available: true, detail: await attempt(), fallback };
  } catch (error) {
    return missing(error instanceof Error ? error.message : String(error));
  }
}

function probeDtls(): string {
  const context = new DtlsContext({ role: 'client', srtpProfiles: ['SRTP_AEAD_AES_128_GCM'] });
  let helloBytes = 0;
  const session = new DtlsSession(context, {
    transmit: (_bytes, _offset, length) => (helloBytes = length),
    plaintext: () => {},
  });
  session.connect();
  session.free();
  context.free();
  if (helloBytes === 0) throw new Error('a client did not write its hello');
  return self().func<(kind: number) => string>('str OpenSSL_version(int)')(0);
}

function probeAead(): string {
  const key = new Uint8Array(16).fill(7);
  const slab = allocateSlab(4096);
  const [iv, aad, text, tag] = [0, 64, 128, 1128].map((offset) => slab.address + offset) as [
    number,
    number,
    number,
    number,
  ];
  const cipher = new AesGcm(key);
  try {
    cipher.seal(iv, aad, 12, text, text, 1000, tag);
    if (slab.buffer.subarray(128, 1128).every((byte) => byte === 0))
      throw new Error('the text was not encrypted');
    if (!cipher.open(iv, aad, 12, text, 1000, tag)) throw new Error('the tag was not accepted');
    return 'AES-GCM in place';
  } finally {
    cipher.free();
  }
}

async function probeUvPoll(): Promise<string> {
  const fd = openEventfd(1);
  try {
    return await new Promise((resolve, reject) => {
      const handle = ffi().poll(fd, { readable: true }, () => settle(() => resolve('woken by a descriptor')));
      const timer = setTimeout(() => settle(() => reject(new Error('not woken within a second'))), 1000);
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        handle.close();
        end();
      };
    });
  } finally {
    closeDescriptor(fd);
  }
}

function probeMmsg(): string {
  const { lengths } = withPair(4, {}, (sender, receiver) => {
    sendTo(sender, receiver, 4, 100);
    return receiveAll(receiver);
  });
  expectLengths(lengths, [100, 100, 100, 100]);
  return '4 datagrams in one call each way';
}

function probeEpoll(): string {
  return withPair(4, {}, (sender, receiver) => {
    const epoll = new Epoll({ maximumEvents: 4 });
    try {
      epoll.add(receiver, 77);
      if (epoll.poll() !== 0) throw new Error('ready without a datagram');
      sendTo(sender, receiver, 1, 10);
      if (epoll.poll() !== 1 || epoll.token(0) !== 77) throw new Error('not ready for a datagram');
      return 'ready for a datagram';
    } finally {
      epoll.close();
    }
  });
}

function probeEventfd(): string {
  const fd = openEventfd(3);
  try {
    const slab = allocateSlab(4096);
    const read = libc().func<(fd: number, into: number, bytes: number) => number>(
      'int64_t read(int, void*, size_t)',
    );
    if (read(fd, slab.address, 8) !== 8) throw new Error(`read: ${errnoName(errno())}`);
    if (slab.buffer.readUInt32LE(0) !== 3) throw new Error('the counter was lost');
    return 'counts and wakes';
  } finally {
    closeDescriptor(fd);
  }
}

function probeReusePort(): string {
  const first = openLoopback(4, { reusePort: true });
  try {
    const address = localAddressOf(first);
    if (address === undefined) throw new Error('getsockname failed');
    const second = openUdpSocket({ address, reusePort: true });
    if (!second.ok) throw new Error(`second socket: ${errnoName(second.errno)}`);
    closeDescriptor(second.fd);
    return 'two sockets on one port';
  } finally {
    closeDescriptor(first);
  }
}

function probePacketInfo(family: 4 | 6): string {
  const { control } = withPair(family, { packetInfo: true }, (sender, receiver) => {
    sendTo(sender, receiver, 1, 10);
    return receiveAll(receiver);
  });
  const [level, type] = family === 4 ? [SOL_IP, IP_PKTINFO] : [SOL_IPV6, IPV6_PKTINFO];
  if (!control.some((entry) => entry.level === level && entry.type === type)) {
    throw new Error(`option ${family === 4 ? IP_PKTINFO : IPV6_RECVPKTINFO} is set but tells nothing`);
  }
  return 'datagrams tell the address that was asked';
}

function probeSegment(): string {
  const { lengths } = withPair(4, {}, sendSegmented);
  expectLengths(lengths, [100, 100, 50]);
  return 'one call, several datagrams';
}

function probeGro(): string {
  const { lengths, control } = withPair(4, { receiveOffload: true }, sendSegmented);
  expectLengths(lengths, [250]);
  if (!control.some((entry) => entry.level === SOL_UDP && entry.type === UDP_GRO))
    throw new Error('no segment size');
  return 'several datagrams in one buffer';
}

/** Sends 250 bytes in segments of 100 and receives them. */
function sendSegmented(sender: number, receiver: number): ReturnType<typeof receiveAll> {
  if (!setSocketOption(sender, SOL_UDP, UDP_SEGMENT, 100))
    throw new Error(`UDP_SEGMENT: ${errnoName(errno())}`);
  sendTo(sender, receiver, 1, 250);
  return receiveAll(receiver);
}

function probeIpv6(): string {
  const { lengths } = withPair(6, {}, (sender, receiver) => {
    sendTo(sender, receiver, 1, 10);
    return receiveAll(receiver);
  });
  expectLengths(lengths, [10]);
  return 'loopback datagrams pass';
}

function probeReceiveBuffer(): string {
  const fd = openLoopback(4);
  try {
    if (!setSocketOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)) throw new Error(errnoName(errno()));
    return '8 MiB receive buffer';
  } finally {
    closeDescriptor(fd);
  }
}

function openEventfd(count: number): number {
  const fd = libc().func<(count: number, flags: number) => number>('int eventfd(unsigned int, int)')(
    count,
    EFD_FLAGS,
  );
  if (fd < 0) throw new Error(`eventfd: ${errnoName(errno())}`);
  return fd;
}

function expectLengths(got: readonly number[], expected: readonly number[]): void {
  if (got.join() !== expected.join())
    throw new Error(`received ${got.join(' ') || 'nothing'}, not ${expected.join(' ')}`);
}

const SO_RCVBUFFORCE = 33;
/** EFD_CLOEXEC and EFD_NONBLOCK. */
const EFD_FLAGS = 0o2000000 | 0o4000;
