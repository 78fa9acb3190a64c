import { allocateSlab, errno } from '@madang/server/native/ffi';
import type { Slab } from '@madang/server/native/ffi';
import {
  MMSGHDR_BYTES,
  MmsgWord,
  receiveMessages,
  sendMessages,
  writeWord64,
} from '@madang/server/native/libc/mmsg';
import { AF_INET, SOCKADDR_IN_BYTES } from '@madang/server/native/libc/sockaddr';
import { IP_PKTINFO, SOL_IP } from '@madang/server/native/libc/socket';
import type { LoadSocket } from './load-socket.js';

/** Sends and receives single messages over a load socket, copying them: for the requests that prepare a load. */
export class RequestSocket {
  readonly #socket: LoadSocket;
  readonly #slab: Slab;
  readonly #words: Uint32Array;

  constructor(socket: LoadSocket) {
    this.#socket = socket;
    this.#slab = allocateSlab(RECEIVE + SLOTS * SLOT_BYTES);
    this.#words = new Uint32Array(this.#slab.buffer.buffer, this.#slab.buffer.byteOffset, HEADERS_END / 4);
    const { address } = this.#slab;
    for (let slot = 0; slot < SLOTS; slot++) {
      const header = (slot * MMSGHDR_BYTES) / 4;
      const iovec = IOVECS + slot * 16;
      writeWord64(this.#words, header + MmsgWord.iovec, address + iovec);
      writeWord64(this.#words, header + MmsgWord.iovecCount, 1);
      writeWord64(this.#words, header + MmsgWord.name, address + NAMES + slot * SOCKADDR_IN_BYTES);
      writeWord64(this.#words, iovec / 4, address + RECEIVE + slot * SLOT_BYTES);
      writeWord64(this.#words, iovec / 4 + 2, SLOT_BYTES);
    }
    const send = SEND_HEADER / 4;
    writeWord64(this.#words, send + MmsgWord.name, address + SEND_NAME);
    this.#words[send + MmsgWord.nameLength] = SOCKADDR_IN_BYTES;
    writeWord64(this.#words, send + MmsgWord.iovec, address + SEND_IOVEC);
    writeWord64(this.#words, send + MmsgWord.iovecCount, 1);
    writeWord64(this.#words, send + MmsgWord.control, address + SEND_CONTROL);
    this.#words[send + MmsgWord.controlLength] = 32;
    const { buffer } = this.#slab;
    buffer.writeUInt32LE(28, SEND_CONTROL);
    buffer.writeUInt32LE(SOL_IP, SEND_CONTROL + 8);
    buffer.writeUInt32LE(IP_PKTINFO, SEND_CONTROL + 12);
  }

  /** Where messages to send are written: pass its offset and length to `send`. */
  get outgoing(): { readonly buffer: Uint8Array; readonly offset: number; readonly end: number } {
    return { buffer: this.#slab.buffer, offset: SEND, end: SEND + SLOT_BYTES };
  }

  /** Sends the first `length` outgoing bytes. Throws on errors. */
  send(source: number, destination: number, port: number, length: number): void {
    const { buffer, address } = this.#slab;
    buffer.writeUInt16LE(AF_INET, SEND_NAME);
    buffer.writeUInt16BE(port, SEND_NAME + 2);
    buffer.writeUInt32BE(destination, SEND_NAME + 4);
    buffer.writeUInt32BE(source, SEND_CONTROL + 20);
    writeWord64(this.#words, SEND_IOVEC / 4, address + SEND);
    writeWord64(this.#words, SEND_IOVEC / 4 + 2, length);
    if (sendMessages(this.#socket.fd, address + SEND_HEADER, 1) !== 1) {
      throw new Error(`sendmmsg failed: errno ${errno()}`);
    }
  }

  /** Hands up to 32 waiting messages over, lent until `handle` returns; their number. */
  receive(handle: (message: ReceivedMessage) => void): number {
    for (let slot = 0; slot < SLOTS; slot++) this.#words[slot * 16 + MmsgWord.nameLength] = SOCKADDR_IN_BYTES;
    const { buffer } = this.#slab;
    const received = receiveMessages(this.#socket.fd, this.#slab.address, SLOTS, 0);
    for (let slot = 0; slot < received; slot++) {
      const name = NAMES + slot * SOCKADDR_IN_BYTES;
      handle({
        bytes: buffer,
        offset: RECEIVE + slot * SLOT_BYTES,
        length: this.#words[slot * 16 + MmsgWord.length]!,
        source: buffer.readUInt32BE(name + 4),
        sourcePort: buffer.readUInt16BE(name + 2),
      });
    }
    return Math.max(0, received);
  }
}

export interface ReceivedMessage {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly length: number;
  readonly source: number;
  readonly sourcePort: number;
}

const SLOTS = 32;
const SLOT_BYTES = 2048;
const IOVECS = SLOTS * MMSGHDR_BYTES;
const NAMES = IOVECS + SLOTS * 16;
const SEND_HEADER = NAMES + SLOTS * SOCKADDR_IN_BYTES;
const SEND_NAME = SEND_HEADER + MMSGHDR_BYTES;
const SEND_IOVEC = SEND_NAME + SOCKADDR_IN_BYTES;
const SEND_CONTROL = SEND_IOVEC + 16;
const HEADERS_END = SEND_CONTROL + 32;
const SEND = 4096;
const RECEIVE = SEND + SLOT_BYTES;
