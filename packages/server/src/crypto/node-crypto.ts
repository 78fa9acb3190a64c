import { createHash, createHmac } from 'node:crypto';
import type { Crypto } from '@madang/core/env/crypto';
import { timingSafeEqual } from './timing-safe-equal.js';

/** `Crypto` on node:crypto: works everywhere, allocates a few objects per call. */
export class NodeCrypto implements Crypto {
  md5(data: Uint8Array): Uint8Array {
    return createHash('md5').update(data).digest();
  }

  sha256(data: Uint8Array): Uint8Array {
    return createHash('sha256').update(data).digest();
  }

  hmacSha1(
    key: Uint8Array,
    data: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void {
    sign('sha1', key, data, offset, length, out, outOffset);
  }

  hmacSha256(
    key: Uint8Array,
    data: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void {
    sign('sha256', key, data, offset, length, out, outOffset);
  }

  timingSafeEqual(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number, length: number): boolean {
    return timingSafeEqual(a, aOffset, b, bOffset, length);
  }
}

function sign(
  algorithm: 'sha1' | 'sha256',
  key: Uint8Array,
  data: Uint8Array,
  offset: number,
  length: number,
  out: Uint8Array,
  outOffset: number,
): void {
  if (offset < 0 || length < 0 || offset + length > data.length) throw new RangeError('outside the buffer');
  const mac = createHmac(algorithm, key)
    .update(data.subarray(offset, offset + length))
    .digest();
  out.set(mac, outOffset);
}
