import { addressOf, allocateSlab } from '../native/ffi.js';
import { AesGcm } from '../native/openssl/aead.js';
import { AEAD_IV_BYTES, AEAD_TAG_BYTES, assertAeadPacket } from './aead.js';
import type { Aead, AeadPacket } from './aead.js';

const LARGEST_COPY_BYTES = 4096;

/**
 * AES-GCM on the OpenSSL inside Node, through FFI. Packets in slabs (buffers of 4 KiB or more) are worked on where
 * they are; smaller buffers go through an own slab.
 */
export class OpensslAead implements Aead {
  readonly #sealing: AesGcm;
  readonly #opening: AesGcm;
  readonly #slab = allocateSlab(LARGEST_COPY_BYTES + 64);
  #last: Uint8Array | undefined;
  #lastAddress = 0;

  /** `key` has 16 or 32 bytes; anything else throws RangeError. */
  constructor(key: Uint8Array) {
    this.#sealing = new AesGcm(key, 'seal');
    this.#opening = new AesGcm(key, 'open');
  }

  seal(packet: AeadPacket): void {
    assertAeadPacket(packet);
    const { buffer, aadOffset, aadBytes, textOffset, textBytes } = packet;
    const iv = this.#placeIv(packet);
    const base = this.#locate(buffer);
    const text = base + textOffset;
    this.#sealing.seal(iv, base + aadOffset, aadBytes, text, textBytes, text + textBytes);
    this.#copyBack(buffer, textOffset, textBytes + AEAD_TAG_BYTES);
  }

  open(packet: AeadPacket): boolean {
    assertAeadPacket(packet);
    const { buffer, aadOffset, aadBytes, textOffset, textBytes } = packet;
    const iv = this.#placeIv(packet);
    const base = this.#locate(buffer);
    const text = base + textOffset;
    if (!this.#opening.open(iv, base + aadOffset, aadBytes, text, textBytes, text + textBytes)) return false;
    this.#copyBack(buffer, textOffset, textBytes);
    return true;
  }

  free(): void {
    this.#sealing.free();
    this.#opening.free();
    this.#slab.buffer.fill(0);
  }

  #placeIv({ ivBuffer, ivOffset }: AeadPacket): number {
    const { buffer, address } = this.#slab;
    for (let i = 0; i < AEAD_IV_BYTES; i++) buffer[LARGEST_COPY_BYTES + i] = ivBuffer[ivOffset + i]!;
    return address + LARGEST_COPY_BYTES;
  }

  #locate(buffer: Uint8Array): number {
    if (buffer === this.#last) return this.#lastAddress;
    if (buffer.length < LARGEST_COPY_BYTES) {
      this.#slab.buffer.set(buffer);
      return this.#slab.address;
    }
    this.#last = buffer;
    this.#lastAddress = addressOf(buffer);
    return this.#lastAddress;
  }

  #copyBack(buffer: Uint8Array, offset: number, length: number): void {
    if (buffer.length >= LARGEST_COPY_BYTES) return;
    buffer.set(this.#slab.buffer.subarray(offset, offset + length), offset);
  }
}
