import { MINIMUM_SLAB_BYTES, addressOf, allocateSlab } from '../ffi.js';

/**
 * Makes bytes of any buffer readable for native code. Large buffers (receive slabs) are used where they are, and the
 * address of the last one is remembered; bytes of small buffers, which may move, are copied into an own slab.
 */
export class SlabInput {
  readonly #copy = allocateSlab(MINIMUM_SLAB_BYTES);
  #last: Uint8Array | undefined;
  #lastAddress = 0;

  /** Address of `length` bytes of `buffer` at `offset`, valid until the next call. */
  locate(buffer: Uint8Array, offset: number, length: number): number {
    if (offset < 0 || length < 0 || offset + length > buffer.length)
      throw new RangeError('outside the buffer');
    if (buffer === this.#last) return this.#lastAddress + offset;
    if (buffer.length >= MINIMUM_SLAB_BYTES) {
      // The reference also keeps the memory alive as long as its address is known here.
      this.#last = buffer;
      this.#lastAddress = addressOf(buffer);
      return this.#lastAddress + offset;
    }
    const into = this.#copy.buffer;
    for (let i = 0; i < length; i++) into[i] = buffer[offset + i]!;
    return this.#copy.address;
  }
}
