import { allocateSlab, pointerOf, self } from '../ffi.js';
import { opensslError } from './error-queue.js';

/**
 * AES-128 in counter mode with one key, over addresses inside slabs: the form for packets. Keyed once; two
 * native calls a packet.
 */
export class AesCtr {
  #context: number;
  readonly #native = functions();

  /** `key` has 16 bytes; anything else throws RangeError. */
  constructor(key: Uint8Array) {
    if (key.length !== 16) throw new RangeError(`AES-CTR key of ${key.length} bytes: 16`);
    this.#context = pointerOf(this.#native.create());
    if (this.#context === 0) throw opensslError('EVP_CIPHER_CTX_new');
    const slab = allocateSlab(key.length);
    slab.buffer.set(key);
    const ok = this.#native.init(this.#context, this.#native.cipher, 0, slab.address, 0);
    slab.buffer.fill(0);
    if (ok !== 1) throw opensslError('EVP_EncryptInit_ex');
  }

  /**
   * Encrypts or decrypts `textBytes` at `from` to `to`, which may be the same, from the 16-byte counter at `iv`. All are
   * addresses in slabs.
   */
  apply(iv: number, from: number, to: number, textBytes: number): void {
    const { init, update, lengthAt } = this.#native;
    if (this.#context === 0) throw new Error('the cipher has been freed');
    if (textBytes === 0) return;
    const ok =
      init(this.#context, 0, 0, 0, iv) === 1 && update(this.#context, to, lengthAt, from, textBytes) === 1;
    if (!ok) throw opensslError('AES-CTR');
  }

  /** Frees the context and wipes the key. */
  free(): void {
    this.#native.free(this.#context);
    this.#context = 0;
  }
}

let declared: ReturnType<typeof declare> | undefined;

function functions(): ReturnType<typeof declare> {
  return (declared ??= declare());
}

function declare() {
  const library = self();
  // Where the native code writes lengths nobody reads.
  const lengths = allocateSlab(64);
  return {
    lengths,
    lengthAt: lengths.address,
    cipher: pointerOf(library.func<() => bigint>('void* EVP_aes_128_ctr()')()),
    create: library.func<() => bigint | null>('void* EVP_CIPHER_CTX_new()'),
    free: library.func<(context: number) => void>('void EVP_CIPHER_CTX_free(uint64_t)'),
    init: library.func<(context: number, cipher: number, engine: number, key: number, iv: number) => number>(
      'int EVP_EncryptInit_ex(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t)',
    ),
    update: library.func<
      (context: number, out: number, outBytes: number, data: number, bytes: number) => number
    >('int EVP_EncryptUpdate(uint64_t, uint64_t, uint64_t, uint64_t, int)'),
  };
}
