import type { Crypto } from '@madang/core/env/crypto';
import { Digest } from '../native/openssl/digest.js';
import { Hmac } from '../native/openssl/hmac.js';
import { timingSafeEqual } from './timing-safe-equal.js';

/** `Crypto` on the OpenSSL inside Node, through FFI: contexts are kept, a MAC costs a quarter of node:crypto's. */
export class OpensslCrypto implements Crypto {
  readonly #md5 = new Digest('MD5');
  readonly #sha256 = new Digest('SHA256');
  readonly #hmacSha1 = new Hmac('SHA1');
  readonly #hmacSha256 = new Hmac('SHA256');

  md5(data: Uint8Array): Uint8Array {
    return digest(this.#md5, data);
  }

  sha256(data: Uint8Array): Uint8Array {
    return digest(this.#sha256, data);
  }

  hmacSha1(
    key: Uint8Array,
    data: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void {
    this.#hmacSha1.sign(key, data, offset, length, out, outOffset);
  }

  hmacSha256(
    key: Uint8Array,
    data: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void {
    this.#hmacSha256.sign(key, data, offset, length, out, outOffset);
  }

  timingSafeEqual(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number, length: number): boolean {
    return timingSafeEqual(a, aOffset, b, bOffset, length);
  }

  /** Frees the native contexts; the object must not be used afterwards. */
  free(): void {
    for (const part of [this.#md5, this.#sha256, this.#hmacSha1, this.#hmacSha256]) part.free();
  }
}

function digest(algorithm: Digest, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(algorithm.digestBytes);
  algorithm.hash(data, 0, data.length, out, 0);
  return out;
}
