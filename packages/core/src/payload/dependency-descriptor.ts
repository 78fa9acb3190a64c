import { readU16 } from '../bytes/big-endian.js';
import { BitReader } from './bit-reader.js';
import { Indication, MAXIMUM_DECODE_TARGETS, TemplateTable } from './dependency-structure.js';
import type { FrameInfo } from './frame-info.js';
import { ALL_LAYERS } from './frame-info.js';

/**
 * Reads the dependency descriptor, the header extension that tells an SFU of layers without a look into the payload (RTP
 * payload format for AV1, appendix A). One object per encoding: it keeps the template dependency structure of the last
 * key frame, in a fixed amount of memory (about 5 KB).
 */
export class DependencyDescriptorReader {
  /** Decode targets that are sent at the moment, a bit each, as the stream has told last; 0 before it has. */
  activeDecodeTargets = 0;

  #table = new TemplateTable();
  #spare = new TemplateTable();
  #hasTable = false;
  /** Frame number of the key frame the table came with. */
  #tableFrameNumber = 0;
  readonly #reader = new BitReader();
  /** Whether each decode target may be begun with the frame that is read. */
  readonly #indications = new Uint8Array(MAXIMUM_DECODE_TARGETS);

  /** The stream starts anew: what was told before no longer holds. */
  forget(): void {
    this.#hasTable = false;
    this.activeDecodeTargets = 0;
  }

  /**
   * Puts what the descriptor of `length` bytes at `offset` tells in place of what `info` has from the payload; picture
   * ids stay. False, and `info` unchanged, where it is malformed or refers to a structure that was not received. Never
   * throws, allocates nothing.
   */
  read(bytes: Uint8Array, offset: number, length: number, info: FrameInfo): boolean {
    if (length < MANDATORY_BYTES) return false;
    const head = bytes[offset]!;
    const frameNumber = readU16(bytes, offset + 1);
    const reader = this.#reader;
    reader.begin(bytes, offset + MANDATORY_BYTES, length - MANDATORY_BYTES);
    const flags = length > MANDATORY_BYTES ? reader.readBits(5) : 0;
    let table = this.#table;
    const hasOwnTable = (flags & HAS_STRUCTURE) !== 0;
    if (hasOwnTable) {
      table = this.#spare;
      if (!table.read(reader)) return false;
    } else if (!this.#hasTable) return false;
    let active = this.activeDecodeTargets;
    if (hasOwnTable) active = lowBits(table.decodeTargets);
    if ((flags & HAS_ACTIVE_TARGETS) !== 0) active = readMask(reader, table.decodeTargets);
    const template = ((head & 0x3f) - table.idOffset + 64) & 63;
    if (template >= table.templates) return false;
    this.#readIndications(table, template, (flags & HAS_OWN_INDICATIONS) !== 0);
    const references =
      (flags & HAS_OWN_REFERENCES) !== 0 ? this.#readReferences() : table.references[template]!;
    if ((flags & HAS_OWN_CHAINS) !== 0) for (let i = table.chains; i > 0; i--) reader.readBits(8);
    if (reader.isBeyondEnd) return false;
    if (!hasOwnTable || this.#keep(table, frameNumber)) this.activeDecodeTargets = active;
    const isKeyFrame = references === 0 && table.spatialLayer[template] === 0;
    fill(info, table, template, head, frameNumber);
    this.#fillSwitches(info, table);
    if (!hasOwnTable) info.isKeyFrame = isKeyFrame;
    else if (isKeyFrame && info.startsFrame) info.markKeyFrameStart();
    return true;
  }

  #readIndications(table: TemplateTable, template: number, areOwn: boolean): void {
    for (let target = 0; target < table.decodeTargets; target++) {
      this.#indications[target] = areOwn
        ? this.#reader.readBits(2)
        : table.indications[template * MAXIMUM_DECODE_TARGETS + target]!;
    }
  }

  /** Differences of frame numbers in one to three groups of four bits. */
  #readReferences(): number {
    let count = 0;
    let groups = this.#reader.readBits(2);
    while (groups !== 0) {
      this.#reader.readBits(4 * groups);
      count++;
      groups = this.#reader.readBits(2);
    }
    return count;
  }

  /** A structure that comes late, after the one of a later key frame, does not replace it. */
  #keep(table: TemplateTable, frameNumber: number): boolean {
    const behind = (this.#tableFrameNumber - frameNumber) & 0xffff;
    if (this.#hasTable && behind > 0 && behind < MOST_BEHIND) return false;
    this.#spare = this.#table;
    this.#table = table;
    this.#tableFrameNumber = frameNumber;
    this.#hasTable = true;
    return true;
  }

  /** Which layers can be begun with this frame: those of which all decode targets say so. */
  #fillSwitches(info: FrameInfo, table: TemplateTable): void {
    let switchUpTo = -1;
    let highest = -1;
    for (let target = 0; target < table.decodeTargets; target++) {
      if (table.targetSpatialLayer[target] !== info.spatialLayer) continue;
      const temporalLayer = table.targetTemporalLayer[target]!;
      highest = Math.max(highest, temporalLayer);
      if (this.#indications[target] === Indication.switch) switchUpTo = Math.max(switchUpTo, temporalLayer);
    }
    const isWhole = highest >= 0 && switchUpTo === highest;
    info.temporalSwitchUpTo = isWhole ? ALL_LAYERS : switchUpTo;
    info.isSpatialSwitchUp = isWhole;
  }
}

function fill(
  info: FrameInfo,
  table: TemplateTable,
  template: number,
  head: number,
  frameNumber: number,
): void {
  info.startsFrame = (head & START_OF_FRAME) !== 0;
  info.endsFrame = (head & END_OF_FRAME) !== 0;
  info.isKeyFrame = false;
  info.startsKeyFrame = false;
  info.spatialLayer = table.spatialLayer[template]!;
  info.temporalLayer = table.temporalLayer[template]!;
  info.frameNumber = frameNumber;
  if (table.sizedLayers === 0 || !info.startsFrame) return;
  info.sizedLayers = 0;
  for (let layer = 0; layer < table.sizedLayers; layer++) {
    info.addLayerSize(table.widths[layer]!, table.heights[layer]!);
  }
}

function lowBits(count: number): number {
  return count >= 32 ? 0xffff_ffff : (1 << count) - 1;
}

function readMask(reader: BitReader, bits: number): number {
  let mask = 0;
  for (let i = 0; i < bits; i++) mask = 2 * mask + reader.readBit();
  return mask;
}

const MANDATORY_BYTES = 3;
const START_OF_FRAME = 0x80;
const END_OF_FRAME = 0x40;

const HAS_STRUCTURE = 0x10;
const HAS_ACTIVE_TARGETS = 0x08;
const HAS_OWN_INDICATIONS = 0x04;
const HAS_OWN_REFERENCES = 0x02;
const HAS_OWN_CHAINS = 0x01;

/** Frames by which a structure can be late. */
const MOST_BEHIND = 1000;
