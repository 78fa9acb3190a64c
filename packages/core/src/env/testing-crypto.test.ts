import assert from 'node:assert/strict';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { test } from 'node:test';
import type { Crypto } from './crypto.js';

/** `Crypto` over node:crypto, for the tests of the core. Servers bring their own. */
export const testingCrypto: Crypto = {
  md5: (data) => new Uint8Array(createHash('md5').update(data).digest()),
  sha256: (data) => new Uint8Array(createHash('sha256').update(data).digest()),
  hmacSha1: (key, data, offset, length, out, outOffset) => {
    out.set(
      createHmac('sha1', key)
        .update(data.subarray(offset, offset + length))
        .digest(),
      outOffset,
    );
  },
  hmacSha256: (key, data, offset, length, out, outOffset) => {
    out.set(
      createHmac('sha256', key)
        .update(data.subarray(offset, offset + length))
        .digest(),
      outOffset,
    );
  },
  timingSafeEqual: (a, aOffset, b, bOffset, length) =>
    timingSafeEqual(a.subarray(aOffset, aOffset + length), b.subarray(bOffset, bOffset + length)),
};

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const ascii = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

function hmac(kind: 'hmacSha1' | 'hmacSha256', key: Uint8Array, data: Uint8Array): string {
  // Away from offset 0 on both sides, so that a wrong offset shows.
  const shifted = new Uint8Array(data.length + 5);
  shifted.set(data, 3);
  const size = kind === 'hmacSha1' ? 20 : 32;
  const out = new Uint8Array(size + 2);
  testingCrypto[kind](key, shifted, 3, data.length, out, 1);
  assert.equal(out[0], 0);
  assert.equal(out[size + 1], 0);
  return hex(out.subarray(1, size + 1));
}

test('HMAC-SHA-1 gives the results of RFC 2202', () => {
  const key = new Uint8Array(20).fill(0x0b);
  assert.equal(hmac('hmacSha1', key, ascii('Hi There')), 'b617318655057264e28bc0b6fb378c8ef146be00');
  assert.equal(
    hmac('hmacSha1', ascii('Jefe'), ascii('what do ya want for nothing?')),
    'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  );
});

test('HMAC-SHA-256 gives the results of RFC 4231', () => {
  const key = new Uint8Array(20).fill(0x0b);
  assert.equal(
    hmac('hmacSha256', key, ascii('Hi There')),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  );
  assert.equal(
    hmac('hmacSha256', ascii('Jefe'), ascii('what do ya want for nothing?')),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('MD5 and SHA-256 give the results of RFC 1321 and FIPS 180', () => {
  assert.equal(hex(testingCrypto.md5(ascii('abc'))), '900150983cd24fb0d6963f7d28e17f72');
  assert.equal(
    hex(testingCrypto.sha256(ascii('abc'))),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('timingSafeEqual compares the named ranges only', () => {
  const a = new Uint8Array([9, 1, 2, 3, 9]);
  const b = new Uint8Array([1, 2, 3, 7]);
  assert.equal(testingCrypto.timingSafeEqual(a, 1, b, 0, 3), true);
  assert.equal(testingCrypto.timingSafeEqual(a, 1, b, 0, 4), false);
});
