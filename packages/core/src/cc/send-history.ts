import type { Instant } from '../time/instant.js';

/** What a sent packet was. */
export const SentKind = { media: 0, retransmission: 1, padding: 2 } as const;
export type SentKind = (typeof SentKind)[keyof typeof SentKind];

/** What is known of a sent packet. */
export const PacketState = { unsent: 0, inFlight: 1, missing: 2, received: 3 } as const;
export type PacketState = (typeof PacketState)[keyof typeof PacketState];

/**
 * The packets of one transport sent last, by transport-wide sequence number
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01): a ring in typed arrays, about 14 bytes per packet, taken once.
 * A number that was handed out and never sent is neither lost nor in flight.
 */
export class SendHistory {
  readonly #mask: number;
  /** Next number; 16 bits. */
  #next: number;
  readonly #sequences: Uint16Array;
  readonly #sentAt: Float64Array;
  readonly #bytes: Uint16Array;
  readonly #clusters: Uint8Array;
  readonly #states: Uint8Array;

  /** `capacity`: packets remembered, a power of two up to 32768. `firstSequence`: 0..65535. */
  constructor(capacity: number, firstSequence: number) {
    if (capacity < 1 || capacity > 32768 || (capacity & (capacity - 1)) !== 0)
      throw new Error(`not a power of two up to 32768: ${capacity}`);
    this.#mask = capacity - 1;
    this.#next = firstSequence & 0xffff;
    this.#sequences = new Uint16Array(capacity);
    this.#sentAt = new Float64Array(capacity);
    this.#bytes = new Uint16Array(capacity);
    this.#clusters = new Uint8Array(capacity);
    this.#states = new Uint8Array(capacity);
  }

  /** The number of the next packet (0..65535), which forgets the oldest. */
  allot(): number {
    const sequence = this.#next;
    this.#next = (sequence + 1) & 0xffff;
    const index = sequence & this.#mask;
    this.#sequences[index] = sequence;
    this.#states[index] = PacketState.unsent;
    return sequence;
  }

  /** Notes that an allotted number went out; false where it is not one of the last or went out already. */
  record(now: Instant, sequence: number, bytes: number, cluster: number): boolean {
    const index = this.#indexOf(sequence);
    if (index < 0 || this.#states[index] !== PacketState.unsent) return false;
    this.#sentAt[index] = now;
    this.#bytes[index] = bytes;
    this.#clusters[index] = cluster;
    this.#states[index] = PacketState.inFlight;
    return true;
  }

  /** Index of a sent packet that is still remembered, or -1. Valid until the next `allot`. */
  find(sequence: number): number {
    const index = this.#indexOf(sequence);
    return index < 0 || this.#states[index] === PacketState.unsent ? -1 : index;
  }

  /** How many numbers were handed out after this one; 0 for the newest. */
  ageOf(sequence: number): number {
    return (this.#next - 1 - sequence) & 0xffff;
  }

  sentAt(index: number): Instant {
    return this.#sentAt[index] as Instant;
  }

  bytesOf(index: number): number {
    return this.#bytes[index]!;
  }

  /** The probe cluster the packet was sent in, 0 for none. */
  clusterOf(index: number): number {
    return this.#clusters[index]!;
  }

  stateOf(index: number): PacketState {
    return this.#states[index] as PacketState;
  }

  setState(index: number, state: PacketState): void {
    this.#states[index] = state;
  }

  #indexOf(sequence: number): number {
    const index = sequence & this.#mask;
    return this.#sequences[index] === sequence && this.ageOf(sequence) <= this.#mask ? index : -1;
  }
}
