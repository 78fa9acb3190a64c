import { writeU16, writeU32 } from '../bytes/big-endian.js';
import { utf8Length, writeUtf8 } from '../bytes/utf8.js';
import {
  FEEDBACK_HEADER_BYTES,
  PayloadFeedbackFormat,
  RECEPTION_REPORT_BYTES,
  REMB_IDENTIFIER,
  RTCP_HEADER_BYTES,
  RtcpType,
  TransportFeedbackFormat,
} from './packet-types.js';

/** Reception reports that fit into one sender or receiver report (RFC 3550 section 6.4.1). */
export const MAX_REPORT_BLOCKS = 31;

/**
 * Writes RTCP packets one behind the other, a compound packet, into a buffer it is given. Every method that adds
 * something answers false when there is no room for all of it: nothing was added then, and what stands there stays a
 * whole packet. Nothing is allocated. SSRCs, timestamps and counts are written modulo 2^32.
 */
export class RtcpWriter {
  #bytes: Uint8Array = EMPTY;
  #offset = 0;
  #at = 0;
  #end = 0;
  /** Where the report starts that blocks may still be added to; -1: none. */
  #reportAt = -1;

  /** What follows is written from `offset` of `bytes` on, `capacity` octets at most. */
  start(bytes: Uint8Array, offset: number, capacity: number): void {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#at = offset;
    this.#end = Math.min(offset + capacity, bytes.length);
    this.#reportAt = -1;
  }

  /** Octets written since `start`. */
  get length(): number {
    return this.#at - this.#offset;
  }

