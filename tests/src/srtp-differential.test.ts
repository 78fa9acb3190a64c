import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SrtpProfile, SrtpTransform } from '@madang/core/env/srtp';
import { SRTP_KEY_BYTES, SRTP_PROFILES } from '@madang/core/env/srtp';
import { SrtpReceiver } from '@madang/core/srtp/srtp-receiver';
import { SrtpSender } from '@madang/core/srtp/srtp-sender';
import { createSrtpTransform } from '@madang/server/crypto/srtp/create-srtp-transform';
import { loadFfi } from '@madang/server/native/ffi';
import { LibsrtpPeer, missingLibsrtp } from './libsrtp-peer.js';

/**
 * The same packets through Madang and through libsrtp. What is protected must be equal byte for byte; then both
 * receivers get it reordered, repeated and tampered with, and must take the same packets and read the same in them.
 */
const ffi = loadFfi();
const MISSING = missingLibsrtp() ?? (ffi.ok ? undefined : ffi.reason);
/** Each is protected and unprotected by both sides. */
const PACKETS_PER_PROFILE = 34_000;
const PACKETS_PER_BATCH = 2000;
const SOURCES = 5;

for (const profile of SRTP_PROFILES) {
  describe(`${profile} and libsrtp`, { skip: MISSING ?? false }, () => {
    test('protect alike, and take the same of what is reordered, repeated and tampered with', async (t) => {
      const seed = SRTP_PROFILES.indexOf(profile) + 1;
      const comparison = new Comparison(profile, createRandom(seed));
      const startedAt = performance.now();
      for (let done = 0; done < PACKETS_PER_PROFILE; done += PACKETS_PER_BATCH) {
        await comparison.protectBatch();
        await comparison.unprotectBatch();
      }
      await comparison.drain();
      comparison.end();
      const { counts } = comparison;
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      t.diagnostic(`${profile}: ${JSON.stringify(counts)} in ${seconds} s`);
      assert.ok(counts.protected >= PACKETS_PER_PROFILE);
      assert.ok(counts.taken > counts.protected * 0.97, 'what is only reordered is taken');
      assert.ok(counts.refused > counts.protected * 0.02, 'what is repeated or tampered with is refused');
      assert.ok(counts.wraps > SOURCES, 'sequence numbers wrap');
    });
  });
}

interface Packet {
  readonly kind: 'rtp' | 'rtcp';
  readonly headerLength: number;
  readonly plain: Buffer;
  /** Extended sequence number or SRTCP index. */
  readonly index: number;
}

interface Sent {
  readonly kind: 'rtp' | 'rtcp';
  readonly headerLength: number;
  readonly bytes: Buffer;
}

class Comparison {
  readonly counts = { protected: 0, taken: 0, refused: 0, wraps: 0, rtcp: 0 };
  readonly #random: () => number;
  readonly #libsrtp: LibsrtpPeer;
  readonly #transform: SrtpTransform;
  readonly #sender: SrtpSender;
  readonly #receiver: SrtpReceiver;
  readonly #sequences: number[];
  readonly #rtcpIndices: number[];
  #queue: Sent[] = [];
  /** Packets kept back until the replay window may have passed them. */
  #late: Sent[] = [];
  /** Large: packets lie in it as in a slab of the data plane. */
  readonly #work = Buffer.alloc(8192);

  constructor(profile: SrtpProfile, random: () => number) {
    this.#random = random;
    const { key, salt } = SRTP_KEY_BYTES[profile];
    const keyAndSalt = this.#randomBytes(key + salt);
    this.#libsrtp = new LibsrtpPeer(profile, keyAndSalt);
    const keys = { profile, masterKey: keyAndSalt.subarray(0, key), masterSalt: keyAndSalt.subarray(key) };
    this.#transform = createSrtpTransform(keys);
    this.#sender = new SrtpSender(this.#transform);
    this.#receiver = new SrtpReceiver(createSrtpTransform(keys));
    this.#sequences = Array.from({ length: SOURCES }, (_, i) => (i === 0 ? 65_500 : this.#integer(65_500)));
    this.#rtcpIndices = Array<number>(SOURCES).fill(0);
  }

