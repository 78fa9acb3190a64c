/** A reusable place for one decoded address, for paths that must not allocate. */
export class AddressSlot {
  /** 0 until an address was read. */
  family: 0 | 4 | 6 = 0;
  /** Host order. */
  port = 0;
  /** Network order; 4 bytes used for family 4, 16 for family 6. */
  readonly bytes = new Uint8Array(16);
}
