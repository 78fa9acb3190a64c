import { readU16, readU32 } from '../bytes/big-endian.js';
import {
  FEEDBACK_HEADER_BYTES,
  PayloadFeedbackFormat,
  RECEPTION_REPORT_BYTES,
  REMB_IDENTIFIER,
  RTCP_HEADER_BYTES,
  RtcpType,
  TransportFeedbackFormat,
} from './packet-types.js';

/** What `readRtcp` tells of a packet, in its order. All numbers are unsigned unless it is said. */
export interface RtcpVisitor {
  /** A sender report; its reception reports follow (RFC 3550 section 6.4.1). */
  senderReport(
    ssrc: number,
    ntpSeconds: number,
    ntpFraction: number,
    rtpTimestamp: number,
    packetCount: number,
    octetCount: number,
  ): void;
  /**
   * One block of a sender or receiver report. `fractionLost` in 1/256, `cumulativeLost` signed (24 bits), `jitter` in
   * timestamp units, `lastSenderReport` the middle 32 bits of an NTP timestamp, the delay in 1/65536 s; both 0 when the
   * reporter had no sender report.
   */
  receptionReport(
    reporterSsrc: number,
    ssrc: number,
    fractionLost: number,
    cumulativeLost: number,
    extendedHighestSequence: number,
    jitter: number,
    lastSenderReport: number,
    delaySinceLastSenderReport: number,
  ): void;
  /** Lost: `packetId`, and `packetId + 1 + i` for each bit i of the 16-bit mask (RFC 4585 section 6.2.1). */
  nack(senderSsrc: number, mediaSsrc: number, packetId: number, bitmask: number): void;
  /** RFC 4585 section 6.3.1. */
  pictureLossIndication(senderSsrc: number, mediaSsrc: number): void;
  /** One entry of a Full Intra Request; `sequence` (8 bits) repeats when the request does (RFC 5104 section 4.3.1). */
  fullIntraRequest(senderSsrc: number, mediaSsrc: number, sequence: number): void;
  /** Up to 2^81: bound it before use (draft-alvestrand-rmcat-remb-03). */
  receiverEstimatedMaximumBitrate(senderSsrc: number, bitrateBps: number): void;
  /** Transport-wide feedback: the whole RTCP packet, for `TransportFeedbackView.parse`, which has not seen it yet. */
  transportFeedback(bytes: Uint8Array, offset: number, length: number): void;
  /** Once for each source that leaves (RFC 3550 section 6.6). */
  bye(ssrc: number): void;
}

/**
 * Reads the decrypted RTCP packets that fill `length` octets at `offset`, compound or reduced-size (RFC 3550 section
 * 6.1, RFC 5506). Packets and feedback formats that are not known are skipped. False when one of them is malformed:
 * of it and what follows nothing is visited, what was before has been. Allocates nothing, never throws.
 */
export function readRtcp(bytes: Uint8Array, offset: number, length: number, visitor: RtcpVisitor): boolean {
  if (length < RTCP_HEADER_BYTES || offset < 0 || offset + length > bytes.length) return false;
  const end = offset + length;
  let at = offset;
  while (at < end) {
    if (end - at < RTCP_HEADER_BYTES || bytes[at]! >>> 6 !== 2) return false;
    const next = at + RTCP_HEADER_BYTES + (readU16(bytes, at + 2) << 2);
    if (next > end) return false;
    const contentEnd = withoutPadding(bytes, at, next);
    if (contentEnd < 0 || !readPacket(bytes, at, next, contentEnd, visitor)) return false;
    at = next;
  }
  return true;
}

/**
 * Where the content of the packet from `at` to `end` ends, -1 when its padding lies. Padding need not be whole words, nor
 * stand in the last packet only: transport-wide feedback is filled up to a word that way.
 */
export function withoutPadding(bytes: Uint8Array, at: number, end: number): number {
  if ((bytes[at]! & 0x20) === 0) return end;
  const padding = bytes[end - 1]!;
  return padding === 0 || at + RTCP_HEADER_BYTES + padding > end ? -1 : end - padding;
}

/** False when the packet whose content ends at `end` is malformed; `next` is where its padding ends. */
function readPacket(bytes: Uint8Array, at: number, next: number, end: number, visitor: RtcpVisitor): boolean {
  const count = bytes[at]! & 0x1f;
  switch (bytes[at + 1]) {
    case RtcpType.senderReport:
      return readSenderReport(bytes, at, end, count, visitor);
    case RtcpType.receiverReport:
      return readReceptionReports(bytes, at, at + 8, end, count, visitor);
    case RtcpType.bye:
      return readBye(bytes, at, end, count, visitor);
    case RtcpType.transportFeedback:
      if (end - at < FEEDBACK_HEADER_BYTES) return false;
      if (count === TransportFeedbackFormat.nack) return readNack(bytes, at, end, visitor);
      if (count === TransportFeedbackFormat.transportWideCc) visitor.transportFeedback(bytes, at, next - at);
      return true;
    case RtcpType.payloadFeedback:
      return end - at >= FEEDBACK_HEADER_BYTES && readPayloadFeedback(bytes, at, end, count, visitor);
    default:
      return true;
  }
}

