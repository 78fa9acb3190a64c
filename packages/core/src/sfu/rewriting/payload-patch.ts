import type { FrameInfo } from '../../payload/frame-info.js';

/**
 * The counters inside of one outgoing packet that differ from what the publisher wrote: picture id, TL0PICIDX and KEYIDX
 * of VP8 (RFC 7741) and VP9 (RFC 9628), frame number of the dependency descriptor. Used again for every packet.
 */
export class PayloadPatch {
  pictureId = 0;
  tl0PicIdx = 0;
  keyIdx = 0;
  /** -1: there is none. */
  frameNumber = -1;
  /** Width in bits: 7, 15, or 0 without one. */
  pictureIdBits = 0;
  /** In bytes from the start of the payload; 0: there is none. */
  pictureIdOffset = 0;
  tl0PicIdxOffset = 0;
  keyIdxOffset = 0;

  /** Where the counters stand in the packet `info` tells of, and what is to be added to each. */
  set(
    info: FrameInfo,
    pictureIdShift: number,
    tl0PicIdxShift: number,
    keyIdxShift: number,
    frameNumberShift: number,
  ): void {
    this.pictureId = (info.pictureId + pictureIdShift) & 0x7fff;
    this.tl0PicIdx = (info.tl0PicIdx + tl0PicIdxShift) & 0xff;
    this.keyIdx = (info.keyIdx + keyIdxShift) & 0x1f;
    this.frameNumber = info.frameNumber < 0 ? -1 : (info.frameNumber + frameNumberShift) & 0xffff;
    this.pictureIdBits = info.pictureIdBits;
    this.pictureIdOffset = info.pictureIdOffset;
    this.tl0PicIdxOffset = info.tl0PicIdxOffset;
    this.keyIdxOffset = info.keyIdxOffset;
  }

  /** Writes the counters into a copy of the payload at `payloadOffset`. */
  writePayload(bytes: Uint8Array, payloadOffset: number): void {
    if (this.pictureIdOffset !== 0) {
      const at = payloadOffset + this.pictureIdOffset;
      if (this.pictureIdBits === 7) bytes[at] = this.pictureId & 0x7f;
      else {
        bytes[at] = 0x80 | (this.pictureId >> 8);
        bytes[at + 1] = this.pictureId;
      }
    }
    if (this.tl0PicIdxOffset !== 0) bytes[payloadOffset + this.tl0PicIdxOffset] = this.tl0PicIdx;
    if (this.keyIdxOffset !== 0) {
      const at = payloadOffset + this.keyIdxOffset;
      bytes[at] = (bytes[at]! & 0xe0) | this.keyIdx;
    }
  }

  /**
   * Writes the frame number into a copy of a dependency descriptor whose first byte is at `offset`. One that was not read
   * when the packet came stays as it is.
   */
  writeDependencyDescriptor(bytes: Uint8Array, offset: number): void {
    if (this.frameNumber < 0) return;
    bytes[offset + 1] = this.frameNumber >> 8;
    bytes[offset + 2] = this.frameNumber;
  }
}
