import { allocateSlab, errno, ffi, libc } from '../ffi.js';
import type { PollHandle, Slab } from '../ffi.js';
import { closeDescriptor } from './socket.js';

/**
 * One epoll(7) instance that watches many descriptors and is itself watched by Node's event loop: the loop sleeps
 * where it always sleeps and wakes for packets too, with no thread and no timer.
 */
export class Epoll {
  readonly #fd: number;
  readonly #events: Slab;
  readonly #maximumEvents: number;
  readonly #wait: (epoll: number, events: number, maximum: number, timeoutMs: number) => number;
  readonly #control: (epoll: number, operation: number, fd: number, event: number) => number;
  readonly #argument: Slab;
  #wake: PollHandle | undefined;

  constructor(options: { maximumEvents: number }) {
    this.#maximumEvents = options.maximumEvents;
    this.#events = allocateSlab(options.maximumEvents * EVENT_BYTES);
    this.#argument = allocateSlab(4096);
    const create = libc().func<(flags: number) => number>('int epoll_create1(int flags)');
    this.#wait = libc().func('int epoll_wait(int epoll, uint64_t events, int maximum, int timeout)');
    this.#control = libc().func('int epoll_ctl(int epoll, int operation, int fd, void *event)');
    this.#fd = create(EPOLL_CLOEXEC);
    if (this.#fd < 0) throw new Error(`epoll_create1 failed with errno ${errno()}`);
  }

  /** Watches a descriptor for readability (level-triggered); `token` comes back from `ready`. */
  add(fd: number, token: number): void {
    this.#argument.buffer.writeUInt32LE(EPOLLIN, 0);
    this.#argument.buffer.writeUInt32LE(token, TOKEN_OFFSET);
    if (this.#control(this.#fd, EPOLL_CTL_ADD, fd, this.#argument.address) < 0) {
      throw new Error(`epoll_ctl failed for descriptor ${fd} with errno ${errno()}`);
    }
  }

  /** Stops watching. Call before the descriptor is closed. */
  remove(fd: number): void {
    this.#control(this.#fd, EPOLL_CTL_DEL, fd, this.#argument.address);
  }

  /** Descriptors ready now (their number); never waits. */
  poll(): number {
    return Math.max(0, this.#wait(this.#fd, this.#events.address, this.#maximumEvents, 0));
  }

  /** Token of the ready descriptor `index` of the last `poll`. */
  token(index: number): number {
    return this.#events.buffer.readUInt32LE(index * EVENT_BYTES + TOKEN_OFFSET);
  }

  /** The event bits of the ready descriptor `index` of the last `poll`. */
  eventBits(index: number): number {
    return this.#events.buffer.readUInt32LE(index * EVENT_BYTES);
  }

  /** Calls back from Node's event loop while any watched descriptor is ready. Keeps the process alive. */
  onReadable(callback: () => void): void {
    this.#wake = ffi().poll(this.#fd, { readable: true }, callback);
  }

  close(): void {
    this.#wake?.close();
    closeDescriptor(this.#fd);
  }
}

/** struct epoll_event is packed on x86-64 (12 bytes) and padded elsewhere (16). */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const TOKEN_OFFSET = process.arch === 'x64' ? 4 : 8;
export const EPOLLIN = 1;
export const EPOLLERR = 8;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
