import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SrtpProfile } from '@madang/core/env/srtp';
import { allocateSlab, loadFfi } from '../../native/ffi.js';
import { AesCtr } from '../../native/openssl/aes-ctr.js';
import { createSrtpTransform } from './create-srtp-transform.js';
import { GcmTransform } from './gcm-transform.js';
import { deriveSessionKeys } from './session-keys.js';
import type { SessionKeys } from './session-keys.js';

const native = loadFfi();
const skip = native.ok ? false : native.reason;

/** RFC 3711 appendix B.3. */
const MASTER_KEY = 'e1f97a0d3e018be0d64fa32c06de4139';
const MASTER_SALT = '0ec675ad498afeebb6960b3aabe6';

/** RFC 7714 sections 16 and 17: session keys and packets. */
const KEY_128 = '000102030405060708090a0b0c0d0e0f';
const KEY_256 = `${KEY_128}101112131415161718191a1b1c1d1e1f`;
const GCM_SALT = '517569642070726f2071756f';
const RTP_HEADER = '8040f17b8041f8d35501a0b2';
const RTP_PAYLOAD = '47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573';
const RTCP_HEADER = '81c8000d4d617273';
const RTCP_TEXT = '4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef';
const RTCP_INDEX = 0x5d4;

const GCM_VECTORS = [
  {
    profile: 'AEAD_AES_128_GCM',
    key: KEY_128,
    rtp: 'f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce',
    rtcp: '63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4',
  },
  {
    profile: 'AEAD_AES_256_GCM',
    key: KEY_256,
    rtp: '32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13',
    rtcp: 'd50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4',
  },
];

test('session keys are those of RFC 3711 appendix B.3', () => {
  const { encryptionKey, authenticationKey, salt } = deriveSessionKeys(
    { profile: 'AES_CM_128_HMAC_SHA1_80', masterKey: hex(MASTER_KEY), masterSalt: hex(MASTER_SALT) },
    'rtp',
  );
  assert.equal(toHex(encryptionKey), 'c61e7a93744f39ee10734afe3ff7a087');
  assert.equal(toHex(salt), '30cbbc08863d8c85d49db34a9ae1');
  assert.equal(toHex(authenticationKey), 'cebe321f6ff7716b6fd4ab49af256a156d38baa4');
});

test('keys and salts of another length than the profile’s are refused', () => {
  const lengths: [SrtpProfile, number, number][] = [
    ['AEAD_AES_128_GCM', 16, 14],
    ['AEAD_AES_256_GCM', 16, 12],
    ['AES_CM_128_HMAC_SHA1_80', 32, 14],
    ['AES_CM_128_HMAC_SHA1_80', 16, 12],
  ];
  for (const [profile, key, salt] of lengths) {
    const keys = { profile, masterKey: new Uint8Array(key), masterSalt: new Uint8Array(salt) };
    assert.throws(() => deriveSessionKeys(keys, 'rtp'), RangeError);
  }
});

describe('on OpenSSL through FFI', { skip }, () => {
  test('the key stream is that of RFC 3711 appendix B.2', () => {
    const cipher = new AesCtr(hex('2b7e151628aed2a6abf7158809cf4f3c'));
    const slab = allocateSlab(4096);
    const blocks = [
      ['0000', 'e03ead0935c95e80e166b16dd92b4eb4'],
      ['0001', 'd23513162b02d0f72a43a2fe4a5f97ab'],
      ['0002', '41e95b3bb0a2e8dd477901e4fca894c0'],
      ['feff', 'ec8cdf7398607cb0f2d21675ea9ea1e4'],
      ['ff00', '362b7c3c6773516318a077d7fc5073ae'],
      ['ff01', '6a2cc3787889374fbeb4c81b17ba6c44'],
    ] as const;
    for (const [block, stream] of blocks) {
      slab.buffer.set(hex(`f0f1f2f3f4f5f6f7f8f9fafbfcfd${block}`));
      slab.buffer.fill(0, 64, 80);
      cipher.apply(slab.address, slab.address + 64, slab.address + 64, 16);
      assert.equal(toHex(slab.buffer.subarray(64, 80)), stream, block);
    }
    cipher.free();
  });

  for (const vector of GCM_VECTORS) {
    test(`${vector.profile} protects and unprotects the packets of RFC 7714 sections 16 and 17`, () => {
      const keys: SessionKeys = {
        encryptionKey: hex(vector.key),
        authenticationKey: new Uint8Array(0),
        salt: hex(GCM_SALT),
      };
      const transform = new GcmTransform(keys, keys);
      for (const bytes of [new Uint8Array(200), allocateSlab(8192).buffer]) {
        const rtp = hex(RTP_HEADER + RTP_PAYLOAD);
        bytes.set(rtp, 5);
        assert.equal(transform.protectRtp(bytes, 5, 12, rtp.length, 0), rtp.length + 16);
        assert.equal(toHex(bytes.subarray(5, 5 + rtp.length + 16)), RTP_HEADER + vector.rtp);
        assert.equal(transform.unprotectRtp(bytes, 5, 12, rtp.length + 16, 0), rtp.length);
        assert.deepEqual(Buffer.from(bytes.subarray(5, 5 + rtp.length)), rtp);

        const rtcp = hex(RTCP_HEADER + RTCP_TEXT);
        bytes.set(rtcp, 3);
        assert.equal(transform.protectRtcp(bytes, 3, rtcp.length, RTCP_INDEX), rtcp.length + 20);
        assert.equal(toHex(bytes.subarray(3, 3 + rtcp.length + 20)), RTCP_HEADER + vector.rtcp);
        assert.equal(transform.unprotectRtcp(bytes, 3, rtcp.length + 20), rtcp.length);
        assert.deepEqual(Buffer.from(bytes.subarray(3, 3 + rtcp.length)), rtcp);
      }
      transform.free();
    });
  }

  test('in counter mode packets are protected as libsrtp protects them with the keys of appendix B.3', () => {
    const transform = createSrtpTransform({
      profile: 'AES_CM_128_HMAC_SHA1_80',
      masterKey: hex(MASTER_KEY),
      masterSalt: hex(MASTER_SALT),
    });
    const bytes = new Uint8Array(100);
    const text = 'ab'.repeat(16);
    bytes.set(hex(`800f1234decafbadcafebabe${text}`));
    assert.equal(transform.protectRtp(bytes, 0, 12, 28, 0), 38);
    assert.equal(
      toHex(bytes.subarray(0, 38)),
      '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb',
    );
    assert.equal(transform.unprotectRtp(bytes, 0, 12, 38, 0), 28);
    assert.equal(toHex(bytes.subarray(12, 28)), text);
    bytes.set(hex(`81c8000bcafebabe${text}`));
    assert.equal(transform.protectRtcp(bytes, 0, 24, 1), 38);
    assert.equal(
      toHex(bytes.subarray(0, 38)),
      '81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798',
    );
    assert.equal(transform.unprotectRtcp(bytes, 0, 38), 24);
    assert.equal(toHex(bytes.subarray(8, 24)), text);
    transform.free();
  });
});

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
