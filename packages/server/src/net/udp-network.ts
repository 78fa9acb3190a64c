import type { Arrival, PathId, SocketId } from '@madang/core/path/path';
import type { PathTable } from '@madang/core/path/path-table';
import type { TransportAddress } from '@madang/core/path/transport-address';

/**
 * UDP in batches. Two implementations answer to one contract test suite: `native-udp.ts` (recvmmsg, sendmmsg, epoll,
 * segmentation offload) and `dgram-udp.ts` (node:dgram, everywhere).
 *
 * Received bytes are lent until the end of the batch, when the network tells the receivers and flushes: what a receiver
 * sends out of them needs no copy. Bytes from elsewhere are copied before a send method returns.
 */
export interface UdpNetwork {
  readonly kind: 'native' | 'dgram';
  readonly paths: PathTable;
  readonly counters: UdpCounters;
  /**
   * How long before this turn of the loop the datagram being handled arrived, in ms; negative when it came during the turn.
   * 0 where that is not measured.
   */
  readonly waitedMs: number;
  /** Opens and binds a socket; `opened` is called once, at once (native) or later (dgram). */
  open(options: UdpOpenOptions, opened: (result: UdpOpened) => void): void;
  /** Takes over a bound, non-blocking descriptor of another process. Native only: throws elsewhere. */
  adopt(fd: number, options: UdpAdoptOptions): SocketId;
  close(socket: SocketId): void;
  /** Releases an interned path after what waits for it has been sent. */
  releasePath(path: PathId): void;
  /** Answers the sender of the datagram being handled, from the address it asked. */
  reply(bytes: Uint8Array, offset: number, length: number): void;
  /** Sends to an interned path. */
  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void;
  /** Sends to an interned path: `prefix` (copied), the bytes, and `padding` (0 to 3) zero bytes as one datagram. */
  sendPrefixed(
    path: PathId,
    prefix: Uint8Array,
    prefixOffset: number,
    prefixLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): void;
  /**
   * Lends memory in which one datagram to an interned path can be written where it leaves from: `capacityBytes` bytes
   * of `slotBytes` from `slotOffset`, until `commitSlot` or `dropSlot`. No other method may be called in between. Sends
   * what waits first when there is no room. False when the socket of the path is closed: then there is no slot.
   */
  beginSlot(path: PathId, capacityBytes: number): boolean;
  /** The same buffer for every slot of a socket's batch, at least 4 KiB, so that its address is looked up once. */
  readonly slotBytes: Uint8Array;
  readonly slotOffset: number;
  /** Sends the first `lengthBytes` bytes of the slot, at most its capacity, as one datagram. */
  commitSlot(lengthBytes: number): void;
  /** Gives the slot back; nothing is sent. */
  dropSlot(): void;
  /** Sends from `socket` to the source of `arrival`, at another port of it if given (RFC 5780 section 7). */
  sendFrom(
    socket: SocketId,
    arrival: Arrival,
    port: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  /** Hands everything queued to the kernel. Needed only after sends from outside a receiver. */
  flush(): void;
  /** Closes every socket and stops. */
  stop(): void;
}

export interface UdpReceiver {
  /** One datagram. `arrival` and the bytes are lent for the duration of the call (see UdpNetwork). Must not throw. */
  handleDatagram(arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void;
  /** After some datagrams, before their bytes are taken back: what was gathered from them can still be sent without a copy. */
  handleBatchEnd?(): void;
  /** An ICMP error about a datagram this socket sent (only with `errorQueue`). */
  handleIcmp?(socket: SocketId, error: IcmpError): void;
}

export interface IcmpError {
  readonly remote: TransportAddress;
  /** ICMP or ICMPv6 type and code, by the family of `remote`. */
  readonly type: number;
  readonly code: number;
  /** Next-hop MTU of a "packet too big" or "fragmentation needed", else 0. */
  readonly mtuBytes: number;
}

export interface UdpAdoptOptions {
  readonly receiver: UdpReceiver;
  /** Learn the local address of each datagram: set for sockets bound to a wildcard address. */
  readonly packetInfo?: boolean;
  /** Measure how long each datagram waited (`UdpNetwork.waitedMs`). */
  readonly timestamps?: boolean;
}

export interface UdpOpenOptions extends UdpAdoptOptions {
  readonly address: TransportAddress;
  /** listener: shared by many clients; relay (default): one allocation's own. What leaves is batched accordingly. */
  readonly use?: 'listener' | 'relay';
  readonly errorQueue?: boolean;
  /** Set DF on everything this socket sends (RFC 8656 section 12). Refused with EOPNOTSUPP where it cannot be done. */
  readonly dontFragment?: boolean;
  readonly receiveBufferBytes?: number;
  readonly sendBufferBytes?: number;
}

export type UdpOpened =
  | { readonly ok: true; readonly socket: SocketId; readonly address: TransportAddress }
  /** `code` is the errno name (EADDRINUSE, EMFILE, ...). */
  | { readonly ok: false; readonly code: string };

/** Plain numbers that only grow. */
export interface UdpCounters {
  receivedPackets: number;
  receivedBytes: number;
  sentPackets: number;
  sentBytes: number;
  /** System calls made for sending and receiving, and turns of the loop: how well batching works. */
  sendCalls: number;
  receiveCalls: number;
  turns: number;
  /** Datagrams longer than a receive slot. */
  truncated: number;
  /** Datagrams the kernel refused, by errno name. A send error is never an exception. */
  sendErrors: Record<string, number>;
}

export function createUdpCounters(): UdpCounters {
  return {
    receivedPackets: 0,
    receivedBytes: 0,
    sentPackets: 0,
    sentBytes: 0,
    sendCalls: 0,
    receiveCalls: 0,
    turns: 0,
    truncated: 0,
    sendErrors: {},
  };
}
