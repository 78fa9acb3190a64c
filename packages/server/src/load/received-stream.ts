import { ReceiveGaps } from '@madang/core/rtp/receive-gaps';
import { ReceptionStatistics } from '@madang/core/rtp/reception-statistics';
import { extendSequence } from '@madang/core/rtp/sequence';
import type { Instant } from '@madang/core/time/instant';

/** One stream as a load client receives it. */
export class ReceivedLoadStream {
  readonly ssrc: number;
  readonly statistics: ReceptionStatistics;
  readonly gaps = new ReceiveGaps();
  /** Different packets; what was sent again fills its place. */
  packets = 0;
  #first = -1;
  #highest = -1;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
    this.statistics = new ReceptionStatistics(ssrc);
  }

  /** Packets between the first one and the newest that have not come. */
  get missingPackets(): number {
    return this.#highest < 0 ? 0 : this.#highest - this.#first + 1 - this.packets;
  }

  /** A packet of the stream, or one that was sent again with its first number; false when it was here before. */
  received(now: Instant, sequenceNumber: number): boolean {
    if (this.#highest < 0) this.#highest = this.#first = FIRST_CYCLE + sequenceNumber;
    const sequence = extendSequence(this.#highest, sequenceNumber);
    // What was sent before the first one that came is no part of the count.
    if (sequence < this.#first) return false;
    if (this.gaps.received(now, sequence) === 'duplicate') return false;
    if (sequence > this.#highest) this.#highest = sequence;
    this.packets++;
    return true;
  }
}

/** So that numbers around the first one are not negative. */
const FIRST_CYCLE = 0x1_0000;
