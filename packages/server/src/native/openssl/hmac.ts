import { allocateSlab, pointerOf, self } from '../ffi.js';
import type { Slab } from '../ffi.js';
import { opensslError } from './error-queue.js';
import { SlabInput } from './slab-input.js';

const MAXIMUM_KEY_BYTES = 1024;
const DIGEST_AT = 0;
const LENGTH_AT = 64;
const KEY_AT = 128;

export type HmacAlgorithm = 'SHA1' | 'SHA256';

/**
 * HMAC (RFC 2104) with OpenSSL contexts that stay keyed: a key used again (the server's nonce secret, a user's key)
 * costs no key schedule. One slot per recently used key.
 */
export class Hmac {
  readonly #slots: KeyedContext[];
  readonly #scratch = allocateSlab(KEY_AT + MAXIMUM_KEY_BYTES);
  readonly #input = new SlabInput();
  readonly #digestBytes: number;
  #victim = 0;

  constructor(algorithm: HmacAlgorithm, slotCount = 4) {
    this.#digestBytes = algorithm === 'SHA1' ? 20 : 32;
    this.#slots = Array.from({ length: slotCount }, () => new KeyedContext(algorithm));
  }

  /**
   * Writes the MAC of `length` bytes of `data` from `offset` (20 or 32 bytes) into `out` at `outOffset`. Keys have at
   * most 1024 bytes; longer ones, and places outside the buffers, throw RangeError.
   */
  sign(
    key: Uint8Array,
    data: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void {
    if (outOffset < 0 || outOffset + this.#digestBytes > out.length)
      throw new RangeError('no room for the MAC');
    const { buffer, address } = this.#scratch;
    const context = this.#keyed(key);
    const { update, final } = functions();
    // The context was keyed a moment ago: neither step can fail but for lack of memory.
    if (update(context, this.#input.locate(data, offset, length), length) !== 1)
      throw opensslError('EVP_MAC_update');
    if (final(context, address + DIGEST_AT, address + LENGTH_AT, 64) !== 1)
      throw opensslError('EVP_MAC_final');
    for (let i = 0; i < this.#digestBytes; i++) out[outOffset + i] = buffer[DIGEST_AT + i]!;
  }

  /** Frees the contexts and wipes the keys. */
  free(): void {
    for (const slot of this.#slots) slot.free();
    this.#scratch.buffer.fill(0);
  }

  #keyed(key: Uint8Array): number {
    const { init } = functions();
    for (const slot of this.#slots) {
      if (!slot.holds(key)) continue;
      if (init(slot.context, 0, 0, 0) !== 1) throw opensslError('EVP_MAC_init');
      return slot.context;
    }
    if (key.length > MAXIMUM_KEY_BYTES) throw new RangeError(`HMAC key of ${key.length} bytes`);
    const slot = this.#slots[this.#victim]!;
    this.#victim = (this.#victim + 1) % this.#slots.length;
    this.#scratch.buffer.set(key, KEY_AT);
    if (init(slot.context, this.#scratch.address + KEY_AT, key.length, 0) !== 1)
      throw opensslError('EVP_MAC_init');
    slot.remember(key);
    return slot.context;
  }
}

/**
 * HMAC with one key over addresses inside slabs: the form for packets. Keyed once; three native calls a MAC, and no
 * look-up of a key.
 */
export class PacketHmac {
  #context: number;
  readonly #native = functions();
  readonly #digestBytes: number;

  /** Throws RangeError for keys of more than 1024 bytes. */
  constructor(algorithm: HmacAlgorithm, key: Uint8Array) {
    if (key.length > MAXIMUM_KEY_BYTES) throw new RangeError(`HMAC key of ${key.length} bytes`);
    this.#digestBytes = algorithm === 'SHA1' ? 20 : 32;
    this.#context = createContext(algorithm);
    const slab = allocateSlab(MAXIMUM_KEY_BYTES);
    slab.buffer.set(key);
    const ok = this.#native.init(this.#context, slab.address, key.length, 0);
    slab.buffer.fill(0);
    if (ok !== 1) throw opensslError('EVP_MAC_init');
  }

  /** Writes the MAC (20 or 32 bytes) of `bytes` bytes at `data` to `digest`. Both are addresses in slabs. */
  sign(data: number, bytes: number, digest: number): void {
    const { init, update, final, lengthAt } = this.#native;
    if (this.#context === 0) throw new Error('the MAC has been freed');
    const ok =
      init(this.#context, 0, 0, 0) === 1 &&
      update(this.#context, data, bytes) === 1 &&
      final(this.#context, digest, lengthAt, this.#digestBytes) === 1;
    if (!ok) throw opensslError('HMAC');
  }

  /** Frees the context and wipes the key. */
  free(): void {
    this.#native.free(this.#context);
    this.#context = 0;
  }
}

/** One EVP_MAC context and the key it holds. */
class KeyedContext {
  readonly context: number;
  readonly #key = new Uint8Array(MAXIMUM_KEY_BYTES);
  #keyBytes = -1;

  constructor(algorithm: HmacAlgorithm) {
    this.context = createContext(algorithm);
  }

  holds(key: Uint8Array): boolean {
    if (key.length !== this.#keyBytes) return false;
    // Keys are the server's own or looked up by name: the peer learns nothing from the time of this comparison.
    for (let i = 0; i < key.length; i++) if (this.#key[i] !== key[i]) return false;
    return true;
  }

  remember(key: Uint8Array): void {
    this.#key.set(key);
    this.#keyBytes = key.length;
  }

  free(): void {
    functions().free(this.context);
    this.#key.fill(0);
    this.#keyBytes = -1;
  }
}

/** An EVP_MAC context for this algorithm, which holds no key of worth yet. */
function createContext(algorithm: HmacAlgorithm): number {
  const { create, init, mac } = functions();
  const context = pointerOf(create(mac));
  if (context === 0) throw opensslError('EVP_MAC_CTX_new');
  const parameters = digestParameters(algorithm);
  if (init(context, parameters.address, 1, parameters.address + 64) !== 1) throw opensslError('EVP_MAC_init');
  return context;
}

/** An OSSL_PARAM array {"digest", utf8 string} and its terminator, at offset 64 of the slab. */
function digestParameters(algorithm: HmacAlgorithm): Slab {
  const OSSL_PARAM_UTF8_STRING = 4;
  const slab = allocateSlab(256);
  const { buffer, address } = slab;
  buffer.write('digest\0', 0, 'latin1');
  buffer.write(`${algorithm}\0`, 16, 'latin1');
  buffer.writeBigUInt64LE(BigInt(address), 64);
  buffer.writeUInt32LE(OSSL_PARAM_UTF8_STRING, 72);
  buffer.writeBigUInt64LE(BigInt(address + 16), 80);
  buffer.writeBigUInt64LE(BigInt(algorithm.length), 88);
  return slab;
}

let declared: ReturnType<typeof declare> | undefined;

function functions(): ReturnType<typeof declare> {
  return (declared ??= declare());
}

function declare() {
  const library = self();
  const fetch = library.func<(context: null, name: string, properties: null) => bigint | null>(
    'void* EVP_MAC_fetch(void*, str, void*)',
  );
  const mac = pointerOf(fetch(null, 'HMAC', null));
  if (mac === 0) throw opensslError('EVP_MAC_fetch');
  // Where the native code writes lengths nobody reads.
  const lengths = allocateSlab(64);
  return {
    mac,
    lengths,
    lengthAt: lengths.address,
    create: library.func<(mac: number) => bigint | null>('void* EVP_MAC_CTX_new(void*)'),
    free: library.func<(context: number) => void>('void EVP_MAC_CTX_free(uint64_t)'),
    init: library.func<(context: number, key: number, keyBytes: number, parameters: number) => number>(
      'int EVP_MAC_init(uint64_t, uint64_t, size_t, uint64_t)',
    ),
    update: library.func<(context: number, data: number, bytes: number) => number>(
      'int EVP_MAC_update(uint64_t, uint64_t, size_t)',
    ),
    final: library.func<(context: number, out: number, outBytes: number, room: number) => number>(
      'int EVP_MAC_final(uint64_t, uint64_t, uint64_t, size_t)',
    ),
  };
}
