import { writeU16 } from '../bytes/big-endian.js';
import { RtpHeaderWriter } from '../rtp/rtp-header-writer.js';
import type { Instant } from '../time/instant.js';
import type { ForwardedPacket } from './forwarded-packet.js';
import type { HeaderExtensions } from './media-parameters.js';
import type { RouterTransport } from './router-transport.js';

/** What a packet says of itself when it leaves. */
export interface OutgoingHeader {
  ssrc: number;
  payloadType: number;
  marker: boolean;
  extendedSequence: number;
  timestamp: number;
  transportSequence: number;
  /** Of what is sent again. */
  originalSequence: number;
}

/** Writes RTP packets into the slots of a transport. One serves all: it keeps nothing between packets. */
export class PacketWriter {
  /** To be filled in before each packet. */
  readonly header: OutgoingHeader = {
    ssrc: 0,
    payloadType: 0,
    marker: false,
    extendedSequence: 0,
    timestamp: 0,
    transportSequence: 0,
    originalSequence: 0,
  };
  /** Of the packet written last. */
  headerLength = 0;
  /** Absolute offset of the media payload of a retransmission in the slot. */
  payloadOffset = 0;
  /** Absolute offset of the data of its dependency descriptor, -1 without one. */
  dependencyDescriptorOffset = -1;
  readonly #writer = new RtpHeaderWriter();

  /** Bytes a packet with this payload may take. */
  capacityFor(payloadLength: number, descriptorLength: number): number {
    return LARGEST_HEADER_BYTES + descriptorLength + payloadLength;
  }

  /**
   * Writes the header of a received packet as prepared; answers its length with the payload, which goes from where it
   * lies. The slot has to have room for both.
   */
  writeHeader(
    now: Instant,
    transport: RouterTransport,
    ids: HeaderExtensions,
    mid: Uint8Array,
    packet: ForwardedPacket,
  ): number {
    this.#writeHeader(now, transport.slotBytes, transport.slotOffset, ids, mid, packet);
    return this.headerLength + packet.view.payloadLength;
  }

  /** Writes what was sent before as a retransmission (RFC 4588 section 4), with the header prepared; answers its length. */
  writeRetransmission(
    now: Instant,
    transport: RouterTransport,
    ids: HeaderExtensions,
    mid: Uint8Array,
    packet: ForwardedPacket,
  ): number {
    const { view } = packet;
    const { slotBytes, slotOffset } = transport;
    this.#writeHeader(now, slotBytes, slotOffset, ids, mid, packet);
    const at = slotOffset + this.headerLength;
    writeU16(slotBytes, at, this.header.originalSequence & 0xffff);
    this.payloadOffset = at + 2;
    copy(slotBytes, at + 2, view.bytes, view.payloadOffset, view.payloadLength);
    return this.headerLength + 2 + view.payloadLength;
  }

  /** Writes a packet of nothing but padding (RFC 3550 section 5.1) of 1 to 255 bytes; answers its length. */
  writePadding(
    now: Instant,
    transport: RouterTransport,
    ids: HeaderExtensions,
    mid: Uint8Array,
    paddingLength: number,
  ): number {
    const { slotBytes, slotOffset } = transport;
    this.#writeHeader(now, slotBytes, slotOffset, ids, mid, undefined);
    slotBytes[slotOffset]! |= PADDING_BIT;
    const at = slotOffset + this.headerLength;
    slotBytes.fill(0, at, at + paddingLength - 1);
    slotBytes[at + paddingLength - 1] = paddingLength;
    return this.headerLength + paddingLength;
  }

  #writeHeader(
    now: Instant,
    bytes: Uint8Array,
    offset: number,
    ids: HeaderExtensions,
    mid: Uint8Array,
    packet: ForwardedPacket | undefined,
  ): void {
    const writer = this.#writer;
    const { header } = this;
    const { marker, payloadType, extendedSequence, timestamp, ssrc } = header;
    writer.begin(bytes, offset, payloadType, marker, extendedSequence & 0xffff, timestamp, ssrc);
    if (packet !== undefined && needsTwoByteForm(packet)) writer.useTwoByteForm();
    if (ids.mid !== undefined) writer.addExtension(ids.mid, mid, 0, mid.length);
    if (ids.absSendTime !== undefined) {
      const at = writer.reserveExtension(ids.absSendTime, 3);
      // 6.18 fixed-point seconds of any clock.
      const time = Math.floor(now * SEND_TIME_UNITS_PER_MS);
      bytes[at] = time >>> 16;
      bytes[at + 1] = time >>> 8;
      bytes[at + 2] = time;
    }
    if (ids.transportWideCc !== undefined) {
      writeU16(bytes, writer.reserveExtension(ids.transportWideCc, 2), header.transportSequence & 0xffff);
    }
    this.dependencyDescriptorOffset = -1;
    if (packet !== undefined) this.#passOn(bytes, ids, packet);
    this.headerLength = writer.end();
  }

  #passOn(target: Uint8Array, ids: HeaderExtensions, packet: ForwardedPacket): void {
    const writer = this.#writer;
    const { bytes } = packet.view;
    if (packet.audioLevelOffset >= 0 && ids.audioLevel !== undefined) {
      writer.addExtension(ids.audioLevel, bytes, packet.audioLevelOffset, 1);
    }
    if (packet.videoOrientationOffset >= 0 && ids.videoOrientation !== undefined) {
      writer.addExtension(ids.videoOrientation, bytes, packet.videoOrientationOffset, 1);
    }
    const { colorSpaceLength } = packet;
    if (
      colorSpaceLength > 0 &&
      colorSpaceLength <= LARGEST_COLOR_SPACE_BYTES &&
      ids.colorSpace !== undefined
    ) {
      writer.addExtension(ids.colorSpace, bytes, packet.colorSpaceOffset, colorSpaceLength);
    }
    if (packet.dependencyDescriptorOffset >= 0 && ids.dependencyDescriptor !== undefined) {
      const length = packet.dependencyDescriptorLength;
      const at = writer.reserveExtension(ids.dependencyDescriptor, length);
      if (at < 0) return;
      copy(target, at, bytes, packet.dependencyDescriptorOffset, length);
      this.dependencyDescriptorOffset = at;
    }
  }
}

/** RFC 8285 section 4.2: elements of one-byte headers have 16 octets at most. */
function needsTwoByteForm({ dependencyDescriptorLength, colorSpaceLength }: ForwardedPacket): boolean {
  return dependencyDescriptorLength > 16 || colorSpaceLength > 16;
}

function copy(target: Uint8Array, at: number, source: Uint8Array, offset: number, length: number): void {
  if (length <= SHORT_COPY_BYTES) for (let i = 0; i < length; i++) target[at + i] = source[offset + i]!;
  else target.set(source.subarray(offset, offset + length), at);
}

/** Fixed header, extensions without dependency descriptor, and the number of what is sent again. */
const LARGEST_HEADER_BYTES = 96;
/** With metadata of high dynamic range; what is longer is none. */
const LARGEST_COLOR_SPACE_BYTES = 28;
const PADDING_BIT = 0x20;
const SEND_TIME_UNITS_PER_MS = 2 ** 18 / 1000;
const SHORT_COPY_BYTES = 96;
