import type { Arrival, PathId } from '@madang/core/path/path';
import type { PathTable } from '@madang/core/path/path-table';
import { allocateSlab, errno } from '../native/ffi.js';
import type { Slab } from '../native/ffi.js';
import { Errno, errnoName } from '../native/libc/errno.js';
import { IOVEC_BYTES, MMSGHDR_BYTES, MmsgWord, sendMessages, writeWord64 } from '../native/libc/mmsg.js';
import { AF_INET, AF_INET6, SOCKADDR_IN6_BYTES, SOCKADDR_IN_BYTES } from '../native/libc/sockaddr.js';
import { IPV6_PKTINFO, IP_PKTINFO, SOL_IP, SOL_IPV6, SOL_UDP, UDP_SEGMENT } from '../native/libc/socket.js';
import type { UdpCounters } from './udp-network.js';

/**
 * Datagrams waiting for one sendmmsg(2). An entry is one message header; with segmentation offload an entry carries
 * a run of equally long datagrams for one path (the last may be shorter), which cross the kernel as one packet.
 * Payload is taken by address where it lies; only headers and replies are copied, into the scratch slab. A slot of
 * that slab may also be lent, for a datagram that is made in place.
 */
export class TxBatch {
  readonly #paths: PathTable;
  readonly #counters: UdpCounters;
  readonly #maximumSegments: number;
  readonly #headers: Slab;
  readonly #headerWords: Uint32Array;
  readonly #iovecs: Slab;
  readonly #iovecWords: Uint32Array;
  readonly #names: Uint32Array;
  readonly #control: Slab;
  readonly #controlWords: Uint32Array;
  readonly #scratch: Slab;
  readonly #single: Slab;
  readonly #fds = new Int32Array(ENTRIES);
  readonly #segmentBytes = new Int32Array(ENTRIES);
  readonly #segments = new Int32Array(ENTRIES);
  readonly #totalBytes = new Int32Array(ENTRIES);
  readonly #parts = new Int32Array(ENTRIES);
  /** Address behind the last part of each entry. */
  readonly #partEnds = new Float64Array(ENTRIES);
  readonly #packetInfoBytes = new Int32Array(ENTRIES);
  /** Open entry of each path in this batch: entry + serial * ENTRIES. */
  #openEntries = new Float64Array(1024);
  /** Newest entry for replies whose source falls to the slot, likewise. */
  readonly #replyEntries = new Float64Array(REPLY_SLOTS);
  #serial = 1;
  /** The entry that parts are added to. */
  #current = 0;
  #count = 0;
  #scratchUsed = 0;

