import type { BitReader } from './bit-reader.js';
import { MAXIMUM_SPATIAL_LAYERS } from './frame-info.js';

/** Limits of the syntax: 6 bits of template id, 5 of decode targets. */
export const MAXIMUM_TEMPLATES = 64;
export const MAXIMUM_DECODE_TARGETS = 32;
/** Temporal layers an AV1 stream can have. */
const MAXIMUM_TEMPORAL_LAYERS = 8;

/** Decode target indications (appendix A.4 of the RTP payload format for AV1). */
export const Indication = { notPresent: 0, discardable: 1, switch: 2, required: 3 } as const;

/**
 * The template dependency structure of a stream (RTP payload format for AV1, appendix A.8.3): what frames there are and
 * what they mean to whom. Of fixed size; `read` overwrites all of it.
 */
export class TemplateTable {
  /** Template ids count from here, modulo 64. */
  idOffset = 0;
  templates = 0;
  decodeTargets = 0;
  chains = 0;
  /** How many spatial layers have sizes; 0: not told. */
  sizedLayers = 0;
  readonly spatialLayer = new Uint8Array(MAXIMUM_TEMPLATES);
  readonly temporalLayer = new Uint8Array(MAXIMUM_TEMPLATES);
  /** How many frames a frame of the template refers to. */
  readonly references = new Uint8Array(MAXIMUM_TEMPLATES);
  /** An `Indication` per template and decode target, `MAXIMUM_DECODE_TARGETS` apart. */
  readonly indications = new Uint8Array(MAXIMUM_TEMPLATES * MAXIMUM_DECODE_TARGETS);
  /** Highest layers that belong to each decode target. */
  readonly targetSpatialLayer = new Uint8Array(MAXIMUM_DECODE_TARGETS);
  readonly targetTemporalLayer = new Uint8Array(MAXIMUM_DECODE_TARGETS);
  readonly widths = new Uint16Array(MAXIMUM_SPATIAL_LAYERS);
  readonly heights = new Uint16Array(MAXIMUM_SPATIAL_LAYERS);

  /** False where it is cut off or has more layers or templates than can be; the content means nothing then. */
  read(reader: BitReader): boolean {
    this.idOffset = reader.readBits(6);
    this.decodeTargets = reader.readBits(5) + 1;
    if (!this.#readLayers(reader)) return false;
    for (let template = 0; template < this.templates; template++) {
      for (let target = 0; target < this.decodeTargets; target++) {
        this.indications[template * MAXIMUM_DECODE_TARGETS + target] = reader.readBits(2);
      }
    }
    for (let template = 0; template < this.templates; template++) this.#readReferences(reader, template);
    this.#readChains(reader);
    this.#findTargetLayers();
    if (reader.readBit() === 1) this.#readSizes(reader);
    else this.sizedLayers = 0;
    return !reader.isBeyondEnd;
  }

  #readLayers(reader: BitReader): boolean {
    let spatial = 0;
    let temporal = 0;
    for (let template = 0; template < MAXIMUM_TEMPLATES; template++) {
      this.spatialLayer[template] = spatial;
      this.temporalLayer[template] = temporal;
      const next = reader.readBits(2);
      if (next === LAST_TEMPLATE) {
        this.templates = template + 1;
        return !reader.isBeyondEnd;
      }
      if (next === NEXT_TEMPORAL_LAYER) temporal++;
      else if (next === NEXT_SPATIAL_LAYER) {
        spatial++;
        temporal = 0;
      }
      if (spatial >= MAXIMUM_SPATIAL_LAYERS || temporal >= MAXIMUM_TEMPORAL_LAYERS) return false;
    }
    return false;
  }

  #readReferences(reader: BitReader, template: number): void {
    let count = 0;
    while (reader.readBit() === 1) {
      reader.readBits(4);
      count++;
    }
    this.references[template] = Math.min(count, 255);
  }

  /** Chains only tell receivers of loss; how many there are is needed to read on. */
  #readChains(reader: BitReader): void {
    this.chains = reader.readNonSymmetric(this.decodeTargets + 1);
    if (this.chains === 0) return;
    for (let target = 0; target < this.decodeTargets; target++) reader.readNonSymmetric(this.chains);
    for (let i = this.templates * this.chains; i > 0; i--) reader.readBits(4);
  }

  #findTargetLayers(): void {
    for (let target = 0; target < this.decodeTargets; target++) {
      let spatial = 0;
      let temporal = 0;
      for (let template = 0; template < this.templates; template++) {
        const indication = this.indications[template * MAXIMUM_DECODE_TARGETS + target];
        if (indication === Indication.notPresent) continue;
        spatial = Math.max(spatial, this.spatialLayer[template]!);
        temporal = Math.max(temporal, this.temporalLayer[template]!);
      }
      this.targetSpatialLayer[target] = spatial;
      this.targetTemporalLayer[target] = temporal;
    }
  }

  #readSizes(reader: BitReader): void {
    this.sizedLayers = this.spatialLayer[this.templates - 1]! + 1;
    for (let layer = 0; layer < this.sizedLayers; layer++) {
      this.widths[layer] = Math.min(reader.readBits(16) + 1, 0xffff);
      this.heights[layer] = Math.min(reader.readBits(16) + 1, 0xffff);
    }
  }
}

/** next_layer_idc; 0 is another template of the same layer. */
const NEXT_TEMPORAL_LAYER = 1;
const NEXT_SPATIAL_LAYER = 2;
const LAST_TEMPLATE = 3;
