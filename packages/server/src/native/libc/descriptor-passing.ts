import { allocateSlab, errno, libc } from '../ffi.js';
import type { Slab } from '../ffi.js';
import { Errno } from './errno.js';
import { closeDescriptor } from './socket.js';
import type { SocketResult } from './socket.js';

/**
 * Open descriptors handed to another process through a Unix socket: SCM_RIGHTS (unix(7)).
 *
 * struct msghdr on 64-bit Linux: msg_name (pointer, 0), msg_namelen (u32, 8), msg_iov (pointer, 16), msg_iovlen (u64,
 * 24), msg_control (pointer, 32), msg_controllen (u64, 40), msg_flags (int, 48).
 * struct cmsghdr: cmsg_len (u64, 0), cmsg_level (int, 8), cmsg_type (int, 12), data from 16.
 */

/** A path longer than this fits into no sockaddr_un; its last byte is the zero behind it. */
export const MAXIMUM_UNIX_PATH_BYTES = 107;

/** Connects to a listening Unix socket; the socket does not block. */
export function connectUnixSocket(path: string): SocketResult {
  const { socket, connect, slab } = functions();
  const length = Buffer.byteLength(path);
  if (length > MAXIMUM_UNIX_PATH_BYTES) return { ok: false, errno: Errno.EINVAL };
  const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return { ok: false, errno: errno() };
  slab.buffer.fill(0, 0, ADDRESS_BYTES);
  slab.buffer.writeUInt16LE(AF_UNIX, 0);
  slab.buffer.write(path, 2);
  if (connect(fd, slab.address, 2 + length + 1) < 0) {
    const failure = errno();
    closeDescriptor(fd);
    return { ok: false, errno: failure };
  }
  return { ok: true, fd };
}

/** Sends copies of `descriptors`, in parts of one byte each that says how many follow; false when the peer is gone. */
export function sendDescriptors(fd: number, descriptors: readonly number[]): boolean {
  const { sendmsg, slab } = functions();
  for (let sent = 0, parts = Math.max(1, Math.ceil(descriptors.length / PART)); parts > 0; parts--) {
    const part = descriptors.slice(sent, sent + PART);
    sent += part.length;
    const control = CMSG_HEADER + 4 * part.length;
    writeHeader(slab, part.length === 0 ? 0 : alignment(control));
    slab.buffer.writeUInt8(parts - 1, PAYLOAD);
    slab.buffer.writeBigUInt64LE(BigInt(control), CONTROL);
    slab.buffer.writeInt32LE(SOL_SOCKET, CONTROL + 8);
    slab.buffer.writeInt32LE(SCM_RIGHTS, CONTROL + 12);
    part.forEach((one, index) => slab.buffer.writeInt32LE(one, CONTROL + CMSG_HEADER + 4 * index));
    if (sendmsg(fd, slab.address + HEADER, MSG_NOSIGNAL | MSG_DONTWAIT) !== 1) return false;
  }
  return true;
}

/** One part of what `sendDescriptors` sent: `later` when nothing is there yet, `closed` when nothing will come. */
export function receiveDescriptors(
  fd: number,
): { readonly descriptors: readonly number[]; readonly partsLeft: number } | 'later' | 'closed' {
  const { recvmsg, slab } = functions();
  writeHeader(slab, alignment(CMSG_HEADER + 4 * PART));
  const received = recvmsg(fd, slab.address + HEADER, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received < 0) return errno() === Errno.EAGAIN || errno() === Errno.EINTR ? 'later' : 'closed';
  if (received === 0) return 'closed';
  const descriptors: number[] = [];
  const controlBytes = Number(slab.buffer.readBigUInt64LE(HEADER + 40));
  if (controlBytes > CMSG_HEADER && slab.buffer.readInt32LE(CONTROL + 12) === SCM_RIGHTS) {
    const end = Number(slab.buffer.readBigUInt64LE(CONTROL));
    for (let at = CMSG_HEADER; at + 4 <= end; at += 4)
      descriptors.push(slab.buffer.readInt32LE(CONTROL + at));
  }
  return { descriptors, partsLeft: slab.buffer.readUInt8(PAYLOAD) };
}

/** A message of one byte with room for `controlBytes` of ancillary data. */
function writeHeader({ buffer, address }: Slab, controlBytes: number): void {
  buffer.fill(0, HEADER, HEADER + 56);
  buffer.writeBigUInt64LE(BigInt(address + VECTOR), HEADER + 16);
  buffer.writeBigUInt64LE(1n, HEADER + 24);
  buffer.writeBigUInt64LE(controlBytes === 0 ? 0n : BigInt(address + CONTROL), HEADER + 32);
  buffer.writeBigUInt64LE(BigInt(controlBytes), HEADER + 40);
  buffer.writeBigUInt64LE(BigInt(address + PAYLOAD), VECTOR);
  buffer.writeBigUInt64LE(1n, VECTOR + 8);
}

function alignment(bytes: number): number {
  return (bytes + 7) & ~7;
}

interface PassingFunctions {
  socket(domain: number, type: number, protocol: number): number;
  connect(fd: number, address: number, length: number): number;
  sendmsg(fd: number, message: number, flags: number): number;
  recvmsg(fd: number, message: number, flags: number): number;
  slab: Slab;
}

let bound: PassingFunctions | undefined;

function functions(): PassingFunctions {
  return (bound ??= {
    socket: libc().func('int socket(int domain, int type, int protocol)'),
    connect: libc().func('int connect(int fd, void *address, uint32_t length)'),
    sendmsg: libc().func('int64_t sendmsg(int fd, void *message, int flags)'),
    recvmsg: libc().func('int64_t recvmsg(int fd, void *message, int flags)'),
    slab: allocateSlab(4096),
  });
}

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const CMSG_HEADER = 16;
/** Descriptors of one message; the kernel takes up to 253 (SCM_MAX_FD). */
const PART = 200;

/** The slab: an address, a header, its vector, the payload, ancillary data. */
const ADDRESS_BYTES = 128;
const HEADER = 128;
const VECTOR = 192;
const PAYLOAD = 208;
const CONTROL = 256;
