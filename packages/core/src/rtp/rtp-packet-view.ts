import { readU16, readU32 } from '../bytes/big-endian.js';

/** Octets of the fixed RTP header (RFC 3550 section 5.1). */
export const RTP_HEADER_BYTES = 12;

/**
 * An RTP packet over bytes it does not own. Reusable: `parseHeader` overwrites everything and nothing is allocated; what
 * it shows is valid until the next `parseHeader` or until the bytes change. The header is what SRTP leaves readable
 * (RFC 3711 section 3.1); `readPayload` follows once the payload is decrypted.
 */
export class RtpPacketView {
  bytes: Uint8Array = EMPTY;
  /** Where the packet starts in `bytes`. */
  offset = 0;
  /** Octets of the whole packet. */
  length = 0;
  marker = false;
  /** 7 bits. */
  payloadType = 0;
  /** 16 bits. */
  sequenceNumber = 0;
  /** Unsigned 32 bits, in units of the codec's clock rate. */
  timestamp = 0;
  /** Unsigned 32 bits. */
  ssrc = 0;
  /** Octets of fixed header, CSRC list and header extension. */
  headerLength = 0;
  /** Absolute offset of the payload in `bytes`. */
  payloadOffset = 0;
  /** Octets of the payload: until `readPayload` all that follows the header, padding and SRTP tag included. */
  payloadLength = 0;
  /** Octets of padding, count octet included; 0 until `readPayload`. */
  paddingLength = 0;
  /** Octets of the element that `findExtension` found last. */
  extensionLength = 0;

  #form: ExtensionForm = ExtensionForm.none;
  #extensionsStart = 0;
  #extensionsEnd = 0;

  /**
   * Reads the header of the packet that fills `length` octets at `offset`. False when it is too short, not version 2,
   * or when CSRC list or header extension do not fit into it; the fields mean nothing then.
   */
  parseHeader(bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < RTP_HEADER_BYTES || offset < 0 || offset + length > bytes.length) return false;
    const first = bytes[offset]!;
    if (first >>> 6 !== 2) return false;
    let headerLength = RTP_HEADER_BYTES + ((first & 0x0f) << 2);
    this.#form = ExtensionForm.none;
    if ((first & HAS_EXTENSION) !== 0) {
      const start = headerLength + 4;
      if (start > length) return false;
      headerLength = start + (readU16(bytes, offset + start - 2) << 2);
      this.#form = formOf(readU16(bytes, offset + start - 4));
      this.#extensionsStart = offset + start;
      this.#extensionsEnd = offset + headerLength;
    }
    if (headerLength > length) return false;
    const second = bytes[offset + 1]!;
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.marker = second > 0x7f;
    this.payloadType = second & 0x7f;
    this.sequenceNumber = readU16(bytes, offset + 2);
    this.timestamp = readU32(bytes, offset + 4);
    this.ssrc = readU32(bytes, offset + 8);
    this.headerLength = headerLength;
    this.payloadOffset = offset + headerLength;
    this.payloadLength = length - headerLength;
    this.paddingLength = 0;
    this.extensionLength = 0;
    return true;
  }

  /** Shows what another view shows, over the same bytes. */
  copyFrom(other: RtpPacketView): void {
    this.bytes = other.bytes;
    this.offset = other.offset;
    this.length = other.length;
    this.marker = other.marker;
    this.payloadType = other.payloadType;
    this.sequenceNumber = other.sequenceNumber;
    this.timestamp = other.timestamp;
    this.ssrc = other.ssrc;
    this.headerLength = other.headerLength;
    this.payloadOffset = other.payloadOffset;
    this.payloadLength = other.payloadLength;
    this.paddingLength = other.paddingLength;
    this.extensionLength = other.extensionLength;
    this.#form = other.#form;
    this.#extensionsStart = other.#extensionsStart;
    this.#extensionsEnd = other.#extensionsEnd;
  }

  /**
   * Reads the padding of the decrypted packet, whose whole length is now `length`. False when that is shorter than the
   * header or the padding longer than what follows the header, or zero; payload and padding mean nothing then. A packet
   * may consist of padding only: its `payloadLength` is 0.
   */
  readPayload(length: number): boolean {
    const { bytes, offset, headerLength } = this;
    const following = length - headerLength;
    if (following < 0 || offset + length > bytes.length) return false;
    let padding = 0;
    if ((bytes[offset]! & HAS_PADDING) !== 0) {
      if (following === 0) return false;
      padding = bytes[offset + length - 1]!;
      if (padding === 0 || padding > following) return false;
    }
    this.length = length;
    this.paddingLength = padding;
    this.payloadLength = following - padding;
    return true;
  }

  /**
   * Absolute offset of the data of the first header extension element `id`, in one-byte or two-byte form (RFC 8285
   * sections 4.2, 4.3), -1 when there is none; `extensionLength` says how long it is. Never looks beyond the
   * extension block: an element that does not fit ends the list.
   */
  findExtension(id: number): number {
    this.extensionLength = 0;
    if (this.#form === ExtensionForm.none) return -1;
    return this.#form === ExtensionForm.oneByte ? this.#findOneByte(id) : this.#findTwoByte(id);
  }

  #findOneByte(id: number): number {
    const bytes = this.bytes;
    const end = this.#extensionsEnd;
    let at = this.#extensionsStart;
    while (at < end) {
      const head = bytes[at++]!;
      if (head === 0) continue;
      const found = head >>> 4;
      // 15 ends the list, and so does padding that claims a length.
      if (found === 15 || found === 0) return -1;
      const length = (head & 0x0f) + 1;
      if (at + length > end) return -1;
      if (found === id) {
        this.extensionLength = length;
        return at;
      }
      at += length;
    }
    return -1;
  }

  #findTwoByte(id: number): number {
    const bytes = this.bytes;
    const end = this.#extensionsEnd;
    let at = this.#extensionsStart;
    while (at < end) {
      const found = bytes[at++]!;
      if (found === 0) continue;
      if (at === end) return -1;
      const length = bytes[at++]!;
      if (at + length > end) return -1;
      if (found === id) {
        this.extensionLength = length;
        return at;
      }
      at += length;
    }
    return -1;
  }
}

const HAS_PADDING = 0x20;
const HAS_EXTENSION = 0x10;

enum ExtensionForm {
  none,
  oneByte,
  twoByte,
}

/** The lowest four bits of the two-byte form are the application's and mean nothing here. */
function formOf(profile: number): ExtensionForm {
  if (profile === 0xbede) return ExtensionForm.oneByte;
  return (profile & 0xfff0) === 0x1000 ? ExtensionForm.twoByte : ExtensionForm.none;
}

const EMPTY = new Uint8Array(0);
