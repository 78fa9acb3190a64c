import type { Arrival } from '@madang/core/path/path';
import { allocateSlab } from '../native/ffi.js';
import type { Slab } from '../native/ffi.js';
import { AF_INET, SOCKADDR_IN6_BYTES } from '../native/libc/sockaddr.js';
import {
  IOVEC_BYTES,
  MMSGHDR_BYTES,
  MSG_TRUNC,
  MmsgWord,
  receiveMessages,
  writeWord64,
} from '../native/libc/mmsg.js';
import {
  IPV6_PKTINFO,
  IP_PKTINFO,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  SO_TIMESTAMPNS,
  UDP_GRO,
} from '../native/libc/socket.js';

/**
 * The memory datagrams are received into: a row of slots, each with its name, iovec and control buffers laid out
 * once. `receive` fills the next free slots; `rewind` makes all free again, which the owner does only after what was
 * sent out of the slots has been flushed.
 */
export class RxSlab {
  readonly #slots: number;
  readonly #data: Slab;
  readonly #headers: Slab;
  readonly #headerWords: Uint32Array;
  readonly #names: Uint32Array;
  readonly #control: Uint32Array;
  /** Referenced for as long as the kernel may use it. */
  readonly iovecs: Slab;
  /** When the datagram `readArrival` read last arrived, in ms of the wall clock; 0 where the kernel does not say. */
  receivedAtMs = 0;
  #next = 0;
  #first = 0;

