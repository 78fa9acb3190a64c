import type { PayloadPatch } from './payload-patch.js';

/** What is known of an outgoing sequence number. */
const State = { sent: 1, reserved: 2, withoutPayload: 3 } as const;

/**
 * The outgoing sequence numbers used last, in a fixed amount of memory (about 26 bytes each): what was sent under each
 * and how to write it again, or for which packet that has not arrived it was left free.
 */
export class PacketHistory {
  /** Six words per number; see the constants below. */
  readonly #words: Int32Array;
  /** By source sequence number: the low bits of the outgoing number it was given. */
  readonly #bySource: Uint16Array;
  readonly #mask: number;

  /** `packets` is a power of two, at most 32768. */
  constructor(packets: number) {
    if (packets < 1 || packets > 0x8000 || (packets & (packets - 1)) !== 0) {
      throw new Error(`not a power of two up to 32768: ${packets}`);
    }
    this.#words = new Int32Array(WORDS * packets);
    this.#bySource = new Uint16Array(packets);
    this.#mask = packets - 1;
  }

  get capacity(): number {
    return this.#mask + 1;
  }

  /** Notes what is sent under `outgoing` (extended, like `source`). */
  noteSent(
    outgoing: number,
    encoding: number,
    source: number,
    timestamp: number,
    marker: boolean,
    patch: PayloadPatch,
  ): void {
    const words = this.#words;
    const at = this.#begin(outgoing, source);
    words[at + TIMESTAMP] = timestamp;
    words[at + NUMBERS] = patch.pictureId | (patch.frameNumber << 16);
    words[at + SMALL_NUMBERS] = patch.tl0PicIdx | (patch.keyIdx << 8);
    words[at + FLAGS] =
      State.sent |
      (encoding << ENCODING) |
      (marker ? MARKER : 0) |
      (patch.frameNumber < 0 ? 0 : HAS_FRAME_NUMBER) |
      (patch.pictureIdOffset << PICTURE_ID_OFFSET) |
      (patch.tl0PicIdxOffset << TL0PICIDX_OFFSET) |
      (patch.keyIdxOffset << KEYIDX_OFFSET) |
      (patch.pictureIdBits << PICTURE_ID_BITS);
  }

  /** Notes that `outgoing` is left for a packet that has not arrived, and what will hold for it if it does. */
  noteReserved(
    outgoing: number,
    encoding: number,
    source: number,
    pictureIdShift: number,
    spatialLayer: number,
    temporalLayer: number,
  ): void {
    const words = this.#words;
    const at = this.#begin(outgoing, source);
    words[at + NUMBERS] = pictureIdShift;
    words[at + SMALL_NUMBERS] = spatialLayer | (temporalLayer << 8);
    words[at + FLAGS] = State.reserved | (encoding << ENCODING);
    this.#bySource[source & this.#mask] = outgoing;
  }

  /** Notes that `outgoing` was used for a packet that carries nothing. */
  noteWithoutPayload(outgoing: number): void {
    this.#words[this.#begin(outgoing, 0) + FLAGS] = State.withoutPayload;
  }

  /** Where the number left for a packet is noted, -1 when none was: the packet came before or was not wanted. */
  findReserved(encoding: number, source: number): number {
    const at = WORDS * (this.#bySource[source & this.#mask]! & this.#mask);
    const words = this.#words;
    if (words[at + SOURCE] !== (source | 0)) return -1;
    return (words[at + FLAGS]! & (STATE_MASK | ENCODING_MASK)) === (State.reserved | (encoding << ENCODING))
      ? at
      : -1;
  }

  /** Where it is noted what was sent under `outgoing`, -1 when that is no longer (or never was) known. */
  findSent(outgoing: number): number {
    const at = WORDS * (outgoing & this.#mask);
    const words = this.#words;
    return words[at + OUTGOING] === (outgoing | 0) && (words[at + FLAGS]! & STATE_MASK) === State.sent
      ? at
      : -1;
  }

  /** The low 32 bits of the outgoing number. This and all below are of a place the finders have answered. */
  outgoingAt(at: number): number {
    return this.#words[at + OUTGOING]!;
  }

  sourceAt(at: number): number {
    return this.#words[at + SOURCE]!;
  }

  encodingAt(at: number): number {
    return (this.#words[at + FLAGS]! & ENCODING_MASK) >> ENCODING;
  }

  /** Of what was sent. */
  timestampAt(at: number): number {
    return this.#words[at + TIMESTAMP]! >>> 0;
  }

  markerAt(at: number): boolean {
    return (this.#words[at + FLAGS]! & MARKER) !== 0;
  }

  readPatch(at: number, patch: PayloadPatch): void {
    const numbers = this.#words[at + NUMBERS]!;
    const small = this.#words[at + SMALL_NUMBERS]!;
    const flags = this.#words[at + FLAGS]!;
    patch.pictureId = numbers & 0x7fff;
    patch.frameNumber = (flags & HAS_FRAME_NUMBER) === 0 ? -1 : numbers >>> 16;
    patch.tl0PicIdx = small & 0xff;
    patch.keyIdx = small >> 8;
    patch.pictureIdOffset = (flags >> PICTURE_ID_OFFSET) & 15;
    patch.tl0PicIdxOffset = (flags >> TL0PICIDX_OFFSET) & 15;
    patch.keyIdxOffset = (flags >> KEYIDX_OFFSET) & 15;
    patch.pictureIdBits = (flags >> PICTURE_ID_BITS) & 15;
  }

  /** Of what is reserved. */
  pictureIdShiftAt(at: number): number {
    return this.#words[at + NUMBERS]!;
  }

  spatialLayerAt(at: number): number {
    return this.#words[at + SMALL_NUMBERS]! & 0xff;
  }

  temporalLayerAt(at: number): number {
    return this.#words[at + SMALL_NUMBERS]! >> 8;
  }

  #begin(outgoing: number, source: number): number {
    const at = WORDS * (outgoing & this.#mask);
    this.#words[at + OUTGOING] = outgoing;
    this.#words[at + SOURCE] = source;
    return at;
  }
}

const WORDS = 6;
const OUTGOING = 0;
const SOURCE = 1;
const TIMESTAMP = 2;
/** Sent: picture id and frame number. Reserved: what to add to the picture id. */
const NUMBERS = 3;
/** Sent: TL0PICIDX and KEYIDX. Reserved: the highest layers that were forwarded. */
const SMALL_NUMBERS = 4;
const FLAGS = 5;

/** Bits of the flags: state, encoding, marker, whether there is a frame number, four offsets or widths of four bits. */
const STATE_MASK = 3;
const ENCODING = 2;
const ENCODING_MASK = 15 << ENCODING;
const MARKER = 1 << 6;
const HAS_FRAME_NUMBER = 1 << 7;
const PICTURE_ID_OFFSET = 8;
const TL0PICIDX_OFFSET = 12;
const KEYIDX_OFFSET = 16;
const PICTURE_ID_BITS = 20;
