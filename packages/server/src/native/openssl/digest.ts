import { allocateSlab, pointerOf, self } from '../ffi.js';
import { opensslError } from './error-queue.js';
import { SlabInput } from './slab-input.js';

export type DigestAlgorithm = 'MD5' | 'SHA1' | 'SHA256';

const DIGEST_BYTES: Record<DigestAlgorithm, number> = { MD5: 16, SHA1: 20, SHA256: 32 };

/** A hash function with one reused OpenSSL context. Throws where this OpenSSL does not have the algorithm (FIPS, MD5). */
export class Digest {
  readonly digestBytes: number;
  readonly #context: number;
  readonly #algorithm: number;
  readonly #out = allocateSlab(64);
  readonly #input = new SlabInput();

  constructor(algorithm: DigestAlgorithm) {
    const { fetch, create } = functions();
    this.digestBytes = DIGEST_BYTES[algorithm];
    this.#algorithm = pointerOf(fetch(null, algorithm, null));
    if (this.#algorithm === 0) throw opensslError(`EVP_MD_fetch(${algorithm})`);
    this.#context = pointerOf(create());
    if (this.#context === 0) throw opensslError('EVP_MD_CTX_new');
  }

  /** Writes the digest of `length` bytes of `data` from `offset` into `out` at `outOffset`. */
  hash(data: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void {
    if (outOffset < 0 || outOffset + this.digestBytes > out.length)
      throw new RangeError('no room for the digest');
    const { init, update, final } = functions();
    const { buffer, address } = this.#out;
    const ok =
      init(this.#context, this.#algorithm, 0) === 1 &&
      update(this.#context, this.#input.locate(data, offset, length), length) === 1 &&
      final(this.#context, address, 0) === 1;
    if (!ok) throw opensslError('EVP_Digest');
    for (let i = 0; i < this.digestBytes; i++) out[outOffset + i] = buffer[i]!;
  }

  free(): void {
    functions().freeContext(this.#context);
    functions().freeAlgorithm(this.#algorithm);
  }
}

let declared: ReturnType<typeof declare> | undefined;

function functions(): ReturnType<typeof declare> {
  return (declared ??= declare());
}

function declare() {
  const library = self();
  return {
    fetch: library.func<(context: null, name: string, properties: null) => bigint | null>(
      'void* EVP_MD_fetch(void*, str, void*)',
    ),
    freeAlgorithm: library.func<(algorithm: number) => void>('void EVP_MD_free(void*)'),
    create: library.func<() => bigint | null>('void* EVP_MD_CTX_new()'),
    freeContext: library.func<(context: number) => void>('void EVP_MD_CTX_free(void*)'),
    init: library.func<(context: number, algorithm: number, engine: number) => number>(
      'int EVP_DigestInit_ex(void*, void*, void*)',
    ),
    update: library.func<(context: number, data: number, bytes: number) => number>(
      'int EVP_DigestUpdate(void*, void*, size_t)',
    ),
    final: library.func<(context: number, out: number, outBytes: number) => number>(
      'int EVP_DigestFinal_ex(void*, void*, void*)',
    ),
  };
}
