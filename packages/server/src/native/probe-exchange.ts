import type { AddressFamily } from '@madang/core/path/transport-address';
import { allocateSlab, errno } from './ffi.js';
import { errnoName } from './libc/errno.js';
import { IOVEC_BYTES, MMSGHDR_BYTES, receiveMessages, sendMessages, writeWord64 } from './libc/mmsg.js';
import { MmsgWord } from './libc/mmsg.js';
import { writeSockaddr } from './libc/sockaddr.js';
import { closeDescriptor, localAddressOf, openUdpSocket } from './libc/socket.js';
import type { UdpSocketOptions } from './libc/socket.js';

/** What arrived of datagrams sent over the loopback. */
export interface Exchange {
  readonly lengths: readonly number[];
  /** Level and type of the ancillary data of the first datagram. */
  readonly control: readonly { readonly level: number; readonly type: number }[];
}

/** Opens a UDP socket on the loopback address, or says why not. */
export function openLoopback(family: AddressFamily, options: Partial<UdpSocketOptions> = {}): number {
  const bytes = family === 4 ? Uint8Array.of(127, 0, 0, 1) : new Uint8Array(16).fill(1, 15);
  const opened = openUdpSocket({ address: { family, bytes, port: 0 }, ...options });
  if (!opened.ok) throw new Error(`no socket on the IPv${family} loopback: ${errnoName(opened.errno)}`);
  return opened.fd;
}

/** Opens two loopback sockets, hands them to `use` as sender and receiver, and closes them whatever happens. */
export function withPair<T>(
  family: AddressFamily,
  receiving: Partial<UdpSocketOptions>,
  use: (sender: number, receiver: number) => T,
): T {
  const sender = openLoopback(family);
  try {
    const receiver = openLoopback(family, receiving);
    try {
      return use(sender, receiver);
    } finally {
      closeDescriptor(receiver);
    }
  } finally {
    closeDescriptor(sender);
  }
}

/** Sends `count` datagrams of `bytes` bytes with one sendmmsg(2); throws with the errno when the kernel refuses. */
export function sendTo(sender: number, receiver: number, count: number, bytes: number): void {
  const batch = new ProbeBatch();
  const to = localAddressOf(receiver);
  if (to === undefined) throw new Error('getsockname failed');
  for (let i = 0; i < count; i++)
    batch.set(i, bytes, writeSockaddr(batch.slab.buffer, batch.nameAt(i), to), 0);
  const sent = sendMessages(sender, batch.slab.address, count);
  if (sent !== count) throw new Error(sent < 0 ? `sendmmsg: ${errnoName(errno())}` : `sendmmsg sent ${sent}`);
}

/** Receives what waits, at most `SLOTS` datagrams, with one recvmmsg(2). Loopback delivery is immediate. */
export function receiveAll(receiver: number): Exchange {
  const batch = new ProbeBatch();
  for (let i = 0; i < SLOTS; i++) batch.set(i, DATA_BYTES, NAME_BYTES, CONTROL_BYTES);
  const received = receiveMessages(receiver, batch.slab.address, SLOTS, 0);
  if (received < 0) throw new Error(`recvmmsg: ${errnoName(errno())}`);
  return {
    lengths: Array.from({ length: received }, (_, i) => batch.word(i, MmsgWord.length)),
    control: batch.control(0),
  };
}

const SLOTS = 8;
const NAME_BYTES = 32;
const CONTROL_BYTES = 256;
const DATA_BYTES = 2048;
const NAMES_AT = SLOTS * (MMSGHDR_BYTES + IOVEC_BYTES);
const CONTROLS_AT = NAMES_AT + SLOTS * NAME_BYTES;
const DATA_AT = CONTROLS_AT + SLOTS * CONTROL_BYTES;

/** Headers, vectors, names, ancillary data and bytes of a few datagrams in one slab. */
class ProbeBatch {
  readonly slab = allocateSlab(DATA_AT + SLOTS * DATA_BYTES);
  readonly #words = new Uint32Array(this.slab.buffer.buffer, this.slab.buffer.byteOffset, NAMES_AT / 4);

  nameAt(index: number): number {
    return NAMES_AT + index * NAME_BYTES;
  }

  set(index: number, bytes: number, nameBytes: number, controlBytes: number): void {
    const { address } = this.slab;
    const header = (index * MMSGHDR_BYTES) / 4;
    const vector = (SLOTS * MMSGHDR_BYTES + index * IOVEC_BYTES) / 4;
    writeWord64(this.#words, header + MmsgWord.name, address + this.nameAt(index));
    this.#words[header + MmsgWord.nameLength] = nameBytes;
    writeWord64(this.#words, header + MmsgWord.iovec, address + vector * 4);
    this.#words[header + MmsgWord.iovecCount] = 1;
    const control = controlBytes === 0 ? 0 : address + CONTROLS_AT + index * CONTROL_BYTES;
    writeWord64(this.#words, header + MmsgWord.control, control);
    this.#words[header + MmsgWord.controlLength] = controlBytes;
    writeWord64(this.#words, vector, address + DATA_AT + index * DATA_BYTES);
    this.#words[vector + 2] = bytes;
  }

  word(index: number, word: number): number {
    return this.#words[(index * MMSGHDR_BYTES) / 4 + word]!;
  }

  /** struct cmsghdr: length (u64, header included), level (i32), type (i32); the next one is aligned to 8. */
  control(index: number): { level: number; type: number }[] {
    const { buffer } = this.slab;
    const found: { level: number; type: number }[] = [];
    let at = CONTROLS_AT + index * CONTROL_BYTES;
    const end = at + this.word(index, MmsgWord.controlLength);
    while (at + 16 <= end) {
      const length = buffer.readUInt32LE(at);
      found.push({ level: buffer.readInt32LE(at + 8), type: buffer.readInt32LE(at + 12) });
      at += Math.max(16, (length + 7) & ~7);
    }
    return found;
  }
}
