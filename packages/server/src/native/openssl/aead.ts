import { allocateSlab, pointerOf, self } from '../ffi.js';
import { writeWord64 } from '../libc/mmsg.js';
import { clearErrors, opensslError } from './error-queue.js';

export const AEAD_IV_BYTES = 12;
export const AEAD_TAG_BYTES = 16;

/**
 * AES-GCM with one key, over addresses inside slabs (`allocateSlab`): the form for packets. The cipher
 * context is keyed once and serves both directions; sealing costs five native calls, opening four.
 */
export class AesGcm {
  #context: number;
  readonly #native = functions();

  /** `key` has 16 or 32 bytes (AEAD_AES_128_GCM, AEAD_AES_256_GCM of RFC 5116); anything else throws RangeError. */
  constructor(key: Uint8Array) {
    const cipher = key.length === 16 ? this.#native.aes128 : key.length === 32 ? this.#native.aes256 : 0;
    if (cipher === 0) throw new RangeError(`AES-GCM key of ${key.length} bytes: 16 or 32`);
    this.#context = pointerOf(this.#native.create());
    if (this.#context === 0) throw opensslError('EVP_CIPHER_CTX_new');
    const slab = allocateSlab(key.length);
    slab.buffer.set(key);
    const ok = this.#native.encryptInit(this.#context, cipher, 0, slab.address, 0);
    slab.buffer.fill(0);
    if (ok !== 1) throw opensslError('EVP_EncryptInit_ex');
  }

  /**
   * Encrypts `textBytes` at `from` to `to`, which may be the same, and writes the 16-byte tag to `tag`. All are addresses
   * in slabs.
   */
  seal(
    iv: number,
    aad: number,
    aadBytes: number,
    from: number,
    to: number,
    textBytes: number,
    tag: number,
  ): void {
    const { encryptInit, encryptUpdate, encryptFinal, getParameters, lengthAt, tagParameter } = this.#native;
    const context = this.#usable();
    this.#placeTag(tag);
    const ok =
      encryptInit(context, 0, 0, 0, iv) === 1 &&
      (aadBytes === 0 || encryptUpdate(context, 0, lengthAt, aad, aadBytes) === 1) &&
      (textBytes === 0 || encryptUpdate(context, to, lengthAt, from, textBytes) === 1) &&
      encryptFinal(context, lengthAt, lengthAt) === 1 &&
      getParameters(context, tagParameter) === 1;
    if (!ok) throw opensslError('AES-GCM seal');
  }

  /**
   * Decrypts `textBytes` at `text` in place and checks the 16-byte tag at `tag`. False when the tag is wrong: then
   * the bytes at `text` are worthless and must not be used.
   */
  open(iv: number, aad: number, aadBytes: number, text: number, textBytes: number, tag: number): boolean {
    const { decryptInit, decryptUpdate, decryptFinal, lengthAt, tagParameter } = this.#native;
    const context = this.#usable();
    this.#placeTag(tag);
    const ok =
      decryptInit(context, 0, 0, iv, tagParameter) === 1 &&
      (aadBytes === 0 || decryptUpdate(context, 0, lengthAt, aad, aadBytes) === 1) &&
      (textBytes === 0 || decryptUpdate(context, text, lengthAt, text, textBytes) === 1);
    if (!ok) throw opensslError('AES-GCM open');
    if (decryptFinal(context, lengthAt, lengthAt) === 1) return true;
    clearErrors();
    return false;
  }

  /** Frees the context and wipes the key. */
  free(): void {
    this.#native.free(this.#context);
    this.#context = 0;
  }

  #usable(): number {
    if (this.#context === 0) throw new Error('the cipher has been freed');
    return this.#context;
  }

  #placeTag(tag: number): void {
    writeWord64(this.#native.scratchWords, TAG_POINTER_WORD, tag);
  }
}

/** Layout of the scratch slab. What native code writes to the first bytes (lengths, GCM's empty last block) nobody reads. */
const TAG_NAME_AT = 64;
/** An OSSL_PARAM array of one entry: key (pointer), type (u32), data (pointer, +16), size (+24); then its terminator. */
const TAG_PARAMETER_AT = 128;
const TAG_POINTER_WORD = (TAG_PARAMETER_AT + 16) / 4;
const OSSL_PARAM_OCTET_STRING = 5;

let declared: ReturnType<typeof declare> | undefined;

function functions(): ReturnType<typeof declare> {
  return (declared ??= declare());
}

type Init = (context: number, cipher: number, engine: number, key: number, iv: number) => number;
type Init2 = (context: number, cipher: number, key: number, iv: number, parameters: number) => number;
type Update = (context: number, out: number, outBytes: number, data: number, bytes: number) => number;
type Final = (context: number, out: number, outBytes: number) => number;

function declare() {
  const library = self();
  const scratch = allocateSlab(4096);
  const { buffer, address } = scratch;
  buffer.write('tag\0', TAG_NAME_AT, 'latin1');
  buffer.writeBigUInt64LE(BigInt(address + TAG_NAME_AT), TAG_PARAMETER_AT);
  buffer.writeUInt32LE(OSSL_PARAM_OCTET_STRING, TAG_PARAMETER_AT + 8);
  buffer.writeBigUInt64LE(BigInt(AEAD_TAG_BYTES), TAG_PARAMETER_AT + 24);
  return {
    scratchWords: new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4),
    lengthAt: address,
    tagParameter: address + TAG_PARAMETER_AT,
    aes128: pointerOf(library.func<() => bigint>('void* EVP_aes_128_gcm()')()),
    aes256: pointerOf(library.func<() => bigint>('void* EVP_aes_256_gcm()')()),
    create: library.func<() => bigint | null>('void* EVP_CIPHER_CTX_new()'),
    free: library.func<(context: number) => void>('void EVP_CIPHER_CTX_free(uint64_t)'),
    // Pointers declared as integers: a packet's calls cost a third less.
    encryptInit: library.func<Init>(
      'int EVP_EncryptInit_ex(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t)',
    ),
    encryptUpdate: library.func<Update>('int EVP_EncryptUpdate(uint64_t, uint64_t, uint64_t, uint64_t, int)'),
    encryptFinal: library.func<Final>('int EVP_EncryptFinal_ex(uint64_t, uint64_t, uint64_t)'),
    decryptInit: library.func<Init2>(
      'int EVP_DecryptInit_ex2(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t)',
    ),
    decryptUpdate: library.func<Update>('int EVP_DecryptUpdate(uint64_t, uint64_t, uint64_t, uint64_t, int)'),
    decryptFinal: library.func<Final>('int EVP_DecryptFinal_ex(uint64_t, uint64_t, uint64_t)'),
    getParameters: library.func<(context: number, parameters: number) => number>(
      'int EVP_CIPHER_CTX_get_params(uint64_t, uint64_t)',
    ),
  };
}
