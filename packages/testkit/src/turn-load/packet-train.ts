import { allocateSlab, errno } from '@madang/server/native/ffi';
import type { Slab } from '@madang/server/native/ffi';
import {
  IOVEC_BYTES,
  MMSGHDR_BYTES,
  MmsgWord,
  sendMessages,
  writeWord64,
} from '@madang/server/native/libc/mmsg';
import { AF_INET, SOCKADDR_IN_BYTES } from '@madang/server/native/libc/sockaddr';
import { IP_PKTINFO, SOL_IP, SOL_UDP, UDP_SEGMENT } from '@madang/server/native/libc/socket';
import type { LoadSocket } from './load-socket.js';

/** One flow of a train. Addresses are IPv4 as unsigned 32-bit numbers. */
export interface TrainFlow {
  /** Address the flow's packets leave from. */
  readonly source: number;
  readonly destination: number;
  readonly destinationPort: number;
  /** The flow's packet. Flows with the same array share its memory. */
  readonly packet: Uint8Array;
}

/** Packets that are sent again and again. */
export interface LoadTrain {
  readonly packetsPerMessage: number;
  /** Sends about `packets` (at least one message, at most 128 messages); the number of packets sent. Throws on errors. */
  send(packets: number): number;
}

/**
 * Message headers laid out once, sent again and again: the flows take turns, one message each. A message is one packet,
 * or with `packetsPerMessage` above 1 a run that crosses the kernel as one (UDP_SEGMENT). Sending writes nothing.
 */
export class PacketTrain implements LoadTrain {
  readonly #socket: LoadSocket;
  readonly #headers: Slab;
  readonly #count: number;
  /** Referenced for as long as the kernel may use them. */
  readonly slabs: readonly Slab[];
  readonly packetsPerMessage: number;
  #next = 0;

  constructor(options: { socket: LoadSocket; flows: readonly TrainFlow[]; packetsPerMessage: number }) {
    const { flows, packetsPerMessage } = options;
    this.#socket = options.socket;
    this.packetsPerMessage = packetsPerMessage;
    this.#count = flows.length * Math.ceil(MINIMUM_MESSAGES / flows.length);
    this.#headers = allocateSlab(this.#count * MMSGHDR_BYTES);
    const names = allocateSlab(flows.length * SOCKADDR_IN_BYTES);
    const iovecs = allocateSlab(flows.length * IOVEC_BYTES);
    const control = allocateSlab(flows.length * CONTROL_BYTES);
    const templates = new Map<Uint8Array, Slab>();
    const iovecWords = wordsOf(iovecs);
    for (const [index, flow] of flows.entries()) {
      let template = templates.get(flow.packet);
      if (template === undefined) {
        template = repeat(flow.packet, packetsPerMessage);
        templates.set(flow.packet, template);
      }
      writeWord64(iovecWords, index * 4, template.address);
      writeWord64(iovecWords, index * 4 + 2, flow.packet.length * packetsPerMessage);
      const name = index * SOCKADDR_IN_BYTES;
      names.buffer.writeUInt16LE(AF_INET, name);
      names.buffer.writeUInt16BE(flow.destinationPort, name + 2);
      names.buffer.writeUInt32BE(flow.destination, name + 4);
      writeControl(control.buffer, index * CONTROL_BYTES, flow.source, flow.packet.length);
    }
    const words = wordsOf(this.#headers);
    for (let message = 0; message < this.#count; message++) {
      const flow = message % flows.length;
      const at = (message * MMSGHDR_BYTES) / 4;
      writeWord64(words, at + MmsgWord.name, names.address + flow * SOCKADDR_IN_BYTES);
      words[at + MmsgWord.nameLength] = SOCKADDR_IN_BYTES;
      writeWord64(words, at + MmsgWord.iovec, iovecs.address + flow * IOVEC_BYTES);
      writeWord64(words, at + MmsgWord.iovecCount, 1);
      writeWord64(words, at + MmsgWord.control, control.address + flow * CONTROL_BYTES);
      words[at + MmsgWord.controlLength] = packetsPerMessage > 1 ? CONTROL_BYTES : PACKET_INFO_BYTES;
    }
    this.slabs = [this.#headers, names, iovecs, control, ...templates.values()];
  }

  send(packets: number): number {
    const messages = Math.min(
      Math.max(1, Math.floor(packets / this.packetsPerMessage)),
      MAXIMUM_MESSAGES_PER_CALL,
      this.#count - this.#next,
    );
    const sent = sendMessages(this.#socket.fd, this.#headers.address + this.#next * MMSGHDR_BYTES, messages);
    if (sent < 0) {
      const failure = errno();
      if (failure === EAGAIN) return 0;
      throw new Error(`sendmmsg failed: errno ${failure}`);
    }
    this.#next = (this.#next + sent) % this.#count;
    return sent * this.packetsPerMessage;
  }
}

const EAGAIN = 11;
const MINIMUM_MESSAGES = 256;
const MAXIMUM_MESSAGES_PER_CALL = 128;
const PACKET_INFO_BYTES = 32;
const CONTROL_BYTES = 56;

function repeat(packet: Uint8Array, times: number): Slab {
  const slab = allocateSlab(packet.length * times);
  for (let i = 0; i < times; i++) slab.buffer.set(packet, i * packet.length);
  return slab;
}

/** Two control messages: IP_PKTINFO with the source address, then UDP_SEGMENT with the packet's length. */
function writeControl(into: Buffer, at: number, source: number, segmentBytes: number): void {
  into.writeUInt32LE(28, at);
  into.writeUInt32LE(SOL_IP, at + 8);
  into.writeUInt32LE(IP_PKTINFO, at + 12);
  into.writeUInt32BE(source, at + 20);
  into.writeUInt32LE(18, at + 32);
  into.writeUInt32LE(SOL_UDP, at + 40);
  into.writeUInt32LE(UDP_SEGMENT, at + 44);
  into.writeUInt16LE(segmentBytes, at + 48);
}

function wordsOf(slab: Slab): Uint32Array {
  return new Uint32Array(slab.buffer.buffer, slab.buffer.byteOffset, slab.buffer.length >>> 2);
}
