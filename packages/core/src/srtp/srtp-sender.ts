import type { SrtpTransform } from '../env/srtp.js';

/**
 * The sending side of an SRTP session. It keeps the SRTCP index; the index of an RTP packet comes from its extended
 * sequence number, which whoever rewrites the header knows.
 */
export class SrtpSender {
  readonly #transform: SrtpTransform;
  #rtcpIndex = 0;

  constructor(transform: SrtpTransform) {
    this.#transform = transform;
  }

  /** Bytes that protection adds, for which the caller leaves room behind a packet. */
  get rtpOverheadBytes(): number {
    return this.#transform.rtpOverheadBytes;
  }

  get rtcpOverheadBytes(): number {
    return this.#transform.rtcpOverheadBytes;
  }

  /**
   * Protects the RTP packet of `length` bytes at `offset` in place and answers the new length. The low 16 bits of
   * `extendedSequence` are the sequence number in the header, the rest is the roll-over counter: the first packet of
   * an SSRC has an extended sequence number below 65536. No two different packets of an SSRC may have the same one,
   * or what is encrypted can be read. `source`: see `SrtpTransform.protectRtp`.
   */
  protectRtp(
    bytes: Uint8Array,
    offset: number,
    headerLength: number,
    length: number,
    extendedSequence: number,
    source = bytes,
    sourceOffset = offset + headerLength,
  ): number {
    return this.#transform.protectRtp(
      bytes,
      offset,
      headerLength,
      length,
      // Not a shift: an extended sequence number has up to 48 bits.
      Math.floor(extendedSequence / 0x1_0000),
      source,
      sourceOffset,
    );
  }

  /**
   * Protects the compound RTCP packet of `length` bytes at `offset` in place. Answers the new length; -1 when the keys
   * have protected the 2^31 packets they may (RFC 3711 section 9.2).
   */
  protectRtcp(bytes: Uint8Array, offset: number, length: number): number {
    if (this.#rtcpIndex > 0x7fff_ffff) return -1;
    return this.#transform.protectRtcp(bytes, offset, length, this.#rtcpIndex++);
  }
}
