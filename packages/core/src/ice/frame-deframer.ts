/** Takes one whole frame. The bytes are lent until it returns. */
export interface IceFrameHandler {
  handleFrame(bytes: Uint8Array, offset: number, length: number): void;
}

/** Octets of the length in front of each frame (RFC 4571 section 2). */
export const FRAME_HEADER_BYTES = 2;

/** Longest frame that is taken: no packet of a call is longer than a datagram on an Ethernet. */
export const MAXIMUM_ICE_FRAME_BYTES = 2048;

/**
 * Cuts the byte stream of an ICE-TCP connection into frames: a 16-bit length and that many octets (RFC 4571 section 2,
 * RFC 6544 section 3). A frame that lies whole inside a chunk is handed over in place; one that straddles chunks is
 * gathered. Empty frames are skipped.
 */
export class IceFrameDeframer {
  #gathered: Uint8Array = NOTHING;
  #gatheredLength = 0;
  #failed: 'no' | 'yes' = 'no';

  /**
   * Takes the next `length` bytes of the stream and hands every frame completed by them to `handler`. False when a frame
   * is too long: the place in the stream is given up, the connection is to be closed.
   */
  push(bytes: Uint8Array, offset: number, length: number, handler: IceFrameHandler): boolean {
    const end = offset + length;
    let at = offset;
    while (at < end && this.#failed === 'no') {
      if (this.#gatheredLength > 0) {
        at += this.#gather(bytes, at, end - at);
        this.#deliverGathered(handler);
        continue;
      }
      const frame = this.#frameLength(bytes, at, end - at);
      if (frame >= 0 && at + FRAME_HEADER_BYTES + frame <= end) {
        if (frame > 0) handler.handleFrame(bytes, at + FRAME_HEADER_BYTES, frame);
        at += FRAME_HEADER_BYTES + frame;
      } else at += this.#gather(bytes, at, end - at);
    }
    return this.#failed === 'no';
  }

  /** Copies what belongs to the frame being gathered; returns how many bytes that was. */
  #gather(bytes: Uint8Array, at: number, available: number): number {
    if (this.#gathered.length === 0)
      this.#gathered = new Uint8Array(FRAME_HEADER_BYTES + MAXIMUM_ICE_FRAME_BYTES);
    const frame = this.#frameLength(this.#gathered, 0, this.#gatheredLength);
    const target = FRAME_HEADER_BYTES + Math.max(frame, 0);
    const count = Math.min(available, target - this.#gatheredLength);
    for (let i = 0; i < count; i++) this.#gathered[this.#gatheredLength + i] = bytes[at + i]!;
    this.#gatheredLength += count;
    return count;
  }

  #deliverGathered(handler: IceFrameHandler): void {
    const frame = this.#frameLength(this.#gathered, 0, this.#gatheredLength);
    if (frame < 0 || this.#gatheredLength < FRAME_HEADER_BYTES + frame) return;
    this.#gatheredLength = 0;
    if (frame > 0) handler.handleFrame(this.#gathered, FRAME_HEADER_BYTES, frame);
  }

  /** The length in front of a frame; -1 while it is incomplete or when it is refused. */
  #frameLength(bytes: Uint8Array, at: number, available: number): number {
    if (available < FRAME_HEADER_BYTES) return -1;
    const length = (bytes[at]! << 8) | bytes[at + 1]!;
    if (length <= MAXIMUM_ICE_FRAME_BYTES) return length;
    this.#failed = 'yes';
    return -1;
  }
}

const NOTHING = new Uint8Array(0);
