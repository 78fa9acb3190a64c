/** What becomes of a packet that was offered to a subscriber. */
export const Verdict = {
  /** It is not sent, and the subscriber does not notice. */
  drop: 0,
  /** It is sent with the numbers the rewriter now shows. */
  forward: 1,
  /**
   * It is not sent, but while it was missing a sequence number was left for it: a packet without payload under the
   * number and timestamp the rewriter now shows keeps the subscriber from asking for it.
   */
  fill: 2,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** What rewriting reads of an RTP packet: a `RtpPacketView`, or anything that has as much. */
export interface RewritablePacket {
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
  /** Bytes without header and padding: 0 in packets that only probe. */
  readonly payloadLength: number;
}

/** Encodings of one track (RIDs, or a single one), counted from 0, the lowest. */
export const MAXIMUM_ENCODINGS = 8;
