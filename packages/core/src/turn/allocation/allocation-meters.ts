import type { Instant } from '../../time/instant.js';

/** Which way a packet goes. */
export const Direction = { toPeer: 0, toClient: 1 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** Traffic of one allocation or of all, in one direction. Bytes are payload bytes. */
export interface TrafficCount {
  packets: number;
  bytes: number;
  droppedPackets: number;
}

/**
 * Bandwidth policer and traffic counters of all allocations, in one typed array: a packet costs a few loads and
 * stores and no allocation. The policer is a virtual clock per direction (GCRA): each packet moves it forward by the
 * time the packet is worth at the allowed rate, and a packet that finds it further ahead than the burst is refused.
 */
export class AllocationMeters {
  readonly #millisecondsPerByte: number;
  readonly #burstMilliseconds: number;
  #cells: Float64Array;
  #used = 0;
  readonly #free: number[] = [];
  /** What allocations that are gone had counted. */
  readonly #retired = new Float64Array(STRIDE);

  /** `bytesPerSecond`: each way, 0 for unlimited. */
  constructor(options: { bytesPerSecond: number; burstSeconds: number }) {
    this.#millisecondsPerByte = options.bytesPerSecond > 0 ? 1000 / options.bytesPerSecond : 0;
    this.#burstMilliseconds = options.burstSeconds * 1000;
    this.#cells = new Float64Array(INITIAL_METERS * STRIDE);
  }

  /** A meter with every count at zero. */
  open(): number {
    const meter = this.#free.pop() ?? this.#used++;
    if ((meter + 1) * STRIDE > this.#cells.length) {
      const grown = new Float64Array(this.#cells.length * 2);
      grown.set(this.#cells);
      this.#cells = grown;
    }
    this.#cells.fill(0, meter * STRIDE, (meter + 1) * STRIDE);
    return meter;
  }

  /** Adds the counts to the totals and frees the meter. */
  close(meter: number): void {
    for (let i = 0; i < STRIDE; i++) this.#retired[i]! += this.#cells[meter * STRIDE + i]!;
    this.#cells.fill(0, meter * STRIDE, (meter + 1) * STRIDE);
    this.#free.push(meter);
  }

  /** Counts a packet with `bytes` of payload; false when it exceeds the rate and must be dropped. */
  admit(meter: number, direction: Direction, now: Instant, bytes: number): boolean {
    const cells = this.#cells;
    const at = meter * STRIDE + direction * FIELDS;
    if (this.#millisecondsPerByte > 0) {
      let ahead = cells[at]! - now;
      if (ahead < 0) ahead = 0;
      if (ahead > this.#burstMilliseconds) {
        cells[at + DROPPED] = cells[at + DROPPED]! + 1;
        return false;
      }
      cells[at] = now + ahead + (bytes + PACKET_OVERHEAD_BYTES) * this.#millisecondsPerByte;
    }
    cells[at + PACKETS] = cells[at + PACKETS]! + 1;
    cells[at + BYTES] = cells[at + BYTES]! + bytes;
    return true;
  }

  /** What one allocation has relayed so far. */
  read(meter: number, direction: Direction): TrafficCount {
    return countAt(this.#cells, meter * STRIDE + direction * FIELDS);
  }

  /** What all allocations, present and past, have relayed. */
  readTotal(direction: Direction): TrafficCount {
    const total = countAt(this.#retired, direction * FIELDS);
    for (let meter = 0; meter < this.#used; meter++) {
      const one = this.read(meter, direction);
      total.packets += one.packets;
      total.bytes += one.bytes;
      total.droppedPackets += one.droppedPackets;
    }
    return total;
  }
}

function countAt(cells: Float64Array, at: number): TrafficCount {
  return { packets: cells[at + PACKETS]!, bytes: cells[at + BYTES]!, droppedPackets: cells[at + DROPPED]! };
}

/** Cells of one direction: virtual clock, packets, bytes, dropped packets. */
const PACKETS = 1;
const BYTES = 2;
const DROPPED = 3;
const FIELDS = 4;
const STRIDE = 2 * FIELDS;
const INITIAL_METERS = 64;
/** Floods of empty datagrams are bandwidth too: every packet costs an IP and a UDP header. */
const PACKET_OVERHEAD_BYTES = 28;