  constructor(options: { slots: number }) {
    const { slots } = options;
    this.#slots = slots;
    this.#data = allocateSlab(slots * SLOT_STRIDE_BYTES);
    this.#headers = allocateSlab(slots * MMSGHDR_BYTES);
    const names = allocateSlab(slots * NAME_STRIDE_BYTES);
    const iovecs = allocateSlab(slots * IOVEC_BYTES);
    const control = allocateSlab(slots * CONTROL_BYTES);
    this.#headerWords = words(this.#headers);
    this.#names = words(names);
    this.#control = words(control);
    this.iovecs = iovecs;
    const iovecWords = words(iovecs);
    for (let slot = 0; slot < slots; slot++) {
      writeWord64(iovecWords, slot * 4, this.#data.address + slot * SLOT_STRIDE_BYTES);
      writeWord64(iovecWords, slot * 4 + 2, SLOT_BYTES);
      const at = slot * HEADER_WORDS;
      writeWord64(this.#headerWords, at + MmsgWord.name, names.address + slot * NAME_STRIDE_BYTES);
      writeWord64(this.#headerWords, at + MmsgWord.iovec, iovecs.address + slot * IOVEC_BYTES);
      writeWord64(this.#headerWords, at + MmsgWord.iovecCount, 1);
      writeWord64(this.#headerWords, at + MmsgWord.control, control.address + slot * CONTROL_BYTES);
      this.#reset(slot);
    }
  }

  /** The memory all slots lie in: `bytes` of every received datagram. */
  get bytes(): Buffer {
    return this.#data.buffer;
  }

  get address(): number {
    return this.#data.address;
  }

  /** Slots that can be filled before the next `rewind`. */
  get room(): number {
    return this.#slots - this.#next;
  }

  rewind(): void {
    this.#next = 0;
  }

  /**
   * Receives up to `count` (at most `room`) messages; their number, or -1 on an error (see errno). Messages are then
   * addressed by 0 ... number - 1 until the next call.
   */
  receive(fd: number, count: number): number {
    this.#first = this.#next;
    const received = receiveMessages(fd, this.#headers.address + this.#first * MMSGHDR_BYTES, count, 0);
    if (received > 0) this.#next += received;
    return received;
  }

  offset(message: number): number {
    return (this.#first + message) * SLOT_STRIDE_BYTES;
  }

  length(message: number): number {
    return this.#headerWords[(this.#first + message) * HEADER_WORDS + MmsgWord.length]!;
  }

  truncated(message: number): boolean {
    return (this.#headerWords[(this.#first + message) * HEADER_WORDS + MmsgWord.flags]! & MSG_TRUNC) !== 0;
  }

  /**
   * Fills in where a message came from, makes its headers ready for the next use, and gives the size of the
   * datagrams in it: with UDP_GRO one message may hold a run of equal datagrams (the last may be shorter).
   */
  readArrival(message: number, arrival: Arrival): number {
    const slot = this.#first + message;
    this.#readName(slot, arrival);
    const segmentBytes = this.#readControl(slot, arrival.words);
    this.#reset(slot);
    return segmentBytes === 0 ? this.length(message) : segmentBytes;
  }

  #readName(slot: number, arrival: Arrival): void {
    const names = this.#names;
    const at = slot * (NAME_STRIDE_BYTES / 4);
    const first = names[at]!;
    const words = arrival.words;
    arrival.port = ((first >>> 8) & 0xff00) | (first >>> 24);
    if ((first & 0xffff) === AF_INET) {
      arrival.family = 4;
      words[0] = swap(names[at + 1]!);
    } else {
      arrival.family = 6;
      for (let i = 0; i < 4; i++) words[i] = swap(names[at + 2 + i]!);
    }
  }

  /** Walks the control messages: cmsg_len (u64), cmsg_level (i32), cmsg_type (i32), data, padded to 8. */
  #readControl(slot: number, arrivalWords: Uint32Array): number {
    const control = this.#control;
    let at = slot * (CONTROL_BYTES / 4);
    const end = at + (this.#headerWords[slot * HEADER_WORDS + MmsgWord.controlLength]! >>> 2);
    let segmentBytes = 0;
    this.receivedAtMs = 0;
    arrivalWords[4] = arrivalWords[5] = arrivalWords[6] = arrivalWords[7] = 0;
    while (at + 4 <= end) {
      const length = control[at]!;
      const level = control[at + 2]!;
      const type = control[at + 3]!;
      if (level === SOL_UDP && type === UDP_GRO) segmentBytes = control[at + 4]!;
      // struct in_pktinfo: interface, local address used for answering (ipi_spec_dst), destination in the header.
      else if (level === SOL_IP && type === IP_PKTINFO) arrivalWords[4] = swap(control[at + 5]!);
      else if (level === SOL_IPV6 && type === IPV6_PKTINFO) {
        for (let i = 0; i < 4; i++) arrivalWords[4 + i] = swap(control[at + 4 + i]!);
      }
      // struct timespec: seconds and nanoseconds, 64 bits each.
      else if (level === SOL_SOCKET && type === SO_TIMESTAMPNS) {
        this.receivedAtMs =
          (control[at + 4]! + control[at + 5]! * 0x1_0000_0000) * 1000 + control[at + 6]! / 1e6;
      }
      at += length < 16 ? CONTROL_BYTES : ((length + 7) >>> 3) << 1;
    }
    return segmentBytes;
  }

  #reset(slot: number): void {
    const at = slot * HEADER_WORDS;
    this.#headerWords[at + MmsgWord.nameLength] = SOCKADDR_IN6_BYTES;
    this.#headerWords[at + MmsgWord.controlLength] = CONTROL_BYTES;
    this.#headerWords[at + MmsgWord.flags] = 0;
  }
}

/** A UDP_GRO message can be as long as an IP packet. */
const SLOT_BYTES = 65_536;
/** Not a multiple of 4096, so that the first lines of the slots do not fight for the same cache sets. */
const SLOT_STRIDE_BYTES = SLOT_BYTES + 19 * 64;
const NAME_STRIDE_BYTES = 32;
const CONTROL_BYTES = 128;
const HEADER_WORDS = MMSGHDR_BYTES / 4;

function words(slab: Slab): Uint32Array {
  return new Uint32Array(slab.buffer.buffer, slab.buffer.byteOffset, slab.buffer.length >>> 2);
}

/** Network order to number (and back) on a little-endian machine; the native data plane refuses other machines. */
function swap(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
