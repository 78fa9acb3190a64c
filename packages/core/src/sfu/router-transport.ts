/**
 * What the router asks of a transport: slots that go out encrypted. A packet is written into the slot (RTP or RTCP, at
 * `slotBytes[slotOffset]`), then sent or dropped before the next one begins.
 */
export interface RouterTransport {
  readonly transportId: number;
  /** Whether anything can be sent now. */
  readonly isConnected: boolean;
  /** Round trip of our connectivity checks; 0 before the first was answered. */
  readonly roundTripMs: number;
  /** How often packets were sent another way than before; the first way counts. */
  readonly pathChanges: number;
  readonly slotBytes: Uint8Array;
  readonly slotOffset: number;
  /** Makes room for a packet of at most `capacityBytes` before protection. False: nothing can be sent now. */
  beginPacket(capacityBytes: number): boolean;
  /**
   * Protects and queues the RTP packet of `length` bytes in the slot. With `source` only its header has been written there:
   * the payload lies at `sourceOffset` of `source`.
   */
  sendRtp(
    headerLength: number,
    length: number,
    extendedSequence: number,
    source?: Uint8Array,
    sourceOffset?: number,
  ): void;
  /** Protects and queues the compound RTCP packet in the slot. */
  sendRtcp(length: number): void;
  dropPacket(): void;
}
