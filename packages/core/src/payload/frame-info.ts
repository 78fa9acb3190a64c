/**
 * What a forwarding decision needs to know of one RTP payload, whatever its codec. One object is used again for every
 * packet: a parser overwrites all of it. Layers are counted from 0, the lowest.
 */
export class FrameInfo {
  /** The packet is the first of a frame; with spatial layers, of the frame of one layer. */
  startsFrame = false;
  /** The packet is the last of a frame, where the payload says so (VP9, dependency descriptor); else the RTP marker does. */
  endsFrame = false;
  /**
   * The packet belongs to a frame that can be decoded without any other. Codecs that say so in the first packet only
   * (VP8, and H.264 behind it) leave it false in the others: a switch asks for `startsKeyFrame`.
   */
  isKeyFrame = false;
  /** The first packet of a key frame: the earliest place where a decoder can begin. */
  startsKeyFrame = false;
  spatialLayer = 0;
  temporalLayer = 0;
  /**
   * From this frame on a receiver of lower temporal layers may take all layers up to this one; -1: it may not take
   * more than before.
   */
  temporalSwitchUpTo = -1;
  /** The frame needs no earlier picture, only lower spatial layers of its own: its layer can be begun with it. */
  isSpatialSwitchUp = false;
  /** Size in pixels where the packet tells it, else 0; with spatial layers, of the highest. */
  width = 0;
  height = 0;
  /** How many spatial layers' sizes the packet tells (VP9, dependency descriptor); they are in `layerWidths`, `layerHeights`. */
  sizedLayers = 0;
  readonly layerWidths = new Uint16Array(MAXIMUM_SPATIAL_LAYERS);
  readonly layerHeights = new Uint16Array(MAXIMUM_SPATIAL_LAYERS);
  /** Picture id as sent, -1 without one; `pictureIdBits` (7 or 15, 0 without) wide. */
  pictureId = -1;
  pictureIdBits = 0;
  /** TL0PICIDX (8 bits), -1 without one. */
  tl0PicIdx = -1;
  /** KEYIDX of VP8 (5 bits), -1 without one. */
  keyIdx = -1;
  /** Frame number of the dependency descriptor (16 bits), -1 without one. */
  frameNumber = -1;
  /** Where these stand, in bytes from the start of the payload; 0 (never a place of theirs) for those that are missing. */
  pictureIdOffset = 0;
  tl0PicIdxOffset = 0;
  keyIdxOffset = 0;

  /** The next spatial layer's size; the last one told is the highest layer's. */
  addLayerSize(width: number, height: number): void {
    if (this.sizedLayers === MAXIMUM_SPATIAL_LAYERS) return;
    this.layerWidths[this.sizedLayers] = width;
    this.layerHeights[this.sizedLayers] = height;
    this.sizedLayers++;
    this.width = width;
    this.height = height;
  }

  /** The packet is the first of a frame that begins everything anew. */
  markKeyFrameStart(): void {
    this.startsFrame = true;
    this.isKeyFrame = true;
    this.startsKeyFrame = true;
    this.isSpatialSwitchUp = true;
    this.temporalSwitchUpTo = ALL_LAYERS;
  }

  /** Back to what a packet of an unknown codec is: a part of some frame that can be left out nowhere. */
  reset(): void {
    this.startsFrame = false;
    this.endsFrame = false;
    this.isKeyFrame = false;
    this.startsKeyFrame = false;
    this.spatialLayer = 0;
    this.temporalLayer = 0;
    this.temporalSwitchUpTo = -1;
    this.isSpatialSwitchUp = false;
    this.width = 0;
    this.height = 0;
    this.sizedLayers = 0;
    this.pictureId = -1;
    this.pictureIdBits = 0;
    this.tl0PicIdx = -1;
    this.keyIdx = -1;
    this.frameNumber = -1;
    this.pictureIdOffset = 0;
    this.tl0PicIdxOffset = 0;
    this.keyIdxOffset = 0;
  }
}

/** Layers that the payload formats have room for. */
export const MAXIMUM_SPATIAL_LAYERS = 8;

/** Value of `temporalSwitchUpTo` where everything may begin. */
export const ALL_LAYERS = 7;
