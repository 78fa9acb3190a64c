import { allocateSlab, pointerOf, self } from '../ffi.js';
import { clearErrors, opensslError } from './error-queue.js';

/** Key sizes of AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 5116). */
export type AeadKeyBytes = 16 | 32;
export const AEAD_IV_BYTES = 12;
export const AEAD_TAG_BYTES = 16;

const EVP_CTRL_AEAD_GET_TAG = 0x10;
const EVP_CTRL_AEAD_SET_TAG = 0x11;

/**
 * AES-GCM with one key, in place, over addresses inside slabs (`allocateSlab`): the form for packets. The cipher
 * context is keyed once; each packet costs five native calls and no allocation.
 */
export class AesGcm {
  readonly #context: number;
  readonly #native = functions();
  #direction: 'seal' | 'open';

  /** `direction` is what the context is keyed for; one context does either, so a session has one per direction. */
  constructor(key: Uint8Array, direction: 'seal' | 'open') {
    const cipher = key.length === 16 ? this.#native.aes128 : key.length === 32 ? this.#native.aes256 : 0;
    if (cipher === 0) throw new RangeError(`AES-GCM key of ${key.length} bytes: 16 or 32`);
    this.#direction = direction;
    this.#context = pointerOf(this.#native.create());
    if (this.#context === 0) throw opensslError('EVP_CIPHER_CTX_new');
    const slab = allocateSlab(key.length);
    slab.buffer.set(key);
    const init = direction === 'seal' ? this.#native.encryptInit : this.#native.decryptInit;
    const ok = init(this.#context, cipher, 0, slab.address, 0);
    slab.buffer.fill(0);
    if (ok !== 1) throw opensslError('EVP_CipherInit');
  }

  /** Encrypts `textBytes` at `text` in place and writes the 16-byte tag to `tag`. All are addresses in slabs. */
  seal(iv: number, aad: number, aadBytes: number, text: number, textBytes: number, tag: number): void {
    const { encryptInit, encryptUpdate, encryptFinal, control, lengthAt } = this.#native;
    const context = this.#context;
    const ok =
      this.#direction === 'seal' &&
      encryptInit(context, 0, 0, 0, iv) === 1 &&
      (aadBytes === 0 || encryptUpdate(context, 0, lengthAt, aad, aadBytes) === 1) &&
      (textBytes === 0 || encryptUpdate(context, text, lengthAt, text, textBytes) === 1) &&
      encryptFinal(context, lengthAt, lengthAt) === 1 &&
      control(context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_BYTES, tag) === 1;
    if (!ok) throw opensslError('AES-GCM seal');
  }

  /**
   * Decrypts `textBytes` at `text` in place and checks the 16-byte tag at `tag`. False when the tag is wrong: then
   * the bytes at `text` are worthless and must not be used.
   */
  open(iv: number, aad: number, aadBytes: number, text: number, textBytes: number, tag: number): boolean {
    const { decryptInit, decryptUpdate, decryptFinal, control, lengthAt } = this.#native;
    const context = this.#context;
    const ok =
      this.#direction === 'open' &&
      decryptInit(context, 0, 0, 0, iv) === 1 &&
      control(context, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_BYTES, tag) === 1 &&
      (aadBytes === 0 || decryptUpdate(context, 0, lengthAt, aad, aadBytes) === 1) &&
      (textBytes === 0 || decryptUpdate(context, text, lengthAt, text, textBytes) === 1);
    if (!ok) throw opensslError('AES-GCM open');
    if (decryptFinal(context, lengthAt, lengthAt) === 1) return true;
    clearErrors();
    return false;
  }

  free(): void {
    this.#native.free(this.#context);
  }
}

let declared: ReturnType<typeof declare> | undefined;

function functions(): ReturnType<typeof declare> {
  return (declared ??= declare());
}

type Init = (context: number, cipher: number, engine: number, key: number, iv: number) => number;
type Update = (context: number, out: number, outBytes: number, data: number, bytes: number) => number;
type Final = (context: number, out: number, outBytes: number) => number;

function declare() {
  const library = self();
  // Where the native code writes lengths nobody reads, and the empty final block of GCM.
  const lengths = allocateSlab(64);
  return {
    lengths,
    lengthAt: lengths.address,
    aes128: pointerOf(library.func<() => bigint>('void* EVP_aes_128_gcm()')()),
    aes256: pointerOf(library.func<() => bigint>('void* EVP_aes_256_gcm()')()),
    create: library.func<() => bigint | null>('void* EVP_CIPHER_CTX_new()'),
    free: library.func<(context: number) => void>('void EVP_CIPHER_CTX_free(void*)'),
    encryptInit: library.func<Init>('int EVP_EncryptInit_ex(void*, void*, void*, void*, void*)'),
    encryptUpdate: library.func<Update>('int EVP_EncryptUpdate(void*, void*, void*, void*, int)'),
    encryptFinal: library.func<Final>('int EVP_EncryptFinal_ex(void*, void*, void*)'),
    decryptInit: library.func<Init>('int EVP_DecryptInit_ex(void*, void*, void*, void*, void*)'),
    decryptUpdate: library.func<Update>('int EVP_DecryptUpdate(void*, void*, void*, void*, int)'),
    decryptFinal: library.func<Final>('int EVP_DecryptFinal_ex(void*, void*, void*)'),
    control: library.func<(context: number, command: number, argument: number, pointer: number) => number>(
      'int EVP_CIPHER_CTX_ctrl(void*, int, int, void*)',
    ),
  };
}