  /** Makes packets, has both protect them, compares, and queues them for the receivers. */
  async protectBatch(): Promise<void> {
    const packets = Array.from({ length: PACKETS_PER_BATCH }, () => this.#makePacket());
    for (const { kind, plain } of packets)
      this.#libsrtp.ask(kind === 'rtp' ? 'protect' : 'protect_rtcp', plain);
    const results = await this.#libsrtp.run();
    for (const [i, packet] of packets.entries()) {
      const own = this.#protect(packet);
      assert.ok(
        results[i]?.equals(own),
        `${packet.kind} ${packet.index} of ${packet.plain.length} bytes differs`,
      );
      this.#queue.push({ kind: packet.kind, headerLength: packet.headerLength, bytes: own });
    }
    this.counts.protected += packets.length;
    if (this.#random() < 0.5) this.#queue.push(this.#rtcpOfSender());
  }

  /** Gives what is queued to both receivers, in another order, and compares what they make of it. */
  async unprotectBatch(): Promise<void> {
    const order = this.#queue;
    this.#queue = [];
    for (let i = 0; i < order.length; i++) {
      const chance = this.#random();
      const other = Math.min(order.length - 1, i + this.#integer(60));
      if (chance < 0.05) [order[i], order[other]] = [order[other]!, order[i]!];
      else if (chance < 0.065) order.splice(other, 0, order[i]!);
      else if (chance < 0.08) order.splice(other, 0, this.#tamper(order[i]!));
      else if (chance < 0.085) this.#late.push(...order.splice(i, 1));
    }
    if (this.#random() < 0.3) order.push(...this.#late.splice(0));
    await this.#offer(order);
  }

  /** Gives the packets kept back to both receivers. */
  async drain(): Promise<void> {
    await this.#offer(this.#late.splice(0));
  }

  end(): void {
    this.#libsrtp.stop();
    this.#transform.free();
  }

  async #offer(order: readonly Sent[]): Promise<void> {
    for (const { kind, bytes } of order)
      this.#libsrtp.ask(kind === 'rtp' ? 'unprotect' : 'unprotect_rtcp', bytes);
    const results = await this.#libsrtp.run();
    for (const [i, sent] of order.entries()) {
      const own = this.#unprotect(sent);
      const theirs = results[i];
      if (own === undefined || theirs === undefined) {
        assert.equal(
          own,
          theirs,
          `${sent.kind} ${sent.bytes.toString('hex', 0, 12)}: ${this.#receiver.lastDrop}`,
        );
        this.counts.refused++;
      } else {
        assert.ok(
          own.equals(theirs),
          `${sent.kind} ${sent.bytes.toString('hex', 0, 12)} is read differently`,
        );
        this.counts.taken++;
      }
    }
  }

  #makePacket(): Packet {
    const source = this.#integer(SOURCES);
    if (this.#random() < 0.1) {
      this.counts.rtcp++;
      const plain = this.#randomBytes(8 + 4 * this.#integer(60));
      plain.writeUInt32BE(0x80c8_0000 + plain.length / 4 - 1, 0);
      plain.writeUInt32BE(source, 4);
      return { kind: 'rtcp', headerLength: 8, plain, index: ++this.#rtcpIndices[source]! };
    }
    const before = this.#sequences[source]!;
    const index = before + 1 + (this.#random() < 0.002 ? this.#integer(9000) : this.#integer(30));
    this.#sequences[source] = index;
    this.counts.wraps += (index >>> 16) - (before >>> 16);
    const sources = this.#random() < 0.1 ? this.#integer(16) : 0;
    const extensionWords = this.#random() < 0.5 ? this.#integer(8) : -1;
    const headerLength = 12 + 4 * sources + 4 * (extensionWords + 1);
    const payloadLength = this.#random() < 0.02 ? 0 : this.#integer(1200);
    const plain = this.#randomBytes(headerLength + payloadLength);
    plain[0] = 0x80 | sources | (extensionWords >= 0 ? 0x10 : 0);
    plain.writeUInt16BE(index & 0xffff, 2);
    plain.writeUInt32BE(source, 8);
    if (extensionWords >= 0) plain.writeUInt32BE(0xbede_0000 + extensionWords, 12 + 4 * sources);
    return { kind: 'rtp', headerLength, plain, index };
  }

  #protect({ kind, headerLength, plain, index }: Packet): Buffer {
    const at = this.#integer(500);
    this.#work.set(plain, at);
    const length =
      kind === 'rtp'
        ? this.#sender.protectRtp(this.#work, at, headerLength, plain.length, index)
        : this.#transform.protectRtcp(this.#work, at, plain.length, index);
    return Buffer.from(this.#work.subarray(at, at + length));
  }

  #unprotect({ kind, headerLength, bytes }: Sent): Buffer | undefined {
    const at = this.#integer(500);
    this.#work.set(bytes, at);
    const length =
      kind === 'rtp'
        ? this.#receiver.unprotectRtp(
            this.#work,
            at,
            headerLength,
            bytes.length,
            bytes.readUInt32BE(8),
            bytes.readUInt16BE(2),
          )
        : this.#receiver.unprotectRtcp(this.#work, at, bytes.length);
    return length < 0 ? undefined : Buffer.from(this.#work.subarray(at, at + length));
  }

  /** RTCP of another source with the index of the sender's own. */
  #rtcpOfSender(): Sent {
    const plain = this.#randomBytes(28);
    plain.writeUInt32BE(0x81c9_0006, 0);
    plain.writeUInt32BE(1000, 4);
    this.#work.set(plain);
    const length = this.#sender.protectRtcp(this.#work, 0, plain.length);
    return { kind: 'rtcp', headerLength: 8, bytes: Buffer.from(this.#work.subarray(0, length)) };
  }

  /** Changes a bit behind the fixed header, or the length. */
  #tamper({ kind, headerLength, bytes }: Sent): Sent {
    const changed = Buffer.from(bytes);
    const at = headerLength + this.#integer(bytes.length - headerLength);
    changed[at]! ^= 1 << this.#integer(8);
    const cut = this.#random() < 0.2 ? this.#integer(bytes.length - headerLength) : 0;
    return { kind, headerLength, bytes: changed.subarray(0, changed.length - cut) };
  }

  #integer(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #randomBytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#integer(256);
    return bytes;
  }
}

/** A repeatable sequence of numbers in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
