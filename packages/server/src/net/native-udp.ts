import type { Arrival, PathId, SocketId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import type { PathTable } from '@madang/core/path/path-table';
import { Transport } from '@madang/core/path/transport-address';
import { EPOLLERR, Epoll } from '../native/libc/epoll.js';
import { errnoName } from '../native/libc/errno.js';
import {
  closeDescriptor,
  localAddressOf,
  openUdpSocket,
  setDontFragment,
  setReceiveTimestamps,
} from '../native/libc/socket.js';
import { ErrorQueue } from './error-queue.js';
import { RxSlab } from './rx-slab.js';
import { TxBatch } from './tx-batch.js';
import type { UdpAdoptOptions, UdpNetwork, UdpOpenOptions, UdpOpened, UdpReceiver } from './udp-network.js';
import { createUdpCounters } from './udp-network.js';

/**
 * The Linux data plane: one epoll instance, woken by Node's event loop; each ready socket is read with recvmmsg(2)
 * into the slab, its datagrams are handed to their receiver, and what they caused leaves by sendmmsg(2) before the
 * slab is used again. Work per turn is bounded, so timers and other IO always get theirs.
 */
export class NativeUdpNetwork implements UdpNetwork {
  readonly kind = 'native';
  readonly paths: PathTable;
  readonly counters = createUdpCounters();
  waitedMs = 0;
  readonly #offload: 'on' | 'off';
  readonly #epoll = new Epoll({ maximumEvents: 1024 });
  readonly #rx = new RxSlab({ slots: RX_SLOTS });
  /** Listeners answer many clients from one socket, relays are a socket each: apart, runs stay whole. */
  readonly #listenerTx: TxBatch;
  readonly #relayTx: TxBatch;
  /** The slot that is lent: its batch, and where it goes. */
  #slotTx: TxBatch;
  #slotFd = -1;
  #slotPath: PathId = NO_PATH;
  readonly #sockets: (NativeSocket | undefined)[] = [];
  readonly #freeSockets: SocketId[] = [];
  readonly #errorQueue = new ErrorQueue();
  /** Those that were given datagrams of the present batch and want to know when it ends. */
  readonly #receivers: UdpReceiver[] = [];
  /** What the last poll found ready, and how many of it have had their turn. */
  #ready = 0;
  #served = 0;
  /** Value of `counters.receivedPackets` at which this turn ends. */
  #packetLimit = 0;
  /** Wall clock at the beginning of this turn. */
  #turnWallMs = 0;
  readonly #arrival: Arrival = {
    path: NO_PATH,
    socket: 0,
    transport: Transport.udp,
    family: 4,
    port: 0,
    words: new Uint32Array(8),
  };

  constructor(options: { paths: PathTable; segmentationOffload?: 'on' | 'off' }) {
    this.paths = options.paths;
    this.#offload = options.segmentationOffload ?? 'on';
    const tx = { paths: options.paths, counters: this.counters, segmentationOffload: this.#offload };
    this.#listenerTx = new TxBatch({ ...tx, scratchBytes: LISTENER_SCRATCH_BYTES });
    this.#relayTx = new TxBatch({ ...tx, scratchBytes: RELAY_SCRATCH_BYTES });
    this.#slotTx = this.#listenerTx;
    this.#epoll.onReadable(() => {
      this.#turn();
    });
  }

  open(options: UdpOpenOptions, opened: (result: UdpOpened) => void): void {
    const result = openUdpSocket({ ...options, receiveOffload: this.#offload === 'on' });
    if (!result.ok) {
      opened({ ok: false, code: errnoName(result.errno) });
      return;
    }
    if (options.dontFragment && !setDontFragment(result.fd, options.address.family, 'do')) {
      closeDescriptor(result.fd);
      opened({ ok: false, code: 'EOPNOTSUPP' });
      return;
    }
    const socket = this.#register(
      result.fd,
      options,
      options.use === 'listener' ? this.#listenerTx : this.#relayTx,
    );
    opened({ ok: true, socket, address: localAddressOf(result.fd) ?? options.address });
  }

  adopt(fd: number, options: UdpAdoptOptions): SocketId {
    return this.#register(fd, options, this.#listenerTx);
  }

  close(socket: SocketId): void {
    const open = this.#sockets[socket];
    if (open === undefined) return;
    this.flush();
    this.#epoll.remove(open.fd);
    closeDescriptor(open.fd);
    this.#sockets[socket] = undefined;
    this.#freeSockets.push(socket);
  }

  releasePath(path: PathId): void {
    this.flush();
    this.paths.release(path);
  }

  reply(bytes: Uint8Array, offset: number, length: number): void {
    const arrival = this.#arrival;
    this.#sendReply(arrival.socket, arrival, arrival.port, bytes, offset, length);
  }

  sendFrom(
    socket: SocketId,
    arrival: Arrival,
    port: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#sendReply(socket, arrival, port, bytes, offset, length);
  }

  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    const tx = this.#begin(path, length, length);
    if (tx !== undefined) this.#addBytes(tx, bytes, offset, length);
  }

  sendPrefixed(
    path: PathId,
    prefix: Uint8Array,
    prefixOffset: number,
    prefixLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): void {
    const total = prefixLength + length + padding;
    const tx = this.#begin(path, total, total);
    if (tx === undefined) return;
    tx.addCopy(prefix, prefixOffset, prefixLength);
    this.#addBytes(tx, bytes, offset, length);
    if (padding > 0) tx.addZeros(padding);
  }

  beginSlot(path: PathId, capacityBytes: number): boolean {
    const open = this.#sockets[this.paths.socketOf(path)];
    if (open === undefined) return false;
    if (!open.tx.hasRoom(capacityBytes)) this.flush();
    this.#slotTx = open.tx;
    this.#slotFd = open.fd;
    this.#slotPath = path;
    return true;
  }

  get slotBytes(): Uint8Array {
    return this.#slotTx.slotBytes;
  }

  get slotOffset(): number {
    return this.#slotTx.slotOffset;
  }

  commitSlot(lengthBytes: number): void {
    this.#slotTx.addSlot(this.#slotFd, this.#slotPath, lengthBytes);
  }

  dropSlot(): void {
    // The memory counts as used from commit on.
  }

  flush(): void {
    this.#listenerTx.flush();
    this.#relayTx.flush();
  }

  stop(): void {
    this.flush();
    this.#sockets.forEach((_, socket) => {
      this.close(socket);
    });
    this.#epoll.close();
  }

  #register(fd: number, options: UdpAdoptOptions, tx: TxBatch): SocketId {
    const socket = this.#freeSockets.pop() ?? this.#sockets.length;
    if (options.timestamps) setReceiveTimestamps(fd);
    this.#sockets[socket] = {
      fd,
      receiver: options.receiver,
      tx,
      messagesPerTurn: tx === this.#listenerTx ? LISTENER_MESSAGES_PER_TURN : RELAY_MESSAGES_PER_TURN,
    };
    this.#epoll.add(fd, socket);
    return socket;
  }

  /**
   * One turn of the loop: every ready socket gets its share, again while any is ready, until the turn has had its
   * packets. Sockets that had to wait come first in the next turn.
   */
  #turn(): void {
    this.counters.turns++;
    // In the middle of the millisecond that the clock shows.
    this.#turnWallMs = Date.now() + 0.5;
    this.#packetLimit = this.counters.receivedPackets + PACKETS_PER_TURN;
    for (let round = 0; round < ROUNDS_PER_TURN && !this.#turnIsOver(); round++) {
      if (this.#served >= this.#ready) {
        this.#ready = this.#epoll.poll();
        this.#served = 0;
      }
      if (this.#ready === 0) break;
      while (this.#served < this.#ready && !this.#turnIsOver()) {
        // The socket may have been closed since the poll, and its number given to another: reading that does no harm.
        const index = this.#served++;
        const socket = this.#epoll.token(index);
        if ((this.#epoll.eventBits(index) & EPOLLERR) !== 0) this.#readErrors(socket);
        this.#receive(socket);
      }
      this.#endBatch();
    }
  }

  #turnIsOver(): boolean {
    return this.counters.receivedPackets >= this.#packetLimit;
  }

  /**
   * Reads what waits on a socket, up to its share of the turn. Nothing is sent before the slab is full or every ready
   * socket has been read: the more waits, the longer the runs that leave as one.
   */
  #receive(socket: SocketId): void {
    const open = this.#sockets[socket];
    if (open === undefined) return;
    const rx = this.#rx;
    for (let budget = open.messagesPerTurn; budget > 0 && !this.#turnIsOver(); budget -= BATCH_MESSAGES) {
      if (rx.room < BATCH_MESSAGES) {
        this.#endBatch();
      }
      this.counters.receiveCalls++;
      const received = rx.receive(open.fd, BATCH_MESSAGES);
      this.#arrival.socket = socket;
      if (received > 0) this.#noteReceiver(open.receiver);
      for (let message = 0; message < received; message++) this.#handleMessage(open.receiver, message);
      if (received < BATCH_MESSAGES || this.#sockets[socket] !== open) return;
    }
  }

  #noteReceiver(receiver: UdpReceiver): void {
    if (receiver.handleBatchEnd === undefined || this.#receivers.includes(receiver)) return;
    this.#receivers.push(receiver);
  }

  /** What was received is over: the slab is free for more. */
  #endBatch(): void {
    const receivers = this.#receivers;
    for (let i = 0; i < receivers.length; i++) receivers[i]!.handleBatchEnd?.();
    receivers.length = 0;
    this.flush();
    this.#rx.rewind();
  }

  #handleMessage(receiver: UdpReceiver, message: number): void {
    const rx = this.#rx;
    const arrival = this.#arrival;
    const socket = arrival.socket;
    const truncated = rx.truncated(message);
    const segmentBytes = rx.readArrival(message, arrival);
    this.waitedMs = rx.receivedAtMs === 0 ? 0 : waited(this.#turnWallMs - rx.receivedAtMs);
    if (truncated) {
      this.counters.truncated++;
      return;
    }
    const start = rx.offset(message);
    const total = rx.length(message);
    const counters = this.counters;
    counters.receivedBytes += total;
    arrival.path = this.paths.lookup(arrival);
    let done = 0;
    do {
      // An earlier datagram of this run may have made or ended the path.
      if (done > 0 && (arrival.path === NO_PATH || !this.paths.has(arrival.path)))
        arrival.path = this.paths.lookup(arrival);
      const length = Math.min(segmentBytes, total - done);
      counters.receivedPackets++;
      arrival.socket = socket;
      receiver.handleDatagram(arrival, rx.bytes, start + done, length);
      done += length;
    } while (done < total);
  }

  #readErrors(socket: SocketId): void {
    const open = this.#sockets[socket];
    if (open === undefined) return;
    this.#errorQueue.drain(open.fd, (error) => {
      open.receiver.handleIcmp?.(socket, error);
    });
  }

  #sendReply(
    socket: SocketId,
    arrival: Arrival,
    port: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const open = this.#sockets[socket];
    if (open === undefined) return;
    if (!open.tx.hasRoom(length)) this.flush();
    open.tx.beginReply(open.fd, arrival, port, length);
    this.#addBytes(open.tx, bytes, offset, length);
  }

  #begin(path: PathId, length: number, copiedBytes: number): TxBatch | undefined {
    const open = this.#sockets[this.paths.socketOf(path)];
    if (open === undefined) return undefined;
    const tx = open.tx;
    if (!tx.hasRoom(copiedBytes)) this.flush();
    tx.beginToPath(open.fd, path, length);
    return tx;
  }

  #addBytes(tx: TxBatch, bytes: Uint8Array, offset: number, length: number): void {
    if (bytes === this.#rx.bytes) tx.addPart(this.#rx.address + offset, length);
    else tx.addCopy(bytes, offset, length);
  }
}

/** A clock that was set meanwhile must not turn into hours. */
function waited(ms: number): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(-LONGEST_WAIT_MS, ms));
}

interface NativeSocket {
  readonly fd: number;
  readonly receiver: UdpReceiver;
  readonly tx: TxBatch;
  readonly messagesPerTurn: number;
}

/** Deep, because under load depth is what makes runs: 500 clients taking turns still have four datagrams each here. */
const RX_SLOTS = 2048;
const BATCH_MESSAGES = 64;
const LISTENER_MESSAGES_PER_TURN = RX_SLOTS;
const RELAY_MESSAGES_PER_TURN = 128;
const ROUNDS_PER_TURN = 2;
/** Untouched pages cost no memory. A packet to many receivers is made here once for each; copies are rare on relays. */
const LISTENER_SCRATCH_BYTES = 2 * 1024 * 1024;
const RELAY_SCRATCH_BYTES = 512 * 1024;
const LONGEST_WAIT_MS = 200;
/** About 25 ms of relaying: what timers and other connections of this process wait at most. */
const PACKETS_PER_TURN = 8192;
