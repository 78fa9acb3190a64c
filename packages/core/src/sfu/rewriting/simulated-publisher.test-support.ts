import { buildVp8 } from './payload-builder.test-support.js';

/** One frame of one encoding. */
export interface SimulatedFrame {
  readonly encoding: number;
  /** Counts the frames of its encoding. */
  readonly index: number;
  readonly isKey: boolean;
  readonly temporalLayer: number;
  /** Indices of the frames it cannot be decoded without. */
  readonly needs: readonly number[];
  readonly packets: SimulatedPacket[];
}

export interface SimulatedPacket {
  readonly frame: SimulatedFrame;
  /** Counts the packets of its encoding. */
  readonly index: number;
  readonly isStart: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  readonly payloadLength: number;
}

/** A generator of fractions that gives the same ones for the same seed. */
export function seededFractions(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** One encoding of VP8 with three temporal layers (0 2 1 2): numbers start anywhere, often right before their ends. */
export class SimulatedEncoding {
  readonly #encoding: number;
  readonly #random: () => number;
  readonly #sequenceStart: number;
  readonly #timestampStart: number;
  readonly #pictureIdStart: number;
  #tl0PicIdx: number;
  #keyIdx: number;
  #frames = 0;
  #packets = 0;
  #place = 0;
  /** Index of the last frame of layers 0 and 1. */
  #lastT0 = -1;
  #lastT1 = -1;

  constructor(encoding: number, random: () => number) {
    this.#encoding = encoding;
    this.#random = random;
    this.#sequenceStart = Math.floor(random() * 100) + (random() < 0.5 ? 65_400 : 300);
    this.#timestampStart = Math.floor(random() * 200_000) + (random() < 0.5 ? 0xffff_0000 - 200_000 : 0);
    this.#pictureIdStart = Math.floor(random() * 50) + 32_700;
    this.#tl0PicIdx = Math.floor(random() * 256);
    this.#keyIdx = Math.floor(random() * 32);
  }

  /** The next frame, captured at `ms`. */
  next(ms: number, isKey: boolean): SimulatedFrame {
    if (isKey) this.#place = 0;
    const place = this.#place;
    this.#place = (place + 1) % 4;
    const temporalLayer = [0, 2, 1, 2][place]!;
    if (temporalLayer === 0) this.#tl0PicIdx++;
    if (isKey) this.#keyIdx++;
    const index = this.#frames++;
    const needs = isKey ? [] : [temporalLayer === 2 && place === 3 ? this.#lastT1 : this.#lastT0];
    if (temporalLayer === 0) this.#lastT0 = index;
    if (temporalLayer === 1) this.#lastT1 = index;
    const frame: SimulatedFrame = {
      encoding: this.#encoding,
      index,
      isKey,
      temporalLayer,
      needs,
      packets: [],
    };
    const count = 1 + Math.floor(this.#random() * 4);
    for (let i = 0; i < count; i++)
      frame.packets.push(this.#packet(frame, ms, i === 0, i === count - 1, place));
    return frame;
  }

  #packet(
    frame: SimulatedFrame,
    ms: number,
    isStart: boolean,
    marker: boolean,
    place: number,
  ): SimulatedPacket {
    const index = this.#packets++;
    const payload = buildVp8({
      isStart,
      isKey: frame.isKey,
      pictureId: (this.#pictureIdStart + frame.index) % 32_768,
      tl0PicIdx: this.#tl0PicIdx & 0xff,
      keyIdx: this.#keyIdx & 31,
      temporalLayer: frame.temporalLayer,
      isSwitchUp: place === 1 || place === 2,
    });
    return {
      frame,
      index,
      isStart,
      sequenceNumber: (this.#sequenceStart + index) & 0xffff,
      timestamp: (this.#timestampStart + Math.round(ms * 90)) >>> 0,
      marker,
      payload,
      payloadLength: payload.length,
    };
  }
}
