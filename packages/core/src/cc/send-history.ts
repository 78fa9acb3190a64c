import type { Instant } from '../time/instant.js';

/** What a sent packet was. */
export const SentKind = { media: 0, retransmission: 1, padding: 2 } as const;
export type SentKind = (typeof SentKind)[keyof typeof SentKind];

/** What is known of a sent packet. */
export const PacketState = { unsent: 0, inFlight: 1, missing: 2, received: 3 } as const;
export type PacketState = (typeof PacketState)[keyof typeof PacketState];

/**
 * The packets of one transport sent last, by transport-wide sequence number
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01): a ring of 16 bytes per packet, taken once; what is known of a packet
 * lies together. A number that was handed out and never sent is neither lost nor in flight.
 */
export class SendHistory {
  readonly #mask: number;
  /** Next number; 16 bits. */
  #next: number;
  /** Two places of the first, four of the second for each packet, over the same memory. */
  readonly #times: Float64Array;
  readonly #words: Uint32Array;

  /** `capacity`: packets remembered, a power of two up to 32768. `firstSequence`: 0..65535. */
  constructor(capacity: number, firstSequence: number) {
    if (capacity < 1 || capacity > 32768 || (capacity & (capacity - 1)) !== 0)
      throw new Error(`not a power of two up to 32768: ${capacity}`);
    this.#mask = capacity - 1;
    this.#next = firstSequence & 0xffff;
    this.#times = new Float64Array(2 * capacity);
    this.#words = new Uint32Array(this.#times.buffer);
  }

  /** The number of the next packet (0..65535), which forgets the oldest. */
  allot(): number {
    const sequence = this.#next;
    this.#next = (sequence + 1) & 0xffff;
    const at = 4 * (sequence & this.#mask);
    this.#words[at + NUMBERS] = sequence;
    this.#words[at + STATES] = PacketState.unsent;
    return sequence;
  }

  /** Notes that an allotted number went out; false where it is not one of the last or went out already. */
  record(now: Instant, sequence: number, bytes: number, cluster: number): boolean {
    const index = this.#indexOf(sequence);
    if (index < 0 || this.stateOf(index) !== PacketState.unsent) return false;
    this.#times[2 * index] = now;
    this.#words[4 * index + NUMBERS] = sequence | (bytes << 16);
    this.#words[4 * index + STATES] = PacketState.inFlight | (cluster << 8);
    return true;
  }

  /** Index of a sent packet that is still remembered, or -1. Valid until the next `allot`. */
  find(sequence: number): number {
    const index = this.#indexOf(sequence);
    return index < 0 || this.stateOf(index) === PacketState.unsent ? -1 : index;
  }

  /** How many numbers were handed out after this one; 0 for the newest. */
  ageOf(sequence: number): number {
    return (this.#next - 1 - sequence) & 0xffff;
  }

  sentAt(index: number): Instant {
    return this.#times[2 * index] as Instant;
  }

  bytesOf(index: number): number {
    return this.#words[4 * index + NUMBERS]! >>> 16;
  }

  /** The probe cluster the packet was sent in, 0 for none. */
  clusterOf(index: number): number {
    return this.#words[4 * index + STATES]! >>> 8;
  }

  stateOf(index: number): PacketState {
    return (this.#words[4 * index + STATES]! & 0xff) as PacketState;
  }

  setState(index: number, state: PacketState): void {
    const at = 4 * index + STATES;
    this.#words[at] = (this.#words[at]! & ~0xff) | state;
  }

  #indexOf(sequence: number): number {
    const index = sequence & this.#mask;
    const remembered = this.#words[4 * index + NUMBERS]! & 0xffff;
    return remembered === sequence && this.ageOf(sequence) <= this.#mask ? index : -1;
  }
}

/** Words of a packet behind its time: sequence number and bytes (16 bits each); state (8 bits) and cluster. */
const NUMBERS = 2;
const STATES = 3;
