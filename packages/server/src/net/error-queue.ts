import { allocateSlab } from '../native/ffi.js';
import { MMSGHDR_BYTES, MSG_ERRQUEUE, MmsgWord, receiveMessages, writeWord64 } from '../native/libc/mmsg.js';
import { readSockaddr } from '../native/libc/sockaddr.js';
import type { IcmpError } from './udp-network.js';

/**
 * Reads the error queue of a socket with IP_RECVERR (ip(7)): ICMP errors about datagrams it sent. The name of a
 * queued message is the destination of the datagram that failed; struct sock_extended_err follows as control data.
 */
export class ErrorQueue {
  readonly #slab = allocateSlab(4096);
  readonly #words = new Uint32Array(this.#slab.buffer.buffer, this.#slab.buffer.byteOffset, 1024);

  /** Gives each queued ICMP error, at most 64 in one call. Errors made locally (EMSGSIZE) are skipped. */
  drain(fd: number, give: (error: IcmpError) => void): void {
    for (let count = 0; count < MAXIMUM_PER_CALL; count++) {
      this.#prepare();
      if (receiveMessages(fd, this.#slab.address, 1, MSG_ERRQUEUE) !== 1) return;
      const error = this.#read();
      if (error !== undefined) give(error);
    }
  }

  #prepare(): void {
    const words = this.#words;
    const { address } = this.#slab;
    words.fill(0, 0, MMSGHDR_BYTES / 4);
    writeWord64(words, MmsgWord.name, address + NAME);
    words[MmsgWord.nameLength] = 28;
    writeWord64(words, MmsgWord.iovec, address + IOVEC);
    words[MmsgWord.iovecCount] = 1;
    writeWord64(words, MmsgWord.control, address + CONTROL);
    words[MmsgWord.controlLength] = CONTROL_BYTES;
    writeWord64(words, IOVEC / 4, address + DATA);
    writeWord64(words, IOVEC / 4 + 2, DATA_BYTES);
  }

  /** sock_extended_err: errno (u32), origin (u8), type (u8), code (u8), pad, info (u32: the MTU), data (u32). */
  #read(): IcmpError | undefined {
    const { buffer } = this.#slab;
    const remote = readSockaddr(buffer, NAME);
    if (remote === undefined || this.#words[MmsgWord.controlLength]! < 32) return undefined;
    const at = CONTROL + 16;
    const origin = buffer[at + 4];
    if (origin !== SO_EE_ORIGIN_ICMP && origin !== SO_EE_ORIGIN_ICMP6) return undefined;
    return { remote, type: buffer[at + 5]!, code: buffer[at + 6]!, mtuBytes: buffer.readUInt32LE(at + 8) };
  }
}

const NAME = 64;
const IOVEC = 96;
const CONTROL = 128;
const CONTROL_BYTES = 512;
const DATA = 1024;
const DATA_BYTES = 2048;
const MAXIMUM_PER_CALL = 64;
const SO_EE_ORIGIN_ICMP = 2;
const SO_EE_ORIGIN_ICMP6 = 3;
