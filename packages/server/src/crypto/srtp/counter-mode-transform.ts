import { readU16, readU32, writeU32 } from '@madang/core/bytes/big-endian';
import type { SrtpTransform } from '@madang/core/env/srtp';
import { AesCtr } from '../../native/openssl/aes-ctr.js';
import { PacketHmac } from '../../native/openssl/hmac.js';
import { timingSafeEqual } from '../timing-safe-equal.js';
import { RTCP_HEADER_BYTES, RTCP_INDEX_BYTES, RTP_HEADER_BYTES, SRTCP_ENCRYPTED_FLAG } from './layout.js';
import type { SessionKeys } from './session-keys.js';
import { DIGEST_AT, srtpWorkspace } from './workspace.js';

/**
 * AES_CM_128_HMAC_SHA1_80 (RFC 3711 sections 4.1.1 and 4.2.1). A protected packet ends with the tag; of RTCP the index
 * stands before it.
 */
export class CounterModeTransform implements SrtpTransform {
  readonly rtpOverheadBytes = TAG_BYTES;
  readonly rtcpOverheadBytes = RTCP_INDEX_BYTES + TAG_BYTES;
  readonly rtcpIndexFromEnd = RTCP_INDEX_BYTES + TAG_BYTES;
  readonly #work = srtpWorkspace();
  readonly #tag = new Uint8Array(TAG_BYTES);
  readonly #rtp: Half;
  readonly #rtcp: Half;

  constructor(rtp: SessionKeys, rtcp: SessionKeys) {
    this.#rtp = createHalf(rtp);
    this.#rtcp = createHalf(rtcp);
  }

  protectRtp(
    bytes: Uint8Array,
    offset: number,
    headerLength: number,
    length: number,
    rollOverCounter: number,
    source = bytes,
    sourceOffset = offset + headerLength,
  ): number {
    const { packet, ivAddress } = this.#work;
    const textBytes = length - headerLength;
    if (headerLength < RTP_HEADER_BYTES || textBytes < 0) throw new RangeError('not an RTP packet');
    packet.place(bytes, offset, length, length + TAG_BYTES);
    this.#placeRtpIv(rollOverCounter);
    const text = packet.address + headerLength;
    const from = source === bytes ? text : this.#work.source.find(source, sourceOffset, textBytes);
    this.#rtp.cipher.apply(ivAddress, from, text, textBytes);
    // The counter is authenticated but not sent: it stands for a moment where the tag will be.
    writeU32(packet.bytes, packet.start + length, rollOverCounter);
    this.#rtp.hmac.sign(packet.address, length + ROLL_OVER_COUNTER_BYTES, this.#work.digestAddress);
    this.#placeTag(length);
    packet.putBack(bytes, offset, length + TAG_BYTES);
    return length + TAG_BYTES;
  }

