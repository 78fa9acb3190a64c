import type { Arrival, PathId, SocketId } from './path.js';
import { NO_PATH } from './path.js';
import type { AddressFamily, Transport, TransportAddress } from './transport-address.js';

/**
 * Interns 5-tuples as small integers, so that everything behind it indexes arrays instead of building keys.
 * Open addressing over typed arrays: a look-up allocates nothing, costs one hash and, on average, under two probes,
 * and IPv4 and IPv6 take the same way. The hash is seeded, because remote addresses and ports are an attacker's choice.
 */
export class PathTable {
  readonly #maximumPaths: number;
  readonly #seed: number;
  #records: Uint32Array;
  #transports: Uint8Array;
  #slots: Int32Array;
  #mask: number;
  /** Paths handed out at least once; ids above were never used. */
  #used = 0;
  #free: number[] = [];
  #size = 0;
  readonly #key = new Uint32Array(RECORD_WORDS);

  constructor(options: { maximumPaths: number; seed: number }) {
    this.#maximumPaths = options.maximumPaths;
    this.#seed = options.seed | 0;
    const capacity = Math.min(options.maximumPaths, INITIAL_CAPACITY);
    this.#records = new Uint32Array(capacity * RECORD_WORDS);
    this.#transports = new Uint8Array(capacity);
    this.#slots = new Int32Array(slotsFor(capacity)).fill(EMPTY);
    this.#mask = this.#slots.length - 1;
  }

  /** Number of interned paths. */
  get size(): number {
    return this.#size;
  }

  /** The interned path of an arrival (its 5-tuple), or NO_PATH. */
  lookup(arrival: Arrival): PathId {
    this.#keyFromArrival(arrival);
    return this.#find();
  }

  /** The interned path from `socket` to the remote address at `bytes[offset]` (network order), or NO_PATH. */
  lookupRemote(
    socket: SocketId,
    family: AddressFamily,
    bytes: Uint8Array,
    offset: number,
    port: number,
  ): PathId {
    this.#keyFromBytes(socket, family, bytes, offset, port);
    return this.#find();
  }

  /** Interns the 5-tuple of an arrival; the same id when it is interned already, NO_PATH when the table is full. */
  intern(arrival: Arrival): PathId {
    this.#keyFromArrival(arrival);
    return this.#insert(arrival.transport);
  }

  /** Interns the path from `socket` to a remote address, with no local address of its own. */
  internRemote(socket: SocketId, remote: TransportAddress, transport: Transport): PathId {
    this.#keyFromBytes(socket, remote.family, remote.bytes, 0, remote.port);
    return this.#insert(transport);
  }

  /** Forgets a path. Its id may be handed out again at once. */
  release(path: PathId): void {
    if (!this.has(path)) throw new Error(`Path ${path} is released twice`);
    this.#key.set(this.#records.subarray(path * RECORD_WORDS, (path + 1) * RECORD_WORDS));
    let hole = this.#slotOf();
    // Backward-shift deletion: no tombstones, so look-ups never grow slower with churn.
    let next = (hole + 1) & this.#mask;
    while (this.#slots[next] !== EMPTY) {
      const home = this.#hashRecord(this.#slots[next]!) & this.#mask;
      if (((next - home) & this.#mask) >= ((next - hole) & this.#mask)) {
        this.#slots[hole] = this.#slots[next]!;
        hole = next;
      }
      next = (next + 1) & this.#mask;
    }
    this.#slots[hole] = EMPTY;
    this.#records[path * RECORD_WORDS + META] = 0;
    this.#free.push(path);
    this.#size--;
  }

  /** Whether the id is interned now. */
  has(path: PathId): boolean {
    return path >= 0 && path < this.#used && this.#records[path * RECORD_WORDS + META] !== 0;
  }

  socketOf(path: PathId): SocketId {
    return this.#records[path * RECORD_WORDS]!;
  }

  familyOf(path: PathId): AddressFamily {
    return (this.#records[path * RECORD_WORDS + META]! >>> 16) as AddressFamily;
  }

  portOf(path: PathId): number {
    return this.#records[path * RECORD_WORDS + META]! & 0xffff;
  }

  transportOf(path: PathId): Transport {
    return this.#transports[path] as Transport;
  }

  /** Word 0..3 of the remote address, 4..7 of the local one (big-endian words, as in Arrival.words). */
  wordOf(path: PathId, index: number): number {
    return this.#records[path * RECORD_WORDS + REMOTE + index]!;
  }

  /** The remote address as a value. Allocates. */
  remoteOf(path: PathId): TransportAddress {
    const family = this.familyOf(path);
    const bytes = new Uint8Array(family === 4 ? 4 : 16);
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.wordOf(path, i >> 2) >>> (24 - 8 * (i & 3));
    return { family, bytes, port: this.portOf(path) };
  }

  #keyFromArrival(arrival: Arrival): void {
    const key = this.#key;
    const words = arrival.words;
    key[0] = arrival.socket;
    key[META] = (arrival.family << 16) | arrival.port;
    if (arrival.family === 4) {
      key.fill(0, REMOTE);
      key[REMOTE] = words[0]!;
      key[LOCAL] = words[4]!;
    } else {
      for (let i = 0; i < 8; i++) key[REMOTE + i] = words[i]!;
    }
  }

  #keyFromBytes(
    socket: SocketId,
    family: AddressFamily,
    bytes: Uint8Array,
    offset: number,
    port: number,
  ): void {
    const key = this.#key;
    key[0] = socket;
    key[META] = (family << 16) | port;
    key.fill(0, REMOTE);
    const count = family === 4 ? 1 : 4;
    for (let i = 0; i < count; i++) {
      const at = offset + i * 4;
      key[REMOTE + i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    }
  }

  #find(): PathId {
    const index = this.#slotOf();
    return index < 0 ? NO_PATH : this.#slots[index]!;
  }