function readSenderReport(
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number,
  visitor: RtcpVisitor,
): boolean {
  const blocksAt = at + 28;
  if (blocksAt + count * RECEPTION_REPORT_BYTES > end) return false;
  visitor.senderReport(
    readU32(bytes, at + 4),
    readU32(bytes, at + 8),
    readU32(bytes, at + 12),
    readU32(bytes, at + 16),
    readU32(bytes, at + 20),
    readU32(bytes, at + 24),
  );
  return readReceptionReports(bytes, at, blocksAt, end, count, visitor);
}

function readReceptionReports(
  bytes: Uint8Array,
  at: number,
  blocksAt: number,
  end: number,
  count: number,
  visitor: RtcpVisitor,
): boolean {
  if (blocksAt + count * RECEPTION_REPORT_BYTES > end) return false;
  const reporter = readU32(bytes, at + 4);
  for (let i = 0, block = blocksAt; i < count; i++, block += RECEPTION_REPORT_BYTES) {
    const loss = readU32(bytes, block + 4);
    visitor.receptionReport(
      reporter,
      readU32(bytes, block),
      loss >>> 24,
      (loss << 8) >> 8,
      readU32(bytes, block + 8),
      readU32(bytes, block + 12),
      readU32(bytes, block + 16),
      readU32(bytes, block + 20),
    );
  }
  return true;
}

function readBye(bytes: Uint8Array, at: number, end: number, count: number, visitor: RtcpVisitor): boolean {
  const reasonAt = at + RTCP_HEADER_BYTES + count * 4;
  if (reasonAt > end) return false;
  if (reasonAt < end && reasonAt + 1 + bytes[reasonAt]! > end) return false;
  for (let source = at + RTCP_HEADER_BYTES; source < reasonAt; source += 4) {
    visitor.bye(readU32(bytes, source));
  }
  return true;
}

function readNack(bytes: Uint8Array, at: number, end: number, visitor: RtcpVisitor): boolean {
  if (((end - at) & 3) !== 0 || end - at === FEEDBACK_HEADER_BYTES) return false;
  const sender = readU32(bytes, at + 4);
  const media = readU32(bytes, at + 8);
  for (let entry = at + FEEDBACK_HEADER_BYTES; entry < end; entry += 4) {
    visitor.nack(sender, media, readU16(bytes, entry), readU16(bytes, entry + 2));
  }
  return true;
}

function readPayloadFeedback(
  bytes: Uint8Array,
  at: number,
  end: number,
  format: number,
  visitor: RtcpVisitor,
): boolean {
  switch (format) {
    case PayloadFeedbackFormat.pictureLossIndication:
      visitor.pictureLossIndication(readU32(bytes, at + 4), readU32(bytes, at + 8));
      return true;
    case PayloadFeedbackFormat.fullIntraRequest:
      return readFullIntraRequest(bytes, at, end, visitor);
    case PayloadFeedbackFormat.applicationLayer:
      return readApplicationLayerFeedback(bytes, at, end, visitor);
    default:
      return true;
  }
}

function readFullIntraRequest(bytes: Uint8Array, at: number, end: number, visitor: RtcpVisitor): boolean {
  if (((end - at - FEEDBACK_HEADER_BYTES) & 7) !== 0 || end - at === FEEDBACK_HEADER_BYTES) return false;
  const sender = readU32(bytes, at + 4);
  // The source meant is the entry's own; the packet's is not used (RFC 5104 section 4.3.1.2).
  for (let entry = at + FEEDBACK_HEADER_BYTES; entry < end; entry += 8) {
    visitor.fullIntraRequest(sender, readU32(bytes, entry), bytes[entry + 4]!);
  }
  return true;
}

/** Of application layer feedback only the receiver's estimate is known. */
function readApplicationLayerFeedback(
  bytes: Uint8Array,
  at: number,
  end: number,
  visitor: RtcpVisitor,
): boolean {
  const estimateAt = at + FEEDBACK_HEADER_BYTES;
  if (end - estimateAt < 4 || readU32(bytes, estimateAt) !== REMB_IDENTIFIER) return true;
  if (end - estimateAt < 8) return false;
  const sources = bytes[estimateAt + 4]!;
  if (estimateAt + 8 + sources * 4 > end) return false;
  const packed = readU32(bytes, estimateAt + 4) & 0xffffff;
  const bitrateBps = (packed & 0x3ffff) * 2 ** (packed >>> 18);
  visitor.receiverEstimatedMaximumBitrate(readU32(bytes, at + 4), bitrateBps);
  return true;
}