  constructor(options: {
    paths: PathTable;
    counters: UdpCounters;
    segmentationOffload: 'on' | 'off';
    scratchBytes: number;
  }) {
    this.#paths = options.paths;
    this.#counters = options.counters;
    this.#maximumSegments = options.segmentationOffload === 'on' ? MAXIMUM_SEGMENTS : 1;
    this.#headers = allocateSlab(ENTRIES * MMSGHDR_BYTES);
    this.#iovecs = allocateSlab(ENTRIES * PARTS_PER_ENTRY * IOVEC_BYTES);
    this.#control = allocateSlab(ENTRIES * CONTROL_BYTES);
    this.#scratch = allocateSlab(options.scratchBytes);
    this.#single = allocateSlab(4096);
    const names = allocateSlab(ENTRIES * NAME_BYTES);
    this.#headerWords = wordsOf(this.#headers);
    this.#iovecWords = wordsOf(this.#iovecs);
    this.#controlWords = wordsOf(this.#control);
    this.#names = wordsOf(names);
    for (let entry = 0; entry < ENTRIES; entry++) {
      const at = entry * HEADER_WORDS;
      writeWord64(this.#headerWords, at + MmsgWord.name, names.address + entry * NAME_BYTES);
      writeWord64(
        this.#headerWords,
        at + MmsgWord.iovec,
        this.#iovecs.address + entry * PARTS_PER_ENTRY * IOVEC_BYTES,
      );
    }
  }

  /** Whether anything waits. */
  get pending(): boolean {
    return this.#count > 0;
  }

  /** Starts a datagram of `length` bytes to an interned path; its parts follow by `addPart`/`addCopy`. */
  beginToPath(fd: number, path: PathId, length: number): void {
    const open = path < this.#openEntries.length ? this.#openEntries[path]! - this.#serial * ENTRIES : -1;
    if (open >= 0 && this.#joins(open, length)) return;
    const entry = this.#newEntry(fd, length);
    this.#writePathName(entry, path);
    if (path >= this.#openEntries.length) this.#growOpenEntries(path);
    this.#openEntries[path] = this.#serial * ENTRIES + entry;
  }

  /**
   * Starts a datagram to the source of an arrival (at `port` of it), from the local address that was asked. Replies to
   * one source join in a run, as datagrams to one path do.
   */
  beginReply(fd: number, arrival: Arrival, port: number, length: number): void {
    const words = arrival.words;
    const v4 = arrival.family === 4;
    const slot = (words[0]! ^ (words[0]! >>> 16) ^ words[3]! ^ (port * 7)) & (REPLY_SLOTS - 1);
    const open = this.#replyEntries[slot]! - this.#serial * ENTRIES;
    if (open >= 0 && this.#isReplyTo(open, fd, v4, port, words) && this.#joins(open, length)) return;
    const entry = this.#newEntry(fd, length);
    this.#writeName(entry, v4, port, words[0]!, words[1]!, words[2]!, words[3]!);
    this.#writePacketInfo(entry, v4, words[4]!, words[5]!, words[6]!, words[7]!);
    this.#replyEntries[slot] = this.#serial * ENTRIES + entry;
  }

  /** Adds bytes that stay valid until `flush`. */
  addPart(address: number, length: number): void {
    if (length === 0) return;
    const entry = this.#current;
    const parts = this.#parts[entry]!;
    const at = (entry * PARTS_PER_ENTRY + parts) * 4;
    const words = this.#iovecWords;
    // What goes on where the part before ends is the same part to the kernel: datagrams made one behind the other.
    if (parts > 0 && this.#partEnds[entry] === address) {
      words[at - 2]! += length;
      this.#partEnds[entry] = address + length;
      return;
    }
    this.#partEnds[entry] = address + length;
    words[at] = address;
    words[at + 1] = address / 0x1_0000_0000;
    words[at + 2] = length;
    this.#parts[entry]!++;
  }

  /** Adds bytes that are copied now. */
  addCopy(bytes: Uint8Array, offset: number, length: number): void {
    const at = this.#scratchUsed;
    const scratch = this.#scratch.buffer;
    if (length <= SHORT_COPY_BYTES) for (let i = 0; i < length; i++) scratch[at + i] = bytes[offset + i]!;
    else scratch.set(bytes.subarray(offset, offset + length), at);
    this.#scratchUsed = at + length;
    this.addPart(this.#scratch.address + at, length);
  }

  /** The memory slots lie in. */
  get slotBytes(): Uint8Array {
    return this.#scratch.buffer;
  }

  /** Where the next slot starts; it has as many bytes as `hasRoom` was asked for. */
  get slotOffset(): number {
    return this.#scratchUsed;
  }

  /** Sends the first `length` bytes of the slot at `slotOffset` to an interned path. */
  addSlot(fd: number, path: PathId, length: number): void {
    this.beginToPath(fd, path, length);
    this.addPart(this.#scratch.address + this.#scratchUsed, length);
    this.#scratchUsed += length;
  }

  /** Adds up to 16 zero bytes. */
  addZeros(length: number): void {
    this.addPart(this.#single.address + ZEROS, length);
  }

  /** Whether one more datagram that copies `copiedBytes` fits; if not, flush first. */
  hasRoom(copiedBytes: number): boolean {
    return this.#count < ENTRIES && this.#scratchUsed + copiedBytes <= this.#scratch.buffer.length;
  }

  /** Sends everything, in order for each path. Failures are counted by errno, never thrown. */
  flush(): void {
    const count = this.#count;
    if (count === 0) return;
    for (let entry = 0; entry < count; entry++) this.#finishHeader(entry);
    let first = 0;
    while (first < count) {
      let end = first + 1;
      while (end < count && this.#fds[end] === this.#fds[first]) end++;
      this.#sendRun(first, end);
      first = end;
    }
    this.#count = 0;
    this.#scratchUsed = 0;
    this.#serial++;
  }

  #joins(entry: number, length: number): boolean {
    const segments = this.#segments[entry]!;
    const segmentBytes = this.#segmentBytes[entry]!;
    if (segments >= this.#maximumSegments || length > segmentBytes || segmentBytes > MAXIMUM_SEGMENT_BYTES)
      return false;
    const total = this.#totalBytes[entry]!;
    // A shorter datagram ends the run; an empty one cannot be a segment.
    if (total !== segments * segmentBytes || length === 0 || total + length > MAXIMUM_RUN_BYTES) return false;
    this.#segments[entry] = segments + 1;
    this.#totalBytes[entry] = total + length;
    this.#current = entry;
    return true;
  }

  #newEntry(fd: number, length: number): number {
    const entry = this.#count++;
    this.#fds[entry] = fd;
    this.#segmentBytes[entry] = length;
    this.#segments[entry] = 1;
    this.#totalBytes[entry] = length;
    this.#parts[entry] = 0;
    this.#current = entry;
    return entry;
  }

  /** Whether an open entry goes from `fd` to this source, from the local address that was asked. */
  #isReplyTo(entry: number, fd: number, v4: boolean, port: number, words: Uint32Array): boolean {
    const names = this.#names;
    const control = this.#controlWords;
    const name = entry * (NAME_BYTES / 4);
    const info = (entry * CONTROL_BYTES + SEGMENT_CONTROL_BYTES) >>> 2;
    if (this.#fds[entry] !== fd || names[name] !== nameHead(v4, port)) return false;
    const hasInfo = this.#packetInfoBytes[entry] !== 0;
    if (v4) {
      const local = hasInfo ? control[info + 5]! : 0;
      return names[name + 1] === swap(words[0]!) && local === swap(words[4]!);
    }
    for (let i = 0; i < 4; i++) {
      if (names[name + 2 + i] !== swap(words[i]!)) return false;
      if ((hasInfo ? control[info + 4 + i]! : 0) !== swap(words[4 + i]!)) return false;
    }
    return true;
  }

  #writePathName(entry: number, path: PathId): void {
    const paths = this.#paths;
    const v4 = paths.familyOf(path) === 4;
    this.#writeName(
      entry,
      v4,
      paths.portOf(path),
      paths.wordOf(path, 0),
      v4 ? 0 : paths.wordOf(path, 1),
      v4 ? 0 : paths.wordOf(path, 2),
      v4 ? 0 : paths.wordOf(path, 3),
    );
    this.#writePacketInfo(
      entry,
      v4,
      paths.wordOf(path, 4),
      v4 ? 0 : paths.wordOf(path, 5),
      v4 ? 0 : paths.wordOf(path, 6),
      v4 ? 0 : paths.wordOf(path, 7),
    );
  }

  // The booleans below are the family of the address; these two are the innermost writers of the hot path.
  #writeName(entry: number, v4: boolean, port: number, a: number, b: number, c: number, d: number): void {
    const names = this.#names;
    const at = entry * (NAME_BYTES / 4);
    names[at] = nameHead(v4, port);
    if (v4) {
      names[at + 1] = swap(a);
    } else {
      names[at + 1] = 0;
      names[at + 2] = swap(a);
      names[at + 3] = swap(b);
      names[at + 4] = swap(c);
      names[at + 5] = swap(d);
      names[at + 6] = 0;
    }
    this.#headerWords[entry * HEADER_WORDS + MmsgWord.nameLength] = v4
      ? SOCKADDR_IN_BYTES
      : SOCKADDR_IN6_BYTES;
  }

  /** The source address of the datagram, where the socket is bound to a wildcard address (ip(7), ipv6(7)). */
  #writePacketInfo(entry: number, v4: boolean, a: number, b: number, c: number, d: number): void {
    if ((a | b | c | d) === 0) {
      this.#packetInfoBytes[entry] = 0;
      return;
    }
    const control = this.#controlWords;
    const at = (entry * CONTROL_BYTES + SEGMENT_CONTROL_BYTES) >>> 2;
    control[at + 1] = 0;
    if (v4) {
      control[at] = 28;
      control[at + 2] = SOL_IP;
      control[at + 3] = IP_PKTINFO;
      control[at + 4] = 0;
      control[at + 5] = swap(a);
      control[at + 6] = 0;
      this.#packetInfoBytes[entry] = 32;
    } else {
      control[at] = 36;
      control[at + 2] = SOL_IPV6;
      control[at + 3] = IPV6_PKTINFO;
      control[at + 4] = swap(a);
      control[at + 5] = swap(b);
      control[at + 6] = swap(c);
      control[at + 7] = swap(d);
      control[at + 8] = 0;
      this.#packetInfoBytes[entry] = 40;
    }
  }

  #finishHeader(entry: number): void {
    const header = this.#headerWords;
    const at = entry * HEADER_WORDS;
    header[at + MmsgWord.iovecCount] = this.#parts[entry]!;
    let start = entry * CONTROL_BYTES + SEGMENT_CONTROL_BYTES;
    let length = this.#packetInfoBytes[entry]!;
    if (this.#segments[entry]! > 1) {
      start -= SEGMENT_CONTROL_BYTES;
      length += SEGMENT_CONTROL_BYTES;
      const control = this.#controlWords;
      const word = start >>> 2;
      control[word] = 18;
      control[word + 1] = 0;
      control[word + 2] = SOL_UDP;
      control[word + 3] = UDP_SEGMENT;
      control[word + 4] = this.#segmentBytes[entry]!;
    }
    writeWord64(header, at + MmsgWord.control, length === 0 ? 0 : this.#control.address + start);
    header[at + MmsgWord.controlLength] = length;
  }

  #sendRun(first: number, end: number): void {
    const fd = this.#fds[first]!;
    let refused = 0;
    while (first < end) {
      const sent = sendMessages(fd, this.#headers.address + first * MMSGHDR_BYTES, end - first);
      this.#counters.sendCalls++;
      if (sent > 0) {
        for (let i = 0; i < sent; i++, first++) this.#countSent(first);
        continue;
      }
      const failure = errno();
      if (failure === Errno.EINTR) continue;
      // A queued ICMP error is reported once, by the next call on the socket, whoever that call was for.
      if (failure === Errno.ECONNREFUSED && refused++ < 2) continue;
      refused = 0;
      if (failure === Errno.EAGAIN) {
        for (; first < end; first++) this.#countError(failure, this.#segments[first]!);
      } else {
        if (this.#segments[first]! > 1 && isOffloadRefusal(failure)) this.#sendSingly(first);
        else this.#countError(failure, this.#segments[first]!);
        first++;
      }
    }
  }

  /** An interface or path that cannot take a run gets its datagrams one by one. */
  #sendSingly(entry: number): void {
    const header = this.#single.buffer;
    const source = entry * MMSGHDR_BYTES;
    this.#headers.buffer.copy(header, 0, source, source + MMSGHDR_BYTES);
    const words = wordsOf(this.#single);
    const infoBytes = this.#packetInfoBytes[entry]!;
    const info = this.#control.address + entry * CONTROL_BYTES + SEGMENT_CONTROL_BYTES;
    writeWord64(words, MmsgWord.control, infoBytes === 0 ? 0 : info);
    words[MmsgWord.controlLength] = infoBytes;
    writeWord64(words, MmsgWord.iovec, this.#single.address + SINGLE_IOVECS);
    const iovecs = this.#iovecWords;
    let at = entry * PARTS_PER_ENTRY * 4;
    /** Of the part at `at`: bytes that have been sent. */
    let done = 0;
    let left = this.#totalBytes[entry]!;
    do {
      const bytes = Math.min(left, this.#segmentBytes[entry]!);
      let count = 0;
      for (let missing = bytes; missing > 0; count++) {
        const length = Math.min(missing, iovecs[at + 2]! - done);
        const address = iovecs[at]! + iovecs[at + 1]! * 0x1_0000_0000 + done;
        const word = (SINGLE_IOVECS + count * IOVEC_BYTES) >>> 2;
        writeWord64(words, word, address);
        writeWord64(words, word + 2, length);
        missing -= length;
        done += length;
        if (done < iovecs[at + 2]!) continue;
        at += 4;
        done = 0;
      }
      left -= bytes;
      words[MmsgWord.iovecCount] = count;
      this.#counters.sendCalls++;
      if (sendMessages(this.#fds[entry]!, this.#single.address, 1) !== 1) {
        this.#countError(errno(), 1);
        continue;
      }
      this.#counters.sentPackets++;
      this.#counters.sentBytes += bytes;
    } while (left > 0);
  }

  #countSent(entry: number): void {
    this.#counters.sentPackets += this.#segments[entry]!;
    this.#counters.sentBytes += this.#totalBytes[entry]!;
  }

  #countError(failure: number, packets: number): void {
    const name = errnoName(failure);
    this.#counters.sendErrors[name] = (this.#counters.sendErrors[name] ?? 0) + packets;
  }

  #growOpenEntries(path: PathId): void {
    const larger = new Float64Array(2 ** Math.ceil(Math.log2(path + 1)));
    larger.set(this.#openEntries);
    this.#openEntries = larger;
  }
}

const ENTRIES = 1024;
/** Power of two. */
const REPLY_SLOTS = 256;
/** Linux allows 64 segments in a message (UDP_MAX_SEGMENTS); 32 keeps an entry's iovecs within one KiB. */
const MAXIMUM_SEGMENTS = 32;
/** Prefix, payload, padding. */
const PARTS_PER_ENTRY = MAXIMUM_SEGMENTS * 3;
/** Above the usual 1500-byte MTU a datagram goes alone, so that the kernel can fragment it. */
const MAXIMUM_SEGMENT_BYTES = 1452;
const MAXIMUM_RUN_BYTES = 65_000;
const NAME_BYTES = 32;
const CONTROL_BYTES = 64;
const SEGMENT_CONTROL_BYTES = 24;
const SHORT_COPY_BYTES = 128;
/** Offset of the iovecs of a single send, at most one for each part and cut. */
const SINGLE_IOVECS = 512;
/** Offset of bytes that stay zero, behind the one header, in the slab of single sends. */
const ZEROS = 2048;
const HEADER_WORDS = MMSGHDR_BYTES / 4;

/** First word of a socket address: family in host order, port in network order. */
function nameHead(v4: boolean, port: number): number {
  return ((v4 ? AF_INET : AF_INET6) | ((port & 0xff) << 24) | ((port & 0xff00) << 8)) >>> 0;
}

function isOffloadRefusal(failure: number): boolean {
  return failure === Errno.EINVAL || failure === Errno.EMSGSIZE || failure === Errno.EIO;
}

function wordsOf(slab: Slab): Uint32Array {
  return new Uint32Array(slab.buffer.buffer, slab.buffer.byteOffset, slab.buffer.length >>> 2);
}

function swap(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
