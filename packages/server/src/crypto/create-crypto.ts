import type { Crypto } from '@madang/core/env/crypto';
import { loadFfi } from '../native/ffi.js';
import { NodeCrypto } from './node-crypto.js';
import { OpensslCrypto } from './openssl-crypto.js';

export interface CreatedCrypto {
  readonly crypto: Crypto;
  readonly kind: 'openssl' | 'node';
  /** Why node:crypto was taken; '' for openssl. */
  readonly reason: string;
}

/**
 * The fastest `Crypto` that works here: OpenSSL through FFI after it has given the same answers as node:crypto, else
 * node:crypto with the reason. `native: 'never'` asks for node:crypto. Never throws.
 */
export function createCrypto(options: { native?: 'auto' | 'never' } = {}): CreatedCrypto {
  const node = new NodeCrypto();
  if (options.native === 'never')
    return { crypto: node, kind: 'node', reason: 'native code is switched off' };
  const ffi = loadFfi();
  if (!ffi.ok) return { crypto: node, kind: 'node', reason: ffi.reason };
  try {
    const openssl = new OpensslCrypto();
    if (agree(openssl, node)) return { crypto: openssl, kind: 'openssl', reason: '' };
    openssl.free();
    return { crypto: node, kind: 'node', reason: 'OpenSSL through FFI gave another answer than node:crypto' };
  } catch (error) {
    return { crypto: node, kind: 'node', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A self-test at start: one digest and one MAC of each kind, keyed twice so that the kept contexts are used. */
function agree(a: Crypto, b: Crypto): boolean {
  const data = new Uint8Array(100).map((_, i) => i);
  const results = [a, b].map((crypto) => {
    const out = new Uint8Array(20 + 32 + 32);
    crypto.hmacSha1(data.subarray(0, 16), data, 7, 80, out, 0);
    crypto.hmacSha256(data.subarray(0, 32), data, 7, 80, out, 20);
    crypto.hmacSha256(data.subarray(0, 32), data, 7, 81, out, 52);
    return Buffer.concat([crypto.md5(data), crypto.sha256(data), out]);
  });
  return results[0]!.equals(results[1]!);
}
