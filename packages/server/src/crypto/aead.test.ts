import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { allocateSlab, loadFfi } from '../native/ffi.js';
import type { Aead, AeadPacket } from './aead.js';
import { NodeAead } from './node-aead.js';
import { OpensslAead } from './openssl-aead.js';

interface Vector {
  name: string;
  key: string;
  iv: string;
  aad: string;
  text: string;
  sealed: string;
}

const ROME = '47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573';

/** RFC 7714 sections 16.1.1 and 16.2.1, and test cases of the GCM specification (McGrew and Viega) 2, 4, 13, 14, 16. */
const VECTORS: Vector[] = [
  {
    name: 'RFC 7714 16.1.1 SRTP AEAD_AES_128_GCM',
    key: '000102030405060708090a0b0c0d0e0f',
    iv: '51753c6580c2726f20718414',
    aad: '8040f17b8041f8d35501a0b2',
    text: ROME,
    sealed:
      'f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce',
  },
  {
    name: 'RFC 7714 16.2.1 SRTP AEAD_AES_256_GCM',
    key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    iv: '51753c6580c2726f20718414',
    aad: '8040f17b8041f8d35501a0b2',
    text: ROME,
    sealed:
      '32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13',
  },
  {
    name: 'GCM test case 1',
    key: '0'.repeat(32),
    iv: '0'.repeat(24),
    aad: '',
    text: '',
    sealed: '58e2fccefa7e3061367f1d57a4e7455a',
  },
  {
    name: 'GCM test case 2',
    key: '0'.repeat(32),
    iv: '0'.repeat(24),
    aad: '',
    text: '0'.repeat(32),
    sealed: '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf',
  },
  {
    name: 'GCM test case 4',
    key: 'feffe9928665731c6d6a8f9467308308',
    iv: 'cafebabefacedbaddecaf888',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    text: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    sealed:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
  },
  {
    name: 'GCM test case 14',
    key: '0'.repeat(64),
    iv: '0'.repeat(24),
    aad: '',
    text: '0'.repeat(32),
    sealed: 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
  },
  {
    name: 'GCM test case 16',
    key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    iv: 'cafebabefacedbaddecaf888',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    text: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    sealed:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  },
];

/** A packet: `lead` bytes, header, text, room for the tag, some bytes behind; in a buffer of at least `size` bytes. */
function packetOf(aad: Uint8Array, text: Uint8Array, iv: Uint8Array, lead: number, size: number): AeadPacket {
  const length = Math.max(size, lead + aad.length + text.length + 16 + 5);
  const buffer = size >= 4096 ? allocateSlab(length).buffer : new Uint8Array(length);
  buffer.fill(0x5a);
  buffer.set(aad, lead);
  buffer.set(text, lead + aad.length);
  return {
    buffer,
    aadOffset: lead,
    aadBytes: aad.length,
    textOffset: lead + aad.length,
    textBytes: text.length,
    ivBuffer: Buffer.concat([Buffer.alloc(lead), iv]),
    ivOffset: lead,
  };
}

function aeadContract(create: (key: Uint8Array) => Aead, sizes: number[]): void {
  for (const vector of VECTORS) {
    test(`${vector.name}, sealed and opened in place`, () => {
      const [key, iv, aad, text, sealed] = (['key', 'iv', 'aad', 'text', 'sealed'] as const).map((name) =>
        Buffer.from(vector[name], 'hex'),
      ) as [Buffer, Buffer, Buffer, Buffer, Buffer];
      const aead = create(key);
      for (const size of sizes) {
        const packet = packetOf(aad, text, iv, 7, size);
        const { buffer, textOffset } = packet;
        aead.seal(packet);
        assert.equal(
          Buffer.from(buffer.slice(textOffset, textOffset + sealed.length)).toString('hex'),
          vector.sealed,
        );
        assert.ok(buffer.subarray(0, 7).every((byte) => byte === 0x5a));
        assert.equal(buffer[textOffset + sealed.length], 0x5a);
        assert.equal(aead.open(packet), true);
        assert.deepEqual(Buffer.from(buffer.slice(textOffset, textOffset + text.length)), text);
      }
      aead.free();
    });
  }

  test('a changed bit anywhere in header, text, tag or IV is refused, and the next packet is not harmed', () => {
    const aead = create(randomBytes(16));
    const packet = packetOf(randomBytes(12), randomBytes(30), randomBytes(12), 3, sizes[0]!);
    aead.seal(packet);
    const sealed = packet.buffer.slice();
    const end = packet.textOffset + packet.textBytes + 16;
    for (let at = packet.aadOffset; at < end; at++) {
      packet.buffer.set(sealed);
      packet.buffer[at]! ^= 1 << (at & 7);
      assert.equal(aead.open(packet), false, `byte ${at}`);
    }
    packet.buffer.set(sealed);
    packet.ivBuffer[packet.ivOffset]! ^= 1;
    assert.equal(aead.open(packet), false);
    packet.ivBuffer[packet.ivOffset]! ^= 1;
    packet.buffer.set(sealed);
    assert.equal(aead.open(packet), true);
    aead.free();
  });

  test('packets that reach outside their buffer and keys of another size throw', () => {
    const aead = create(randomBytes(32));
    const packet = packetOf(randomBytes(12), randomBytes(30), randomBytes(12), 0, 0);
    assert.throws(() => aead.seal({ ...packet, textBytes: packet.textBytes + 6 }), RangeError);
    assert.throws(() => aead.open({ ...packet, textOffset: -1 }), RangeError);
    assert.throws(() => aead.open({ ...packet, ivOffset: 1 }), RangeError);
    assert.throws(() => create(randomBytes(24)), RangeError);
    aead.free();
  });
}

describe('AES-GCM on node:crypto', () => aeadContract((key) => new NodeAead(key), [0, 8192]));
const ffi = loadFfi();
if (ffi.ok) {
  describe('AES-GCM on OpenSSL through FFI', () => aeadContract((key) => new OpensslAead(key), [0, 8192]));
  test('both open what the other sealed', () => {
    const key = randomBytes(32);
    const [node, openssl] = [new NodeAead(key), new OpensslAead(key)];
    for (let i = 0; i < 200; i++) {
      const text = randomBytes(i * 7);
      const packet = packetOf(randomBytes(i % 20), text, randomBytes(12), i % 5, i % 2 === 0 ? 0 : 4096);
      const [sealer, opener] = i % 3 === 0 ? [node, openssl] : [openssl, node];
      sealer.seal(packet);
      assert.equal(opener.open(packet), true);
      const opened = packet.buffer.slice(packet.textOffset, packet.textOffset + packet.textBytes);
      assert.deepEqual(Buffer.from(opened), text);
    }
    openssl.free();
  });
} else {
  test('AES-GCM on OpenSSL through FFI', { skip: ffi.reason }, () => {});
}
