import { MINIMUM_SLAB_BYTES, addressOf, allocateSlab } from '../../native/ffi.js';

/**
 * Makes a packet reachable for native code where it lies: `place` finds it, then `bytes` and `start` say where
 * JavaScript and `address` where native code sees its first byte. The addresses of the last two buffers are kept, so
 * that packets which come in one slab and leave in another cost no look-up. A packet in a small buffer, which may
 * move, is worked on in a slab of its own and taken back by `putBack`.
 */
export class PacketMemory {
  bytes: Uint8Array;
  start = 0;
  address = 0;
  readonly #copy = allocateSlab(MINIMUM_SLAB_BYTES);
  // The references keep the memory alive as long as its address is known here.
  #recent: Uint8Array;
  #recentAddress: number;
  #former: Uint8Array;
  #formerAddress: number;

  constructor() {
    const { buffer, address } = this.#copy;
    this.bytes = this.#recent = this.#former = buffer;
    this.#recentAddress = this.#formerAddress = address;
  }

  /**
   * Finds the `length` bytes at `offset`. `room` is what will stand there afterwards, if more. Throws RangeError when
   * that reaches outside the buffer: native code would write there.
   */
  place(buffer: Uint8Array, offset: number, length: number, room: number): void {
    if (!(offset >= 0 && length >= 0 && offset + length <= buffer.length && offset + room <= buffer.length))
      throw new RangeError('the packet reaches outside its buffer');
    if (buffer.length < MINIMUM_SLAB_BYTES) {
      this.bytes = this.#copy.buffer;
      this.start = 0;
      this.address = this.#copy.address;
      for (let i = 0; i < length; i++) this.bytes[i] = buffer[offset + i]!;
      return;
    }
    this.bytes = buffer;
    this.start = offset;
    this.address = this.#addressOf(buffer) + offset;
  }

  /** The address of `length` bytes at `offset` that are only read. Throws RangeError when they reach outside the buffer. */
  find(buffer: Uint8Array, offset: number, length: number): number {
    this.place(buffer, offset, length, 0);
    return this.address;
  }

  /** Ends the work on what was placed, which has `length` bytes now. */
  putBack(buffer: Uint8Array, offset: number, length: number): void {
    if (this.bytes === buffer) return;
    for (let i = 0; i < length; i++) buffer[offset + i] = this.bytes[i]!;
  }

  #addressOf(buffer: Uint8Array): number {
    if (buffer === this.#recent) return this.#recentAddress;
    const address = buffer === this.#former ? this.#formerAddress : addressOf(buffer);
    this.#former = this.#recent;
    this.#formerAddress = this.#recentAddress;
    this.#recent = buffer;
    this.#recentAddress = address;
    return address;
  }
}
