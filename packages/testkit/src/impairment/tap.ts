import { allocateSlab, errno, libc } from '@madang/server/native/ffi';

/**
 * TAP interfaces: Ethernet frames of a network interface as reads and writes of a descriptor
 * (Documentation/networking/tuntap.rst of Linux). The descriptor stays valid when the interface moves to another
 * network namespace, so one process can hold both ends of a link between two of them.
 */

/** Makes an interface in the namespace of this process, down and without address; gives its descriptor. */
export function openTap(name: string): number {
  if (!/^[a-z0-9-]{1,15}$/.test(name)) throw new RangeError(`${name} cannot name an interface`);
  const scratch = allocateSlab(4096);
  const open = libc().func<(path: number, flags: number) => number>('int open(void *path, int flags)');
  const ioctl = libc().func<(fd: number, request: number, argument: number) => number>(
    'int ioctl(int fd, unsigned long request, void *argument)',
  );
  scratch.buffer.write('/dev/net/tun\0', 'latin1');
  const fd = open(scratch.address, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) throw new Error(`/dev/net/tun cannot be opened: errno ${errno()}`);
  // struct ifreq: name in 16 bytes, then the flags.
  scratch.buffer.fill(0).write(name, 'latin1');
  scratch.buffer.writeUInt16LE(IFF_TAP | IFF_NO_PI, 16);
  if (ioctl(fd, TUNSETIFF, scratch.address) < 0)
    throw new Error(`no interface ${name} was made: errno ${errno()}`);
  return fd;
}

/** Reads one frame into memory at `address`; its length, or -1 when there is none (see errno). */
export function readFrame(fd: number, address: number, capacity: number): number {
  return (read ??= libc().func('long read(int fd, void *into, unsigned long capacity)'))(
    fd,
    address,
    capacity,
  );
}

/** Writes one frame; -1 when the kernel does not take it (see errno), as while the interface is down. */
export function writeFrame(fd: number, address: number, length: number): number {
  return (write ??= libc().func('long write(int fd, void *from, unsigned long length)'))(fd, address, length);
}

/** Waits for descriptors with ppoll(2). */
export class DescriptorWait {
  readonly #slab = allocateSlab(4096);
  readonly #count: number;
  readonly #ppoll = libc().func<(fds: number, count: number, timeout: number, mask: number) => number>(
    'int ppoll(void *fds, unsigned long count, void *timeout, void *mask)',
  );

  constructor(descriptors: readonly number[]) {
    this.#count = descriptors.length;
    descriptors.forEach((fd, index) => {
      this.#slab.buffer.writeInt32LE(fd, index * POLLFD_BYTES);
      this.#slab.buffer.writeInt16LE(POLLIN, index * POLLFD_BYTES + 4);
    });
  }

  /** Blocks this thread until one is readable or has failed, or the time is over; undefined: for ever. */
  wait(timeoutMs: number | undefined): void {
    const { buffer, address } = this.#slab;
    if (timeoutMs !== undefined) {
      const nanoseconds = Math.ceil(Math.max(0, timeoutMs) * 1e6);
      buffer.writeBigInt64LE(BigInt(Math.floor(nanoseconds / 1e9)), TIMESPEC);
      buffer.writeBigInt64LE(BigInt(nanoseconds % 1e9), TIMESPEC + 8);
    }
    const ready = this.#ppoll(address, this.#count, timeoutMs === undefined ? 0 : address + TIMESPEC, 0);
    // Interrupted by a signal: nothing is ready.
    if (ready < 0) for (let index = 0; index < this.#count; index++) this.#setEvents(index, 0);
  }

  isReadable(index: number): boolean {
    return (this.#events(index) & POLLIN) !== 0;
  }

  /** The interface was removed, or the other end of a pipe closed. */
  hasEnded(index: number): boolean {
    return (this.#events(index) & (POLLERR | POLLHUP | POLLNVAL)) !== 0;
  }

  #events(index: number): number {
    return this.#slab.buffer.readInt16LE(index * POLLFD_BYTES + 6);
  }

  #setEvents(index: number, events: number): void {
    this.#slab.buffer.writeInt16LE(events, index * POLLFD_BYTES + 6);
  }
}

let read: ((fd: number, address: number, capacity: number) => number) | undefined;
let write: ((fd: number, address: number, length: number) => number) | undefined;

const [O_RDWR, O_NONBLOCK, O_CLOEXEC] = [0x2, 0x800, 0x80000];
const TUNSETIFF = 0x400454ca;
const [IFF_TAP, IFF_NO_PI] = [0x2, 0x1000];
const [POLLIN, POLLERR, POLLHUP, POLLNVAL] = [0x1, 0x8, 0x10, 0x20];
/** struct pollfd: descriptor (i32), events (i16), returned events (i16). */
const POLLFD_BYTES = 8;
/** Where the struct timespec stands in the slab. */
const TIMESPEC = 1024;
