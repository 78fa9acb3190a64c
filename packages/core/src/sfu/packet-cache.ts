/**
 * The last second of a received stream, packet by packet, for those who ask for one again (RFC 4585 section 6.2.1).
 * Packets lie one behind the other in one arena that wraps around, and are found by their extended sequence number. The
 * arena grows with the bitrate of the stream up to a limit.
 */
export class PacketCache {
  /** Where the packet that `find` found lies. */
  bytes: Uint8Array;
  offset = 0;
  length = 0;
  readonly #maximumBytes: number;
  readonly #sequences: Float64Array;
  readonly #offsets: Int32Array;
  readonly #lengths: Int32Array;
  /** Bytes written before this packet, in all: it is overwritten once the arena's size has been written after it. */
  readonly #positions: Float64Array;
  readonly #mask: number;
  #head = 0;
  #position = 0;
  #wrappedAt = -Infinity;

  constructor(options: { packets: number; initialBytes: number; maximumBytes: number }) {
    const slots = 2 ** Math.ceil(Math.log2(options.packets));
    this.#mask = slots - 1;
    this.#sequences = new Float64Array(slots).fill(-1);
    this.#offsets = new Int32Array(slots);
    this.#lengths = new Int32Array(slots);
    this.#positions = new Float64Array(slots);
    this.#maximumBytes = options.maximumBytes;
    this.bytes = new Uint8Array(options.initialBytes);
  }

  /** Copies a packet in. Longer ones than the arena are left out. */
  add(nowMs: number, extendedSequence: number, bytes: Uint8Array, offset: number, length: number): void {
    if (length > this.bytes.length) return;
    // The first lap begins with the first packet.
    if (this.#wrappedAt === -Infinity) this.#wrappedAt = nowMs;
    if (this.#head + length > this.bytes.length) this.#wrap(nowMs);
    const slot = extendedSequence & this.#mask;
    const target = this.bytes;
    const head = this.#head;
    if (length <= SHORT_COPY_BYTES) for (let i = 0; i < length; i++) target[head + i] = bytes[offset + i]!;
    else target.set(bytes.subarray(offset, offset + length), head);
    this.#sequences[slot] = extendedSequence;
    this.#offsets[slot] = head;
    this.#lengths[slot] = length;
    this.#positions[slot] = this.#position;
    this.#head = head + length;
    this.#position += length;
  }

  /** Whether the packet is still here; then `bytes`, `offset` and `length` show it until the next `add`. */
  find(extendedSequence: number): boolean {
    const slot = extendedSequence & this.#mask;
    if (this.#sequences[slot] !== extendedSequence) return false;
    if (this.#position - this.#positions[slot]! > this.bytes.length) return false;
    this.offset = this.#offsets[slot]!;
    this.length = this.#lengths[slot]!;
    return true;
  }

  #wrap(nowMs: number): void {
    const capacity = this.bytes.length;
    const isShortLived = nowMs - this.#wrappedAt < KEPT_MS;
    this.#wrappedAt = nowMs;
    const position = this.#position;
    this.#position += capacity - this.#head;
    this.#head = 0;
    if (!isShortLived || capacity >= this.#maximumBytes) return;
    // What has been overwritten must not come back to life in the larger arena.
    for (let slot = 0; slot <= this.#mask; slot++) {
      if (position - this.#positions[slot]! > capacity) this.#sequences[slot] = -1;
    }
    const larger = new Uint8Array(Math.min(this.#maximumBytes, 2 * capacity));
    larger.set(this.bytes);
    this.bytes = larger;
    // What there is stays until the larger arena is full.
    this.#head = capacity;
  }
}

const KEPT_MS = 1000;
const SHORT_COPY_BYTES = 96;