  /** Slot that holds the current key, or -1 - (slot where it would go). */
  #slotOf(): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let index = hashWords(this.#key, 0, this.#seed) & mask;
    for (;;) {
      const path = slots[index]!;
      if (path === EMPTY) return -1 - index;
      if (this.#sameAsKey(path)) return index;
      index = (index + 1) & mask;
    }
  }

  #sameAsKey(path: PathId): boolean {
    const records = this.#records;
    const key = this.#key;
    const at = path * RECORD_WORDS;
    if (records[at] !== key[0] || records[at + META] !== key[META] || records[at + REMOTE] !== key[REMOTE])
      return false;
    for (let i = REMOTE + 1; i < RECORD_WORDS; i++) if (records[at + i] !== key[i]) return false;
    return true;
  }

  #insert(transport: Transport): PathId {
    let slot = this.#slotOf();
    if (slot >= 0) return this.#slots[slot]!;
    if (this.#size >= this.#maximumPaths) return NO_PATH;
    if (this.#free.length === 0 && (this.#used + 1) * RECORD_WORDS > this.#records.length) {
      this.#grow();
      slot = this.#slotOf();
    }
    const path = this.#free.pop() ?? this.#used++;
    this.#records.set(this.#key, path * RECORD_WORDS);
    this.#transports[path] = transport;
    this.#slots[-1 - slot] = path;
    this.#size++;
    return path;
  }

  #grow(): void {
    const capacity = Math.min(this.#maximumPaths, (this.#records.length / RECORD_WORDS) * 2);
    const records = new Uint32Array(capacity * RECORD_WORDS);
    records.set(this.#records);
    const transports = new Uint8Array(capacity);
    transports.set(this.#transports);
    this.#records = records;
    this.#transports = transports;
    this.#slots = new Int32Array(slotsFor(capacity)).fill(EMPTY);
    this.#mask = this.#slots.length - 1;
    for (let path = 0; path < this.#used; path++) {
      if (!this.has(path)) continue;
      let index = this.#hashRecord(path) & this.#mask;
      while (this.#slots[index] !== EMPTY) index = (index + 1) & this.#mask;
      this.#slots[index] = path;
    }
  }

  #hashRecord(path: PathId): number {
    return hashWords(this.#records, path * RECORD_WORDS, this.#seed);
  }
}

/** Record: socket, family and port, remote address (4 words), local address (4 words). */
const META = 1;
const REMOTE = 2;
const LOCAL = 6;
const RECORD_WORDS = 10;
const EMPTY = -1;
const INITIAL_CAPACITY = 1024;

/** At most half of the slots are ever taken. */
function slotsFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity * 2));
}

function hashWords(words: Uint32Array, at: number, seed: number): number {
  let hash = seed;
  hash = mix(hash ^ words[at]!);
  hash = mix(hash ^ words[at + META]!);
  hash = mix(hash ^ words[at + REMOTE]!);
  hash = mix(hash ^ words[at + LOCAL]!);
  if (words[at + META]! >>> 16 === 6) {
    for (let i = 1; i < 4; i++) hash = mix(hash ^ words[at + REMOTE + i]!);
    hash = mix(hash ^ words[at + LOCAL + 3]!);
  }
  return hash ^ (hash >>> 15);
}

function mix(value: number): number {
  const product = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return Math.imul(product ^ (product >>> 13), 0xc2b2ae35);
}
