import { allocateSlab } from '@madang/server/native/ffi';
import type { Slab } from '@madang/server/native/ffi';
import {
  IOVEC_BYTES,
  MMSGHDR_BYTES,
  MmsgWord,
  MSG_TRUNC,
  receiveMessages,
  writeWord64,
} from '@madang/server/native/libc/mmsg';
import type { LoadSocket } from './load-socket.js';

/**
 * Takes datagrams out of a socket and counts them by length, without copying their bytes: with MSG_TRUNC the kernel
 * tells the whole length of a message however little room there is for it. A message that holds a run (UDP_GRO) counts
 * as many packets as fit its length.
 */
export class PacketCounter {
  readonly #socket: LoadSocket;
  readonly #headers: Slab;
  readonly #words: Uint32Array;
  readonly #iovec: Slab;
  /** Length every packet must have. */
  readonly packetBytes: number;
  /** Packets of the right length since the last `reset`. */
  packets = 0;
  /** Messages whose length is no multiple of `packetBytes`: not ours, or damaged. */
  odd = 0;
  /** Messages the kernel handed over, runs counting once. */
  messages = 0;

  constructor(options: { socket: LoadSocket; packetBytes: number }) {
    this.#socket = options.socket;
    this.packetBytes = options.packetBytes;
    this.#headers = allocateSlab(BATCH * MMSGHDR_BYTES);
    this.#iovec = allocateSlab(4096);
    this.#words = new Uint32Array(this.#headers.buffer.buffer, this.#headers.buffer.byteOffset, BATCH * 16);
    const iovecWords = new Uint32Array(this.#iovec.buffer.buffer, this.#iovec.buffer.byteOffset, 4);
    writeWord64(iovecWords, 0, this.#iovec.address + IOVEC_BYTES);
    for (let message = 0; message < BATCH; message++) {
      const at = message * 16;
      writeWord64(this.#words, at + MmsgWord.iovec, this.#iovec.address);
      writeWord64(this.#words, at + MmsgWord.iovecCount, 1);
    }
  }

  reset(): void {
    this.packets = this.odd = this.messages = 0;
  }

  /** Counts what waits, at most `calls` times 128 messages; the packets counted now. */
  receive(calls: number): number {
    const before = this.packets;
    for (let call = 0; call < calls; call++) {
      const received = receiveMessages(this.#socket.fd, this.#headers.address, BATCH, MSG_TRUNC);
      if (received <= 0) break;
      this.#count(received);
      if (received < BATCH) break;
    }
    return this.packets - before;
  }

  #count(received: number): void {
    const words = this.#words;
    const size = this.packetBytes;
    let packets = 0;
    for (let message = 0; message < received; message++) {
      const length = words[message * 16 + MmsgWord.length]!;
      if (length === size) packets++;
      else if (length % size === 0) packets += length / size;
      else this.odd++;
    }
    this.packets += packets;
    this.messages += received;
  }
}

const BATCH = 128;
