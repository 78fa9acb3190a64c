import assert from 'node:assert/strict';
import { X509Certificate, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import type { SrtpProfile, SrtpTransform } from '@madang/core/env/srtp';
import { SRTP_KEY_BYTES, SRTP_PROFILES } from '@madang/core/env/srtp';
import { SrtpReceiver } from '@madang/core/srtp/srtp-receiver';
import { SrtpSender } from '@madang/core/srtp/srtp-sender';
import { allocateSlab, loadFfi } from '../../native/ffi.js';
import { createSrtpTransform } from './create-srtp-transform.js';

const native = loadFfi();

for (const profile of SRTP_PROFILES) {
  describe(profile, { skip: native.ok ? false : native.reason }, () => {
    test('what one side protects the other reads, in slabs and in small buffers, with all lengths and counters', () => {
      const [sending, receiving] = createPair(profile);
      const slab = allocateSlab(8192).buffer;
      const other = allocateSlab(16_384).buffer.subarray(4001, 12_000);
      for (let i = 0; i < 300; i++) {
        const headerLength = 12 + 4 * (i % 20);
        const packet = rtpPacket(headerLength, i === 0 ? 0 : i * 4, i);
        const counter = [0, 1, 0xffff, 0x1_0000, 0xffff_ffff][i % 5]!;
        const [from, to] =
          i % 3 === 0 ? [slab, other] : i % 3 === 1 ? [other, slab] : [slab, new Uint8Array(2000)];
        const copy = new Uint8Array(2000);
        for (const bytes of [from, copy]) {
          bytes.fill(0x5a);
          bytes.set(packet, 7);
          const length = sending.protectRtp(bytes, 7, headerLength, packet.length, counter);
          assert.equal(length, packet.length + sending.rtpOverheadBytes);
          assert.ok(bytes.subarray(0, 7).every((byte) => byte === 0x5a));
          assert.equal(bytes[7 + length], 0x5a);
          assert.deepEqual(
            Buffer.from(bytes.subarray(7, 7 + headerLength)),
            packet.subarray(0, headerLength),
          );
        }
        const length = packet.length + sending.rtpOverheadBytes;
        assert.deepEqual(copy.slice(7, 7 + length), new Uint8Array(from.subarray(7, 7 + length)));
        to.fill(0x5a);
        to.set(from.subarray(7, 7 + length), 11);
        assert.equal(receiving.unprotectRtp(to, 11, headerLength, length, counter), packet.length);
        assert.deepEqual(Buffer.from(to.slice(11, 11 + packet.length)), packet);
        assert.ok(to.subarray(0, 11).every((byte) => byte === 0x5a));
        assert.equal(to[11 + length], 0x5a);
        to.set(from.subarray(7, 7 + length), 11);
        assert.equal(
          receiving.unprotectRtp(to, 11, headerLength, length, counter ^ 1),
          -1,
          'another counter',
        );
      }
      free(sending, receiving);
    });

    test('a payload that lies elsewhere is protected as if it had been copied first, and stays as it was', () => {
      const [sending, receiving] = createPair(profile);
      const slab = allocateSlab(8192).buffer;
      for (const payloadLength of [0, 1, 15, 16, 300, 1200]) {
        const packet = rtpPacket(20, payloadLength, payloadLength);
        const inPlace = Buffer.concat([packet, Buffer.alloc(sending.rtpOverheadBytes)]);
        const total = sending.protectRtp(inPlace, 0, 20, packet.length, 3);
        for (const source of [allocateSlab(8192).buffer, Buffer.alloc(1300)]) {
          slab.fill(0x5a);
          slab.set(packet.subarray(0, 20), 9);
          source.set(packet.subarray(20), 33);
          assert.equal(sending.protectRtp(slab, 9, 20, packet.length, 3, source, 33), total);
          assert.deepEqual(Buffer.from(slab.subarray(9, 9 + total)), inPlace);
          assert.deepEqual(Buffer.from(source.subarray(33, 33 + payloadLength)), packet.subarray(20));
          assert.equal(slab[9 + total], 0x5a);
        }
        assert.throws(
          () => sending.protectRtp(slab, 9, 20, packet.length, 3, Buffer.alloc(10), 11),
          RangeError,
        );
      }
      free(sending, receiving);
    });

    test('RTCP is read as it was protected, with every index', () => {
      const [sending, receiving] = createPair(profile);
      for (const [i, index] of [0, 1, 0xffff, 0x1_0000, 0x7fff_ffff].entries()) {
        for (const bytes of [allocateSlab(4096).buffer, new Uint8Array(600)]) {
          const packet = rtcpPacket(8 + i * 40);
          bytes.set(packet, 5);
          const length = sending.protectRtcp(bytes, 5, packet.length, index);
          assert.equal(length, packet.length + sending.rtcpOverheadBytes);
          const at = 5 + length - sending.rtcpIndexFromEnd;
          assert.equal(Buffer.from(bytes).readUInt32BE(at), 2 ** 31 + index);
          assert.equal(receiving.unprotectRtcp(bytes, 5, length), packet.length);
          assert.deepEqual(Buffer.from(bytes.slice(5, 5 + packet.length)), packet);
        }
      }
      free(sending, receiving);
    });

    test('a changed bit anywhere, a zeroed tag and any other length are refused, and the next packet is not harmed', () => {
      const [sending, receiving] = createPair(profile);
      const bytes = allocateSlab(4096).buffer;
      const rtp = protectedRtp(sending, 100);
      const rtcp = protectedRtcp(sending, 60);
      const readRtp = (length: number): number => receiving.unprotectRtp(bytes, 0, 12, length, 0);
      const readRtcp = (length: number): number => receiving.unprotectRtcp(bytes, 0, length);
      for (const [packet, read, tagAt] of [
        [rtp, readRtp, rtp.length - sending.rtpOverheadBytes],
        [rtcp, readRtcp, rtcp.length - sending.rtcpOverheadBytes],
      ] as const) {
        for (let bit = 0; bit < packet.length * 8; bit++) {
          bytes.set(packet);
          bytes[bit >> 3]! ^= 1 << (bit & 7);
          assert.equal(read(packet.length), -1, `bit ${bit}`);
        }
        bytes.set(packet);
        bytes.fill(0, tagAt, packet.length);
        assert.equal(read(packet.length), -1, 'zeroed');
        for (let length = 0; length < packet.length + 20; length++) {
          if (length === packet.length) continue;
          bytes.set(packet);
          assert.equal(read(length), -1, `${length} bytes`);
        }
        bytes.set(packet);
        assert.ok(read(packet.length) > 0);
      }
      // What node:crypto says next must be about node:crypto.
      assert.throws(() => new X509Certificate('x'), /PEM|no start line|asn1/i);
      free(sending, receiving);
    });

    test('a hundred thousand tampered packets pass no receiver, and it goes on with the next good one', () => {
      const [sending, receiving] = createPair(profile);
      const receiver = new SrtpReceiver(receiving);
      const sender = new SrtpSender(sending);
      const bytes = allocateSlab(4096).buffer;
      const packet = rtpPacket(12, 100, 1);
      bytes.set(packet);
      const length = sender.protectRtp(bytes, 0, 12, packet.length, 1);
      const good = Buffer.from(bytes.subarray(0, length));
      for (let i = 0; i < 100_000; i++) {
        bytes.set(good);
        const at = 12 + ((i * 7) % (length - 12));
        bytes[at]! ^= 1 + (i % 255);
        if (receiver.unprotectRtp(bytes, 0, 12, length - (i % 3), i % 2 === 0 ? SSRC : i, 1) !== -1)
          assert.fail(`packet ${i} was taken`);
      }
      assert.equal(receiver.ssrcCount, 0);
      bytes.set(good);
      assert.equal(receiver.unprotectRtp(bytes, 0, 12, length, SSRC, 1), packet.length);
      free(sending, receiving);
    });

    test('RTCP that says it is not encrypted is refused', () => {
      const [sending, receiving] = createPair(profile);
      const rtcp = protectedRtcp(sending, 60);
      const at = rtcp.length - sending.rtcpIndexFromEnd;
      rtcp[at]! &= 0x7f;
      assert.equal(receiving.unprotectRtcp(rtcp, 0, rtcp.length), -1);
      free(sending, receiving);
    });

    test('places outside the buffer throw before native code sees them', () => {
      const [transform, other] = createPair(profile);
      const large = allocateSlab(4096).buffer;
      for (const bytes of [large, new Uint8Array(300)]) {
        const end = bytes.length;
        assert.throws(
          () => transform.protectRtp(bytes, end - 100 - transform.rtpOverheadBytes + 1, 12, 100, 0),
          RangeError,
        );
        assert.throws(
          () => transform.protectRtcp(bytes, end - 60 - transform.rtcpOverheadBytes + 1, 60, 0),
          RangeError,
        );
        assert.throws(() => transform.unprotectRtp(bytes, end - 99, 12, 100, 0), RangeError);
        assert.throws(() => transform.unprotectRtcp(bytes, end - 99, 100), RangeError);
        assert.throws(() => transform.unprotectRtp(bytes, -1, 12, 100, 0), RangeError);
        assert.throws(() => transform.protectRtp(bytes, 0, 120, 100, 0), RangeError);
      }
      free(transform, other);
    });

    test('after free nothing is protected or read', () => {
      const [transform, other] = createPair(profile);
      free(transform, other);
      transform.free();
      const bytes = new Uint8Array(200);
      assert.throws(() => transform.protectRtp(bytes, 0, 12, 100, 0), /freed/);
      assert.throws(() => transform.unprotectRtp(bytes, 0, 12, 100, 0), /freed/);
      assert.throws(() => transform.protectRtcp(bytes, 0, 100, 0), /freed/);
    });

    test('thousands of sessions leave memory where it was', () => {
      const rssAfter = (sessions: number): number => {
        for (let i = 0; i < sessions; i++) free(...createPair(profile));
        return process.memoryUsage().rss;
      };
      const before = rssAfter(500);
      const growth = rssAfter(2000) - before;
      assert.ok(growth < 8e6, `${growth} bytes more`);
    });
  });
}

const SSRC = 0x9abc_def0;

/** Two transforms with the same keys. */
function createPair(profile: SrtpProfile): [SrtpTransform, SrtpTransform] {
  const { key, salt } = SRTP_KEY_BYTES[profile];
  const keys = { profile, masterKey: randomBytes(key), masterSalt: randomBytes(salt) };
  return [createSrtpTransform(keys), createSrtpTransform(keys)];
}

function free(...transforms: SrtpTransform[]): void {
  for (const transform of transforms) transform.free();
}

function rtpPacket(headerLength: number, payloadLength: number, sequenceNumber: number): Buffer {
  const packet = randomBytes(headerLength + payloadLength);
  packet[0] = 0x80;
  packet.writeUInt16BE(sequenceNumber, 2);
  packet.writeUInt32BE(SSRC, 8);
  return packet;
}

function rtcpPacket(length: number): Buffer {
  const packet = randomBytes(length);
  packet.writeUInt32BE(0x80c8_0001, 0);
  packet.writeUInt32BE(SSRC, 4);
  return packet;
}

function protectedRtp(transform: SrtpTransform, payloadLength: number): Buffer {
  const packet = rtpPacket(12, payloadLength, 1);
  const bytes = Buffer.concat([packet, Buffer.alloc(transform.rtpOverheadBytes)]);
  assert.equal(transform.protectRtp(bytes, 0, 12, packet.length, 0), bytes.length);
  return bytes;
}

function protectedRtcp(transform: SrtpTransform, length: number): Buffer {
  const bytes = Buffer.concat([rtcpPacket(length), Buffer.alloc(transform.rtcpOverheadBytes)]);
  assert.equal(transform.protectRtcp(bytes, 0, length, 9), bytes.length);
  return bytes;
}
