import { libc } from '../ffi.js';

/**
 * recvmmsg(2) and sendmmsg(2): many datagrams in one system call.
 *
 * struct mmsghdr on 64-bit Linux: msg_name (pointer, 0), msg_namelen (u32, 8), msg_iov (pointer, 16), msg_iovlen
 * (u64, 24), msg_control (pointer, 32), msg_controllen (u64, 40), msg_flags (u32, 48), msg_len (u32, 56).
 * struct iovec: base (pointer, 0), length (u64, 8).
 */
export const MMSGHDR_BYTES = 64;
export const IOVEC_BYTES = 16;

/** Field positions in 32-bit words of a struct mmsghdr. */
export const MmsgWord = {
  name: 0,
  nameLength: 2,
  iovec: 4,
  iovecCount: 6,
  control: 8,
  controlLength: 10,
  flags: 12,
  length: 14,
} as const;

/** Receives up to `count` datagrams into the headers at `headers`; the number received or -1 (see errno). Never waits. */
export function receiveMessages(fd: number, headers: number, count: number, flags: number): number {
  return (recvmmsg ??= libc().func(
    'int recvmmsg(int fd, uint64_t headers, unsigned int count, int flags, uint64_t timeout)',
  ))(fd, headers, count, flags | MSG_DONTWAIT, 0);
}

/** Sends up to `count` datagrams; the number sent or -1 when the first one failed (see errno). Never waits. */
export function sendMessages(fd: number, headers: number, count: number): number {
  return (sendmmsg ??= libc().func('int sendmmsg(int fd, uint64_t headers, unsigned int count, int flags)'))(
    fd,
    headers,
    count,
    MSG_DONTWAIT,
  );
}

/** Writes a 64-bit address or size as two little-endian words. */
export function writeWord64(words: Uint32Array, index: number, value: number): void {
  words[index] = value;
  words[index + 1] = value / 0x1_0000_0000;
}

export const MSG_DONTWAIT = 0x40;
export const MSG_TRUNC = 0x20;
export const MSG_ERRQUEUE = 0x2000;

let recvmmsg:
  ((fd: number, headers: number, count: number, flags: number, timeout: number) => number) | undefined;
let sendmmsg: ((fd: number, headers: number, count: number, flags: number) => number) | undefined;
