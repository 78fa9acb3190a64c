import { extendSequence } from '../../rtp/sequence.js';
import type { Instant } from '../../time/instant.js';
import { Timeline } from './timeline.js';
import type { RewritablePacket } from './verdict.js';
import { Verdict } from './verdict.js';

export interface AudioRewriterOptions {
  readonly clockRate: number;
  /** The first outgoing sequence number: random, below 32768 (RFC 3711 section 3.3.1). */
  readonly firstSequence: number;
  /** The first outgoing timestamp: random, 32 bits. */
  readonly firstTimestamp: number;
}

/**
 * What one subscriber gets of one audio track: all of it, or nothing while it is paused, as one unbroken stream. Output is
 * in fields, valid until the next call. Allocates nothing per packet.
 */
export class AudioRewriter {
  /** Outgoing sequence number, extended: the low 16 bits go into the packet, the rest is the roll-over counter. */
  sequence = 0;
  timestamp = 0;
  /** The first packet after a pause is marked as the beginning of a talkspurt (RFC 3551 section 4.1). */
  marker = false;

  readonly #timeline: Timeline;
  #isPaused = false;
  /** Whether the stream goes on without a break from the packet before. */
  #isRunning = false;
  #highest = -1;
  #highestTimestamp = 0;
  /** Of the 32 numbers up to the highest, the bits of those that were recovered: bit 0 is the highest. */
  #recovered = 0;
  #hasRecovered = false;
  #firstSource = 0;
  #sequenceShift = 0;
  #lastSequence: number;

  constructor(options: AudioRewriterOptions) {
    this.#timeline = new Timeline(options.clockRate, options.firstTimestamp);
    this.#lastSequence = (options.firstSequence & 0xffff) - 1;
  }

  /** The latest extended outgoing sequence number; one less than the first before anything went out. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  pause(): void {
    this.#isPaused = true;
    this.#isRunning = false;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** The track comes with another SSRC: its numbers and timestamps start anew. */
  forgetSource(): void {
    this.#highest = -1;
    this.#hasRecovered = false;
    this.#isRunning = false;
    this.#timeline.forget(0);
  }

  /** Sender report of the track (RFC 3550 section 6.4.1); `ntpMs` is its NTP time in milliseconds. */
  noteSenderReport(ntpMs: number, rtpTimestamp: number): void {
    this.#timeline.noteSenderReport(0, ntpMs, rtpTimestamp);
  }

  /** The outgoing timestamp at a moment of the publisher's NTP clock, for reports to the subscriber; -1: not known. */
  timestampAt(ntpMs: number): number {
    return this.#timeline.at(ntpMs);
  }

  /** Every packet that was received for the first time goes through here, in order of arrival. */
  accept(now: Instant, packet: RewritablePacket): Verdict {
    const highest = this.#highest;
    const source =
      highest < 0 ? 0x10000 + packet.sequenceNumber : extendSequence(highest, packet.sequenceNumber);
    const isNewest = source > highest;
    if (isNewest) this.#advance(source, packet.timestamp);
    else if (this.#wasRecovered(source)) return Verdict.drop;
    if (this.#isPaused) return Verdict.drop;
    if (!this.#isRunning) {
      if (!isNewest) return Verdict.drop;
      this.#isRunning = true;
      this.#firstSource = source;
      this.#sequenceShift = this.#lastSequence + 1 - source;
      this.#timeline.begin(now, 0, packet.timestamp);
    } else if (source < this.#firstSource) return Verdict.drop;
    this.#place(source, packet.timestamp);
    this.marker = packet.marker || source === this.#firstSource;
    if (isNewest) this.#noteSent(now);
    return Verdict.forward;
  }

  /**
   * The packet `distance` numbers and `timestampOffset` units before one that has just come, which repeats it. It is to be
   * sent when it has not come itself; should it come later, it is dropped, since no number goes out twice. Called before
   * `accept` of the packet that has come, for the oldest first.
   */
  recover(now: Instant, packet: RewritablePacket, distance: number, timestampOffset: number): Verdict {
    const highest = this.#highest;
    if (this.#isPaused || !this.#isRunning || highest < 0) return Verdict.drop;
    const source = extendSequence(highest, packet.sequenceNumber) - distance;
    if (source <= highest) return Verdict.drop;
    const timestamp = (packet.timestamp - timestampOffset) >>> 0;
    // Numbers and time have to tell the same story.
    if (timestampOffset === 0 || ((timestamp - this.#highestTimestamp) | 0) <= 0) return Verdict.drop;
    this.#advance(source, timestamp);
    this.#recovered |= 1;
    this.#hasRecovered = true;
    this.#place(source, timestamp);
    this.marker = false;
    this.#noteSent(now);
    return Verdict.forward;
  }

  #advance(source: number, timestamp: number): void {
    const steps = source - this.#highest;
    this.#recovered = steps < RECOVERED_BITS ? this.#recovered << steps : 0;
    this.#highest = source;
    this.#highestTimestamp = timestamp;
  }

  /** Whether it was, or may have been so long ago that it is no longer known. */
  #wasRecovered(source: number): boolean {
    if (!this.#hasRecovered) return false;
    const steps = this.#highest - source;
    return steps >= RECOVERED_BITS || ((this.#recovered >>> steps) & 1) === 1;
  }

  #place(source: number, timestamp: number): void {
    this.sequence = source + this.#sequenceShift;
    this.timestamp = this.#timeline.map(timestamp);
  }

  #noteSent(now: Instant): void {
    this.#lastSequence = this.sequence;
    this.#timeline.noteSent(now, this.timestamp);
  }
}

const RECOVERED_BITS = 32;
