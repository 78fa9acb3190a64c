import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Crypto } from '@madang/core/env/crypto';
import { loadFfi } from '../native/ffi.js';
import { createCrypto } from './create-crypto.js';
import { NodeCrypto } from './node-crypto.js';
import { NodeRandom } from './node-random.js';
import { OpensslCrypto } from './openssl-crypto.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

/** RFC 1321 appendix A.5. */
const MD5_VECTORS: [string, string][] = [
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a', '0cc175b9c0f1b6a831c399e269772661'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'd174ab98d277d9f5a5611c2c9f419d9f'],
  ['1234567890'.repeat(8), '57edf4a22be3c955ac49da2e2107b67a'],
];

/** FIPS 180-2 appendix B. */
const SHA256_VECTORS: [string, string][] = [
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
];

/** RFC 2202 section 3: key, data, digest. */
const HMAC_SHA1_VECTORS: [Buffer, Buffer, string][] = [
  [Buffer.alloc(20, 0x0b), ascii('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  [ascii('Jefe'), ascii('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  [Buffer.alloc(20, 0xaa), Buffer.alloc(50, 0xdd), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  [
    hex('0102030405060708090a0b0c0d0e0f10111213141516171819'),
    Buffer.alloc(50, 0xcd),
    '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  ],
  [Buffer.alloc(20, 0x0c), ascii('Test With Truncation'), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
  [
    Buffer.alloc(80, 0xaa),
    ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
    'aa4ae5e15272d00e95705637ce8a3b55ed402112',
  ],
  [
    Buffer.alloc(80, 0xaa),
    ascii('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
    'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
  ],
];

/** RFC 4231 section 4. */
const HMAC_SHA256_VECTORS: [Buffer, Buffer, string][] = [
  [
    Buffer.alloc(20, 0x0b),
    ascii('Hi There'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    ascii('Jefe'),
    ascii('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    Buffer.alloc(20, 0xaa),
    Buffer.alloc(50, 0xdd),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    hex('0102030405060708090a0b0c0d0e0f10111213141516171819'),
    Buffer.alloc(50, 0xcd),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
  [
    Buffer.alloc(131, 0xaa),
    ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    Buffer.alloc(131, 0xaa),
    ascii(
      'This is a test using a larger than block-size key and a larger than block-size data. ' +
        'The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
];

function cryptoContract(crypto: Crypto): void {
  test('MD5 (RFC 1321) and SHA-256 (FIPS 180-2) vectors', () => {
    for (const [text, digest] of MD5_VECTORS)
      assert.equal(Buffer.from(crypto.md5(ascii(text))).toString('hex'), digest);
    for (const [text, digest] of SHA256_VECTORS) {
      assert.equal(Buffer.from(crypto.sha256(ascii(text))).toString('hex'), digest);
    }
  });

  for (const [name, vectors, bytes] of [
    ['hmacSha1', HMAC_SHA1_VECTORS, 20],
    ['hmacSha256', HMAC_SHA256_VECTORS, 32],
  ] as const) {
    test(`${name}: RFC vectors, twice, at every place of data and result`, () => {
      for (let round = 0; round < 2; round++) {
        for (const [key, data, digest] of vectors) {
          const inside = Buffer.concat([Buffer.alloc(round * 3 + 1, 0x77), data, Buffer.alloc(5, 0x77)]);
          const out = Buffer.alloc(bytes + 9, 0xee);
          crypto[name](key, inside, round * 3 + 1, data.length, out, 4);
          assert.equal(out.toString('hex', 4, 4 + bytes), digest);
          assert.ok(
            out.subarray(0, 4).every((byte) => byte === 0xee) &&
              out.subarray(4 + bytes).every((b) => b === 0xee),
          );
        }
      }
    });
  }

  test('a MAC is written into the buffer it is taken over, small or large', () => {
    for (const size of [64, 300, 4096, 70_000]) {
      const buffer = randomBytes(size);
      const expected = createHmac('sha1', ascii('key'))
        .update(buffer.subarray(2, size - 22))
        .digest();
      crypto.hmacSha1(ascii('key'), buffer, 2, size - 24, buffer, size - 20);
      assert.deepEqual(buffer.subarray(size - 20), expected);
    }
  });

  test('views into larger buffers are taken by their own offsets', () => {
    const whole = randomBytes(10_000);
    const view = new Uint8Array(whole.buffer, whole.byteOffset + 1000, 5000);
    const out = new Uint8Array(32);
    crypto.hmacSha256(ascii('k'), view, 10, 4000, out, 0);
    const expected = createHmac('sha256', 'k').update(whole.subarray(1010, 5010)).digest();
    assert.deepEqual(Buffer.from(out), expected);
    assert.deepEqual(Buffer.from(crypto.md5(view)), createHash('md5').update(view).digest());
  });

  test('many keys in turn, among them an empty one and a changed one in the same array', () => {
    const out = new Uint8Array(20);
    const key = Buffer.alloc(16);
    for (let i = 0; i < 300; i++) {
      key.writeUInt32BE(i % 7, 0);
      const used = i % 11 === 0 ? key.subarray(0, 0) : key;
      crypto.hmacSha1(used, ascii('data'), 0, 4, out, 0);
      assert.deepEqual(Buffer.from(out), createHmac('sha1', used).update('data').digest());
    }
  });

  test('places outside the buffers throw and write nothing', () => {
    const out = new Uint8Array(20);
    const data = new Uint8Array(10);
    assert.throws(() => crypto.hmacSha1(data, data, 5, 6, out, 0), RangeError);
    assert.throws(() => crypto.hmacSha1(data, data, -1, 5, out, 0), RangeError);
    assert.throws(() => crypto.hmacSha1(data, data, 0, 10, out, 1), RangeError);
    assert.ok(out.every((byte) => byte === 0));
    assert.throws(() => crypto.timingSafeEqual(data, 5, out, 0, 6), RangeError);
  });

  test('timingSafeEqual sees a difference in every bit and only there', () => {
    const a = randomBytes(20);
    const b = Buffer.concat([Buffer.from([1, 2]), a, Buffer.from([3])]);
    assert.ok(crypto.timingSafeEqual(a, 0, b, 2, 20));
    assert.ok(crypto.timingSafeEqual(a, 3, b, 5, 0));
    for (let bit = 0; bit < 160; bit++) {
      b[2 + (bit >> 3)]! ^= 1 << (bit & 7);
      assert.equal(crypto.timingSafeEqual(a, 0, b, 2, 20), false);
      b[2 + (bit >> 3)]! ^= 1 << (bit & 7);
    }
    b[0] = 99;
    b[22] = 99;
    assert.ok(crypto.timingSafeEqual(a, 0, b, 2, 20));
  });
}

describe('crypto on node:crypto', () => cryptoContract(new NodeCrypto()));
const ffi = loadFfi();
if (ffi.ok) describe('crypto on OpenSSL through FFI', () => cryptoContract(new OpensslCrypto()));
else test('crypto on OpenSSL through FFI', { skip: ffi.reason }, () => {});

test('createCrypto takes OpenSSL where the FFI works, node:crypto with a reason otherwise', () => {
  assert.equal(createCrypto().kind, ffi.ok ? 'openssl' : 'node');
  const without = createCrypto({ native: 'never' });
  assert.equal(without.kind, 'node');
  assert.notEqual(without.reason, '');
});

test('random bytes of both kinds differ, never repeat, and fill any length', () => {
  const random = new NodeRandom();
  const seen = new Set<string>();
  for (let i = 0; i < 2000; i++) {
    const a = new Uint8Array(12);
    const b = new Uint8Array(12);
    random.fillPublic(a);
    random.fillSecret(b);
    seen.add(Buffer.from(a).toString('hex')).add(Buffer.from(b).toString('hex'));
  }
  assert.equal(seen.size, 4000);
  for (const size of [0, 1, 4095, 4096, 4097, 100_000]) {
    const bytes = new Uint8Array(size);
    random.fillSecret(bytes);
    const zeros = bytes.filter((byte) => byte === 0).length;
    assert.ok(zeros <= size / 64 + 1, `${zeros} zeros in ${size} bytes`);
  }
});