  /** A sender report without blocks (RFC 3550 section 6.4.1). */
  senderReport(
    ssrc: number,
    ntpSeconds: number,
    ntpFraction: number,
    rtpTimestamp: number,
    packetCount: number,
    octetCount: number,
  ): boolean {
    const at = this.#open(RtcpType.senderReport, 0, 28);
    if (at < 0) return false;
    writeU32(this.#bytes, at + 4, ssrc);
    writeU32(this.#bytes, at + 8, ntpSeconds);
    writeU32(this.#bytes, at + 12, ntpFraction);
    writeU32(this.#bytes, at + 16, rtpTimestamp);
    writeU32(this.#bytes, at + 20, packetCount);
    writeU32(this.#bytes, at + 24, octetCount);
    this.#reportAt = at;
    return true;
  }

  /** A receiver report without blocks (RFC 3550 section 6.4.2). */
  receiverReport(ssrc: number): boolean {
    const at = this.#open(RtcpType.receiverReport, 0, 8);
    if (at < 0) return false;
    writeU32(this.#bytes, at + 4, ssrc);
    this.#reportAt = at;
    return true;
  }

  /**
   * Adds a block to the report written last; units as in `RtcpVisitor.receptionReport`. False also when something else
   * was written since, or when the report has 31.
   */
  reportBlock(
    ssrc: number,
    fractionLost: number,
    cumulativeLost: number,
    extendedHighestSequence: number,
    jitter: number,
    lastSenderReport: number,
    delaySinceLastSenderReport: number,
  ): boolean {
    const bytes = this.#bytes;
    const report = this.#reportAt;
    const at = this.#at;
    if (report < 0 || at + RECEPTION_REPORT_BYTES > this.#end) return false;
    const count = bytes[report]! & 0x1f;
    if (count === MAX_REPORT_BLOCKS) return false;
    writeU32(bytes, at, ssrc);
    writeU32(bytes, at + 4, (fractionLost << 24) | (cumulativeLost & 0xffffff));
    writeU32(bytes, at + 8, extendedHighestSequence);
    writeU32(bytes, at + 12, jitter);
    writeU32(bytes, at + 16, lastSenderReport);
    writeU32(bytes, at + 20, delaySinceLastSenderReport);
    this.#at = at + RECEPTION_REPORT_BYTES;
    bytes[report] = VERSION_2 | (count + 1);
    writeU16(bytes, report + 2, ((this.#at - report) >> 2) - 1);
    return true;
  }

  /** A source description with one chunk: the canonical name (RFC 3550 section 6.5.1). False also above 255 octets. */
  sourceDescription(ssrc: number, cname: string): boolean {
    const nameLength = utf8Length(cname);
    if (nameLength > 255) return false;
    // The list of items ends with at least one zero and is filled up to a word with more of them.
    const length = (8 + 2 + nameLength + 1 + 3) & ~3;
    const at = this.#open(RtcpType.sourceDescription, 1, length);
    if (at < 0) return false;
    const bytes = this.#bytes;
    writeU32(bytes, at + 4, ssrc);
    bytes[at + 8] = CNAME_ITEM;
    bytes[at + 9] = nameLength;
    bytes.fill(0, writeUtf8(cname, bytes, at + 10), at + length);
    return true;
  }

  /** One source leaves, without a reason (RFC 3550 section 6.6). */
  bye(ssrc: number): boolean {
    const at = this.#open(RtcpType.bye, 1, 8);
    if (at < 0) return false;
    writeU32(this.#bytes, at + 4, ssrc);
    return true;
  }

  /**
   * Asks for the first `count` of `sequences` again (RFC 4585 section 6.2.1). What comes in ascending order, wrap-around
   * included, is packed 17 to an entry. With none to ask for nothing is written.
   */
  nack(senderSsrc: number, mediaSsrc: number, sequences: Uint16Array, count: number): boolean {
    if (count === 0) return true;
    const bytes = this.#bytes;
    const at = this.#at;
    let entry = at + FEEDBACK_HEADER_BYTES - 4;
    let packetId = 0;
    let bitmask = 0;
    for (let i = 0; i < count; i++) {
      const sequence = sequences[i]!;
      const ahead = (sequence - packetId) & 0xffff;
      if (i > 0 && ahead <= 16) {
        if (ahead > 0) bitmask |= 1 << (ahead - 1);
      } else {
        entry += 4;
        if (entry + 4 > this.#end) return false;
        packetId = sequence;
        bitmask = 0;
        writeU16(bytes, entry, packetId);
      }
      writeU16(bytes, entry + 2, bitmask);
    }
    const type = RtcpType.transportFeedback;
    this.#openFeedback(type, TransportFeedbackFormat.nack, senderSsrc, mediaSsrc, entry + 4 - at);
    return true;
  }

  /** RFC 4585 section 6.3.1. */
  pictureLossIndication(senderSsrc: number, mediaSsrc: number): boolean {
    const type = RtcpType.payloadFeedback;
    const format = PayloadFeedbackFormat.pictureLossIndication;
    return this.#openFeedback(type, format, senderSsrc, mediaSsrc, FEEDBACK_HEADER_BYTES) >= 0;
  }

  /** `sequence`: 8 bits, one more for every new request to this source (RFC 5104 section 4.3.1). */
  fullIntraRequest(senderSsrc: number, mediaSsrc: number, sequence: number): boolean {
    const format = PayloadFeedbackFormat.fullIntraRequest;
    // The packet's own media source is not used and zero (RFC 5104 section 4.3.1.2).
    const at = this.#openFeedback(RtcpType.payloadFeedback, format, senderSsrc, 0, FEEDBACK_HEADER_BYTES + 8);
    if (at < 0) return false;
    writeU32(this.#bytes, at + FEEDBACK_HEADER_BYTES, mediaSsrc);
    writeU32(this.#bytes, at + FEEDBACK_HEADER_BYTES + 4, sequence << 24);
    return true;
  }

  /**
   * What the receiver thinks the path can carry, for the first `count` (at most 255) of `ssrcs` (draft-alvestrand-rmcat-
   * remb-03). The bitrate is rounded down to 18 significant bits.
   */
  receiverEstimatedMaximumBitrate(
    senderSsrc: number,
    bitrateBps: number,
    ssrcs: Uint32Array,
    count: number,
  ): boolean {
    if (count > 255) return false;
    const format = PayloadFeedbackFormat.applicationLayer;
    const length = FEEDBACK_HEADER_BYTES + 8 + 4 * count;
    const at = this.#openFeedback(RtcpType.payloadFeedback, format, senderSsrc, 0, length);
    if (at < 0) return false;
    let mantissa = Math.floor(bitrateBps);
    let exponent = 0;
    for (; mantissa > 0x3ffff && exponent < 63; exponent++) mantissa = Math.floor(mantissa / 2);
    writeU32(this.#bytes, at + FEEDBACK_HEADER_BYTES, REMB_IDENTIFIER);
    writeU32(this.#bytes, at + FEEDBACK_HEADER_BYTES + 4, (count << 24) | (exponent << 18) | mantissa);
    for (let i = 0; i < count; i++) {
      writeU32(this.#bytes, at + FEEDBACK_HEADER_BYTES + 8 + 4 * i, ssrcs[i]!);
    }
    return true;
  }

  /** Header and sources of a feedback packet of `length` octets; answers where it starts, -1 without room. */
  #openFeedback(type: number, format: number, senderSsrc: number, mediaSsrc: number, length: number): number {
    const at = this.#open(type, format, length);
    if (at < 0) return -1;
    writeU32(this.#bytes, at + 4, senderSsrc);
    writeU32(this.#bytes, at + 8, mediaSsrc);
    return at;
  }

  /** Header of a packet of `length` octets, whole words; answers where it starts, -1 without room. */
  #open(type: number, count: number, length: number): number {
    const at = this.#at;
    if (at + length > this.#end) return -1;
    const bytes = this.#bytes;
    bytes[at] = VERSION_2 | count;
    bytes[at + 1] = type;
    writeU16(bytes, at + 2, (length - RTCP_HEADER_BYTES) >> 2);
    this.#at = at + length;
    this.#reportAt = -1;
    return at;
  }
}

const VERSION_2 = 0x80;

/** RFC 3550 section 12.2. */
const CNAME_ITEM = 1;

const EMPTY = new Uint8Array(0);
