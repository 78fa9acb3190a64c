import type { RtcpWriter } from '../rtcp/rtcp-writer.js';
import type { Instant } from '../time/instant.js';
import { middleOfNtp } from './ntp.js';
import { extendSequence } from './sequence.js';

/**
 * What a receiver says of one stream in its reports (RFC 3550 sections 6.4.1, A.1, A.3, A.8). Every packet that is
 * authentic counts; retransmissions (RFC 4588) are another stream. Allocates nothing after it was made.
 */
export class ReceptionStatistics {
  readonly ssrc: number;
  /** Packets received, late ones and duplicates included. */
  packetsReceived = 0;
  /** Highest sequence number, with the number of wrap-arounds above its low 16 bits. */
  extendedHighestSequence = 0;
  /** Mean deviation of the packets' spacing, in timestamp units (section 6.4.1). */
  jitter = 0;

  #base = 0;
  /** What would follow a jump too large to be believed; -1: there was none. */
  #afterJump = -1;
  #clockRate = 0;
  #lastArrival = 0;
  #lastTimestamp = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #lastSenderReport = 0;
  #senderReportAt = 0;
  #isHeard = false;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  /** Counts a packet; `timestamp` is its RTP timestamp, `clockRate` that of its payload type in Hz. */
  received(now: Instant, sequenceNumber: number, timestamp: number, clockRate: number): void {
    if (this.packetsReceived === 0) this.#begin(sequenceNumber);
    else if (!this.#follow(sequenceNumber)) return;
    this.packetsReceived++;
    this.#isHeard = true;
    if (this.#clockRate === clockRate) {
      const spacing = ((now - this.#lastArrival) * clockRate) / 1000;
      const difference = Math.abs(spacing - ((timestamp - this.#lastTimestamp) | 0));
      this.jitter += (difference - this.jitter) / 16;
    }
    this.#clockRate = clockRate;
    this.#lastArrival = now;
    this.#lastTimestamp = timestamp;
  }

  /** The stream's sender report arrived: RTT can be measured by the next block. */
  senderReport(now: Instant, ntpSeconds: number, ntpFraction: number): void {
    this.#lastSenderReport = middleOfNtp(ntpSeconds, ntpFraction);
    this.#senderReportAt = now;
    this.#isHeard = true;
  }

  /** Packets lost since the beginning, signed: duplicates count as received (section A.3). */
  get cumulativeLost(): number {
    return this.packetsReceived === 0 ? 0 : this.#expected() - this.packetsReceived;
  }

  /**
   * Adds the block of this stream to the report written last and begins the next interval. False, and the interval
   * goes on, when there is no room, or when nothing was heard of the stream since the last block.
   */
  writeBlock(now: Instant, into: RtcpWriter): boolean {
    if (!this.#isHeard || this.packetsReceived === 0) return false;
    const expected = this.#expected();
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.packetsReceived - this.#receivedBefore);
    const fraction = expectedNow > 0 && lostNow > 0 ? Math.floor((lostNow * 256) / expectedNow) : 0;
    const lost = Math.min(Math.max(this.cumulativeLost, MIN_CUMULATIVE_LOST), MAX_CUMULATIVE_LOST);
    const hasSenderReport = this.#lastSenderReport !== 0;
    const delay = hasSenderReport ? Math.round((now - this.#senderReportAt) * 65.536) : 0;
    const isWritten = into.reportBlock(
      this.ssrc,
      Math.min(fraction, 255),
      lost,
      this.extendedHighestSequence,
      Math.floor(this.jitter),
      this.#lastSenderReport,
      delay,
    );
    if (!isWritten) return false;
    this.#expectedBefore = expected;
    this.#receivedBefore = this.packetsReceived;
    this.#isHeard = false;
    return true;
  }

  #expected(): number {
    return this.extendedHighestSequence - this.#base + 1;
  }

  #begin(sequenceNumber: number): void {
    this.#base = sequenceNumber;
    this.extendedHighestSequence = sequenceNumber;
    this.#afterJump = -1;
    this.packetsReceived = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#clockRate = 0;
    this.jitter = 0;
  }

  /** False when the packet is far from all others; two such in a row are a sender that began anew (section A.1). */
  #follow(sequenceNumber: number): boolean {
    const extended = extendSequence(this.extendedHighestSequence, sequenceNumber);
    const ahead = extended - this.extendedHighestSequence;
    if (ahead >= MAX_DROPOUT || ahead < -MAX_MISORDER) {
      if (sequenceNumber === this.#afterJump) {
        this.#begin(sequenceNumber);
        return true;
      }
      this.#afterJump = (sequenceNumber + 1) & 0xffff;
      return false;
    }
    if (ahead > 0) this.extendedHighestSequence = extended;
    return true;
  }
}

/** Section A.1. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;

/** Limits of 24 bits, signed. */
const MAX_CUMULATIVE_LOST = 0x7fffff;
const MIN_CUMULATIVE_LOST = -0x800000;
