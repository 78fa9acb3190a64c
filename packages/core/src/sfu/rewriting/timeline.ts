import type { Instant } from '../../time/instant.js';
import { MAXIMUM_ENCODINGS } from './verdict.js';

/**
 * Puts the RTP timestamps of the encodings of one track, which start at random values each, on one line. Where sender
 * reports (RFC 3550 section 6.4.1) tell how timestamps and the sender's clock go together, those; before, the time of
 * arrival. What goes out never runs backwards.
 */
export class Timeline {
  readonly #clockRate: number;
  readonly #reportNtpMs = new Float64Array(MAXIMUM_ENCODINGS).fill(NaN);
  readonly #reportTimestamps = new Float64Array(MAXIMUM_ENCODINGS);
  #encoding = -1;
  /** Outgoing minus source timestamp. */
  #shift = 0;
  /** Outgoing timestamp at the zero of the sender's clock; NaN until a report has told. */
  #origin = NaN;
  #last: number;
  #lastAt = -Infinity as Instant;

  /** `first` is the outgoing timestamp of the first packet. */
  constructor(clockRate: number, first: number) {
    this.#clockRate = clockRate;
    this.#last = first >>> 0;
  }

  /** The latest outgoing timestamp. */
  get last(): number {
    return this.#last;
  }

  /** Sender report of an encoding; `ntpMs` is its NTP time in milliseconds. */
  noteSenderReport(encoding: number, ntpMs: number, rtpTimestamp: number): void {
    this.#reportNtpMs[encoding] = ntpMs;
    this.#reportTimestamps[encoding] = rtpTimestamp;
    if (encoding === this.#encoding) this.#findOrigin();
  }

  /** Forgets what reports told of an encoding, whose timestamps start anew. */
  forget(encoding: number): void {
    this.#reportNtpMs[encoding] = NaN;
    if (encoding === this.#encoding) this.#encoding = -1;
  }

  /** From now on `encoding` goes out; `source` is the timestamp of its first packet, which is a new frame. */
  begin(now: Instant, encoding: number, source: number): void {
    const last = this.#last;
    let ticks = 0;
    if (this.#lastAt !== -Infinity) {
      const elapsed = ((now - this.#lastAt) * this.#clockRate) / 1000;
      ticks = Math.max(1, Math.round(elapsed));
      const aligned = this.#align(encoding, source);
      if (aligned >= 0) {
        const alignedTicks = (aligned - last) | 0;
        if (Math.abs(alignedTicks - ticks) <= MAXIMUM_DISAGREEMENT_SECONDS * this.#clockRate) {
          ticks = Math.max(1, alignedTicks);
        }
      }
    }
    this.#encoding = encoding;
    this.#shift = (last + ticks - source) >>> 0;
    if (Number.isNaN(this.#origin)) this.#findOrigin();
  }

  /** The outgoing timestamp of a packet of the current encoding. */
  map(source: number): number {
    return (source + this.#shift) >>> 0;
  }

  /** A packet of the newest frame goes out. */
  noteSent(now: Instant, timestamp: number): void {
    if (timestamp === this.#last && this.#lastAt !== -Infinity) return;
    this.#last = timestamp;
    this.#lastAt = now;
  }

  /**
   * The outgoing timestamp that belongs to a moment of the sender's clock, for sender reports to the subscriber; -1
   * before the current encoding had one.
   */
  at(ntpMs: number): number {
    const report = this.#encoding < 0 ? NaN : this.#reportNtpMs[this.#encoding]!;
    if (Number.isNaN(report)) return -1;
    const ticks = ((ntpMs - report) * this.#clockRate) / 1000;
    return this.map(Math.round(this.#reportTimestamps[this.#encoding]! + ticks));
  }

  /** Where a timestamp of an encoding lies on the line; -1 when nothing is known but its arrival. */
  #align(encoding: number, source: number): number {
    if (encoding === this.#encoding) return this.map(source);
    const ntpMs = this.#reportNtpMs[encoding]!;
    if (Number.isNaN(ntpMs) || Number.isNaN(this.#origin)) return -1;
    const sinceReport = (source - this.#reportTimestamps[encoding]!) | 0;
    return Math.round(this.#origin + (ntpMs * this.#clockRate) / 1000 + sinceReport) >>> 0;
  }

  #findOrigin(): void {
    const ntpMs = this.#reportNtpMs[this.#encoding]!;
    if (!Number.isNaN(this.#origin) || Number.isNaN(ntpMs)) return;
    this.#origin = this.map(this.#reportTimestamps[this.#encoding]!) - (ntpMs * this.#clockRate) / 1000;
  }
}

/** Where sender reports and arrival are further apart, the reports are taken for wrong. */
const MAXIMUM_DISAGREEMENT_SECONDS = 3;
