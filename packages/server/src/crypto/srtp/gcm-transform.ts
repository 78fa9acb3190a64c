import { readU16, readU32, writeU32 } from '@madang/core/bytes/big-endian';
import type { SrtpTransform } from '@madang/core/env/srtp';
import { AEAD_TAG_BYTES, AesGcm } from '../../native/openssl/aead.js';
import type { SessionKeys } from './session-keys.js';
import { RTCP_HEADER_BYTES, RTCP_INDEX_BYTES, RTP_HEADER_BYTES, SRTCP_ENCRYPTED_FLAG } from './layout.js';
import { ADDITIONAL_DATA_AT, srtpWorkspace } from './workspace.js';

/** AEAD_AES_128_GCM and AEAD_AES_256_GCM (RFC 7714). A protected RTCP packet ends with the tag, then the index. */
export class GcmTransform implements SrtpTransform {
  readonly rtpOverheadBytes = AEAD_TAG_BYTES;
  readonly rtcpOverheadBytes = AEAD_TAG_BYTES + RTCP_INDEX_BYTES;
  readonly rtcpIndexFromEnd = RTCP_INDEX_BYTES;
  readonly #work = srtpWorkspace();
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
    packet.place(bytes, offset, length, length + AEAD_TAG_BYTES);
    this.#placeRtpIv(rollOverCounter);
    const at = packet.address;
    const text = at + headerLength;
    const from = source === bytes ? text : this.#work.source.find(source, sourceOffset, textBytes);
    this.#rtp.cipher.seal(ivAddress, at, headerLength, from, text, textBytes, at + length);
    packet.putBack(bytes, offset, length + AEAD_TAG_BYTES);
    return length + AEAD_TAG_BYTES;
  }

  unprotectRtp(
    bytes: Uint8Array,
    offset: number,
    headerLength: number,
    length: number,
    rollOverCounter: number,
  ): number {
    const packet = this.#work.packet;
    const textBytes = length - headerLength - AEAD_TAG_BYTES;
    if (headerLength < RTP_HEADER_BYTES || textBytes < 0) return -1;
    packet.place(bytes, offset, length, 0);
    this.#placeRtpIv(rollOverCounter);
    const at = packet.address;
    const text = at + headerLength;
    if (!this.#rtp.cipher.open(this.#work.ivAddress, at, headerLength, text, textBytes, text + textBytes))
      return -1;
    packet.putBack(bytes, offset, length - AEAD_TAG_BYTES);
    return length - AEAD_TAG_BYTES;
  }

  protectRtcp(bytes: Uint8Array, offset: number, length: number, index: number): number {
    const { packet, ivAddress, additionalDataAddress } = this.#work;
    const textBytes = length - RTCP_HEADER_BYTES;
    if (textBytes < 0) throw new RangeError('not an RTCP packet');
    const total = length + AEAD_TAG_BYTES + RTCP_INDEX_BYTES;
    packet.place(bytes, offset, length, total);
    const indexWord = (index | SRTCP_ENCRYPTED_FLAG) >>> 0;
    this.#placeRtcpIv(index);
    this.#placeRtcpAdditionalData(indexWord);
    const text = packet.address + RTCP_HEADER_BYTES;
    this.#rtcp.cipher.seal(
      ivAddress,
      additionalDataAddress,
      RTCP_ADDITIONAL_DATA_BYTES,
      text,
      text,
      textBytes,
      text + textBytes,
    );
    writeU32(packet.bytes, packet.start + length + AEAD_TAG_BYTES, indexWord);
    packet.putBack(bytes, offset, total);
    return total;
  }

  unprotectRtcp(bytes: Uint8Array, offset: number, length: number): number {
    const { packet, ivAddress, additionalDataAddress } = this.#work;
    const plainLength = length - AEAD_TAG_BYTES - RTCP_INDEX_BYTES;
    const textBytes = plainLength - RTCP_HEADER_BYTES;
    if (textBytes < 0) return -1;
    packet.place(bytes, offset, length, 0);
    const indexWord = readU32(packet.bytes, packet.start + length - RTCP_INDEX_BYTES);
    if (indexWord < SRTCP_ENCRYPTED_FLAG) return -1;
    this.#placeRtcpIv(indexWord - SRTCP_ENCRYPTED_FLAG);
    this.#placeRtcpAdditionalData(indexWord);
    const text = packet.address + RTCP_HEADER_BYTES;
    const authentic = this.#rtcp.cipher.open(
      ivAddress,
      additionalDataAddress,
      RTCP_ADDITIONAL_DATA_BYTES,
      text,
      textBytes,
      text + textBytes,
    );
    if (!authentic) return -1;
    packet.putBack(bytes, offset, plainLength);
    return plainLength;
  }

  free(): void {
    this.#rtp.cipher.free();
    this.#rtcp.cipher.free();
  }

  /** RFC 7714 section 8.1: 16 zero bits, SSRC, ROC, SEQ, exclusive-or the salt. */
  #placeRtpIv(rollOverCounter: number): void {
    const { packet, view } = this.#work;
    const half = this.#rtp;
    const ssrc = readU32(packet.bytes, packet.start + 8);
    view.setUint32(0, half.salt0 ^ (ssrc >>> 16));
    view.setUint32(4, half.salt1 ^ (ssrc << 16) ^ (rollOverCounter >>> 16));
    view.setUint32(8, half.salt2 ^ (rollOverCounter << 16) ^ readU16(packet.bytes, packet.start + 2));
  }

  /** RFC 7714 section 9.1: 16 zero bits, SSRC, 16 zero bits, a zero bit and the index, exclusive-or the salt. */
  #placeRtcpIv(index: number): void {
    const { packet, view } = this.#work;
    const half = this.#rtcp;
    const ssrc = readU32(packet.bytes, packet.start + 4);
    view.setUint32(0, half.salt0 ^ (ssrc >>> 16));
    view.setUint32(4, half.salt1 ^ (ssrc << 16));
    view.setUint32(8, half.salt2 ^ index);
  }

  /** RFC 7714 section 9.2: the first eight bytes of the packet and the word with flag and index. */
  #placeRtcpAdditionalData(indexWord: number): void {
    const { packet, view } = this.#work;
    view.setUint32(ADDITIONAL_DATA_AT, readU32(packet.bytes, packet.start));
    view.setUint32(ADDITIONAL_DATA_AT + 4, readU32(packet.bytes, packet.start + 4));
    view.setUint32(ADDITIONAL_DATA_AT + 8, indexWord);
  }
}

const RTCP_ADDITIONAL_DATA_BYTES = 12;

/** Cipher and session salt (in three words) of RTP or RTCP. */
interface Half {
  readonly cipher: AesGcm;
  readonly salt0: number;
  readonly salt1: number;
  readonly salt2: number;
}

function createHalf({ encryptionKey, salt }: SessionKeys): Half {
  return {
    cipher: new AesGcm(encryptionKey),
    salt0: readU32(salt, 0),
    salt1: readU32(salt, 4),
    salt2: readU32(salt, 8),
  };
}
