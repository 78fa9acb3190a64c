import { allocateSlab, errno } from '@madang/server/native/ffi';
import type { Slab } from '@madang/server/native/ffi';
import {
  IOVEC_BYTES,
  MMSGHDR_BYTES,
  MmsgWord,
  sendMessages,
  writeWord64,
} from '@madang/server/native/libc/mmsg';
import type { FrameSocket } from './frame-socket.js';
import type { LoadTrain, TrainFlow } from './packet-train.js';

/** As `PacketTrain` with one packet a message, but sent as Ethernet frames. Sending writes nothing. */
export class FrameTrain implements LoadTrain {
  readonly packetsPerMessage = 1;
  readonly #socket: FrameSocket;
  readonly #headers: Slab;
  readonly #count: number;
  /** Referenced for as long as the kernel may use them. */
  readonly slabs: readonly Slab[];
  #next = 0;

  constructor(options: { socket: FrameSocket; sourcePort: number; flows: readonly TrainFlow[] }) {
    const { flows, sourcePort } = options;
    this.#socket = options.socket;
    this.#count = flows.length * Math.ceil(MINIMUM_MESSAGES / flows.length);
    this.#headers = allocateSlab(this.#count * MMSGHDR_BYTES);
    const iovecs = allocateSlab(flows.length * IOVEC_BYTES);
    const stride = Math.max(...flows.map(({ packet }) => packet.length)) + HEADERS_BYTES;
    const frames = allocateSlab(flows.length * stride);
    const iovecWords = wordsOf(iovecs);
    for (const [index, flow] of flows.entries()) {
      writeFrame(frames.buffer, index * stride, flow, sourcePort);
      writeWord64(iovecWords, index * 4, frames.address + index * stride);
      writeWord64(iovecWords, index * 4 + 2, flow.packet.length + HEADERS_BYTES);
    }
    const words = wordsOf(this.#headers);
    for (let message = 0; message < this.#count; message++) {
      const at = (message * MMSGHDR_BYTES) / 4;
      writeWord64(words, at + MmsgWord.iovec, iovecs.address + (message % flows.length) * IOVEC_BYTES);
      writeWord64(words, at + MmsgWord.iovecCount, 1);
    }
    this.slabs = [this.#headers, iovecs, frames];
  }

  send(packets: number): number {
    const messages = Math.min(
      Math.max(1, Math.floor(packets)),
      MAXIMUM_MESSAGES_PER_CALL,
      this.#count - this.#next,
    );
    const sent = sendMessages(this.#socket.fd, this.#headers.address + this.#next * MMSGHDR_BYTES, messages);
    if (sent < 0) {
      const failure = errno();
      if (failure === EAGAIN || failure === ENOBUFS) return 0;
      throw new Error(`sendmmsg failed: errno ${failure}`);
    }
    this.#next = (this.#next + sent) % this.#count;
    return sent;
  }
}

/** Ethernet (all addresses zero, as loopback has them), IPv4 and UDP without checksum (RFC 768), payload. */
function writeFrame(into: Buffer, at: number, flow: TrainFlow, sourcePort: number): void {
  const ip = at + 14;
  const udp = ip + 20;
  const { length } = flow.packet;
  into.writeUInt16BE(0x0800, at + 12);
  into.writeUInt16BE(0x4500, ip);
  into.writeUInt16BE(28 + length, ip + 2);
  into.writeUInt16BE(0x4000, ip + 6);
  into.writeUInt16BE(0x4011, ip + 8);
  into.writeUInt32BE(flow.source, ip + 12);
  into.writeUInt32BE(flow.destination, ip + 16);
  into.writeUInt16BE(checksum(into, ip, 20), ip + 10);
  into.writeUInt16BE(sourcePort, udp);
  into.writeUInt16BE(flow.destinationPort, udp + 2);
  into.writeUInt16BE(8 + length, udp + 4);
  into.set(flow.packet, udp + 8);
}

/** RFC 1071. */
function checksum(bytes: Buffer, at: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i += 2) sum += bytes.readUInt16BE(at + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

const EAGAIN = 11;
const ENOBUFS = 105;
const HEADERS_BYTES = 14 + 20 + 8;
const MINIMUM_MESSAGES = 256;
const MAXIMUM_MESSAGES_PER_CALL = 128;

function wordsOf(slab: Slab): Uint32Array {
  return new Uint32Array(slab.buffer.buffer, slab.buffer.byteOffset, slab.buffer.length >>> 2);
}