  unprotectRtp(
    bytes: Uint8Array,
    offset: number,
    headerLength: number,
    length: number,
    rollOverCounter: number,
  ): number {
    const { packet, ivAddress } = this.#work;
    const plainLength = length - TAG_BYTES;
    if (headerLength < RTP_HEADER_BYTES || plainLength < headerLength) return -1;
    packet.place(bytes, offset, length, 0);
    this.#takeTag(plainLength);
    writeU32(packet.bytes, packet.start + plainLength, rollOverCounter);
    this.#rtp.hmac.sign(packet.address, plainLength + ROLL_OVER_COUNTER_BYTES, this.#work.digestAddress);
    if (!this.#tagIsRight()) return -1;
    this.#placeRtpIv(rollOverCounter);
    const text = packet.address + headerLength;
    this.#rtp.cipher.apply(ivAddress, text, text, plainLength - headerLength);
    packet.putBack(bytes, offset, plainLength);
    return plainLength;
  }

  protectRtcp(bytes: Uint8Array, offset: number, length: number, index: number): number {
    const { packet, ivAddress } = this.#work;
    if (length < RTCP_HEADER_BYTES) throw new RangeError('not an RTCP packet');
    const signedLength = length + RTCP_INDEX_BYTES;
    packet.place(bytes, offset, length, signedLength + TAG_BYTES);
    this.#placeRtcpIv(index);
    const text = packet.address + RTCP_HEADER_BYTES;
    this.#rtcp.cipher.apply(ivAddress, text, text, length - RTCP_HEADER_BYTES);
    writeU32(packet.bytes, packet.start + length, index | SRTCP_ENCRYPTED_FLAG);
    this.#rtcp.hmac.sign(packet.address, signedLength, this.#work.digestAddress);
    this.#placeTag(signedLength);
    packet.putBack(bytes, offset, signedLength + TAG_BYTES);
    return signedLength + TAG_BYTES;
  }

  unprotectRtcp(bytes: Uint8Array, offset: number, length: number): number {
    const { packet, ivAddress } = this.#work;
    const signedLength = length - TAG_BYTES;
    const plainLength = signedLength - RTCP_INDEX_BYTES;
    if (plainLength < RTCP_HEADER_BYTES) return -1;
    packet.place(bytes, offset, length, 0);
    const indexWord = readU32(packet.bytes, packet.start + plainLength);
    if (indexWord < SRTCP_ENCRYPTED_FLAG) return -1;
    this.#takeTag(signedLength);
    this.#rtcp.hmac.sign(packet.address, signedLength, this.#work.digestAddress);
    if (!this.#tagIsRight()) return -1;
    this.#placeRtcpIv(indexWord - SRTCP_ENCRYPTED_FLAG);
    const text = packet.address + RTCP_HEADER_BYTES;
    this.#rtcp.cipher.apply(ivAddress, text, text, plainLength - RTCP_HEADER_BYTES);
    packet.putBack(bytes, offset, plainLength);
    return plainLength;
  }

  free(): void {
    for (const half of [this.#rtp, this.#rtcp]) {
      half.cipher.free();
      half.hmac.free();
    }
  }

  /** RFC 3711 section 4.1.1: salt * 2^16, SSRC * 2^64 and the 48-bit index * 2^16, by exclusive or. */
  #placeRtpIv(rollOverCounter: number): void {
    const { packet, view } = this.#work;
    const half = this.#rtp;
    view.setUint32(0, half.salt0);
    view.setUint32(4, half.salt1 ^ readU32(packet.bytes, packet.start + 8));
    view.setUint32(8, half.salt2 ^ rollOverCounter);
    view.setUint32(12, half.salt3 ^ (readU16(packet.bytes, packet.start + 2) << 16));
  }

  #placeRtcpIv(index: number): void {
    const { packet, view } = this.#work;
    const half = this.#rtcp;
    view.setUint32(0, half.salt0);
    view.setUint32(4, half.salt1 ^ readU32(packet.bytes, packet.start + 4));
    view.setUint32(8, half.salt2 ^ (index >>> 16));
    view.setUint32(12, half.salt3 ^ (index << 16));
  }

  #placeTag(at: number): void {
    const { packet, bytes } = this.#work;
    for (let i = 0; i < TAG_BYTES; i++) packet.bytes[packet.start + at + i] = bytes[DIGEST_AT + i]!;
  }

  #takeTag(at: number): void {
    const { packet } = this.#work;
    for (let i = 0; i < TAG_BYTES; i++) this.#tag[i] = packet.bytes[packet.start + at + i]!;
  }

  #tagIsRight(): boolean {
    return timingSafeEqual(this.#tag, 0, this.#work.bytes, DIGEST_AT, TAG_BYTES);
  }
}

const TAG_BYTES = 10;
const ROLL_OVER_COUNTER_BYTES = 4;

/** Ciphers and session salt (in four words, the last two bytes zero) of RTP or RTCP. */
interface Half {
  readonly cipher: AesCtr;
  readonly hmac: PacketHmac;
  readonly salt0: number;
  readonly salt1: number;
  readonly salt2: number;
  readonly salt3: number;
}

function createHalf({ encryptionKey, authenticationKey, salt }: SessionKeys): Half {
  return {
    cipher: new AesCtr(encryptionKey),
    hmac: new PacketHmac('SHA1', authenticationKey),
    salt0: readU32(salt, 0),
    salt1: readU32(salt, 4),
    salt2: readU32(salt, 8),
    salt3: readU16(salt, 12) << 16,
  };
}
