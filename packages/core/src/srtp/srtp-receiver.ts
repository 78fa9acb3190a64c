import { readU32 } from '../bytes/big-endian.js';
import type { SrtpTransform } from '../env/srtp.js';
import { ReplayWindow } from './replay-window.js';

/**
 * Why a packet was not taken. `auth`: not authentic (RTCP: or not encrypted); `replay`: received before; `tooOld`:
 * behind the replay window; `ssrcLimit`: of a source too many; `short`: no room for header, tag and index.
 */
export type SrtpDrop = 'auth' | 'replay' | 'tooOld' | 'ssrcLimit' | 'short';

/**
 * The receiving side of an SRTP session: one roll-over counter and one replay list for RTP and for RTCP of every
 * source (RFC 3711 sections 3.2.3 and 3.3). Only authentic packets make or change state, and no number of bad ones
 * ends the session.
 */
export class SrtpReceiver {
  readonly #transform: SrtpTransform;
  readonly #maximumSsrcs: number;
  readonly #sources = new Map<number, Source>();
  #lastDrop: SrtpDrop = 'auth';

  /** `maximumSsrcs` bounds the sources that are remembered, RTP and RTCP together; 64 unless told. */
  constructor(transform: SrtpTransform, options: { maximumSsrcs?: number } = {}) {
    this.#transform = transform;
    this.#maximumSsrcs = options.maximumSsrcs ?? 64;
  }

  /** Why the last call answered -1. */
  get lastDrop(): SrtpDrop {
    return this.#lastDrop;
  }

  /** Sources remembered. */
  get ssrcCount(): number {
    return this.#sources.size;
  }

  /**
   * Checks and decrypts the RTP packet of `length` bytes at `offset` in place. `headerLength` covers CSRCs and the
   * header extension; `ssrc` and `sequenceNumber` are what the header says. Answers the length without the tag, or -1
   * (`lastDrop` says why): then the bytes behind the header are worthless.
   */
  unprotectRtp(
    bytes: Uint8Array,
    offset: number,
    headerLength: number,
    length: number,
    ssrc: number,
    sequenceNumber: number,
  ): number {
    const transform = this.#transform;
    if (headerLength < RTP_HEADER_BYTES || length < headerLength + transform.rtpOverheadBytes)
      return this.#drop('short');
    const source = this.#sources.get(ssrc);
    if (source === undefined || source.highestSequence < 0) {
      if (source === undefined && this.#sources.size >= this.#maximumSsrcs) return this.#drop('ssrcLimit');
      const plain = transform.unprotectRtp(bytes, offset, headerLength, length, 0);
      if (plain < 0) return this.#drop('auth');
      const started = source ?? this.#remember(ssrc);
      started.highestSequence = sequenceNumber;
      started.rtp.add(sequenceNumber, RTP_WINDOW);
      return plain;
    }
    const rollOverCounter = estimateRollOverCounter(source, sequenceNumber);
    const turns = rollOverCounter - source.rollOverCounter;
    const distance = turns * 0x1_0000 + sequenceNumber - source.highestSequence;
    if (distance <= 0) {
      if (source.rtp.isTooOld(distance)) return this.#drop('tooOld');
      if (source.rtp.has(sequenceNumber)) return this.#drop('replay');
    }
    const plain = transform.unprotectRtp(bytes, offset, headerLength, length, rollOverCounter);
    if (plain < 0) return this.#drop('auth');
    source.rtp.add(sequenceNumber, distance);
    if (distance > 0) {
      source.rollOverCounter = rollOverCounter;
      source.highestSequence = sequenceNumber;
    }
    return plain;
  }

  /**
   * Checks and decrypts the compound RTCP packet of `length` bytes at `offset` in place. Answers the length without
   * index and tag, or -1 (`lastDrop` says why).
   */
  unprotectRtcp(bytes: Uint8Array, offset: number, length: number): number {
    const transform = this.#transform;
    if (length < RTCP_HEADER_BYTES + transform.rtcpOverheadBytes) return this.#drop('short');
    const ssrc = readU32(bytes, offset + 4);
    const index = readU32(bytes, offset + length - transform.rtcpIndexFromEnd) & 0x7fff_ffff;
    const source = this.#sources.get(ssrc);
    if (source === undefined && this.#sources.size >= this.#maximumSsrcs) return this.#drop('ssrcLimit');
    const distance = source === undefined ? RTCP_WINDOW : index - source.highestRtcpIndex;
    if (source !== undefined && distance <= 0) {
      if (source.rtcp.isTooOld(distance)) return this.#drop('tooOld');
      if (source.rtcp.has(index)) return this.#drop('replay');
    }
    const plain = transform.unprotectRtcp(bytes, offset, length);
    if (plain < 0) return this.#drop('auth');
    const known = source ?? this.#remember(ssrc);
    known.rtcp.add(index, distance);
    if (distance > 0) known.highestRtcpIndex = index;
    return plain;
  }

  /**
   * Forgets a source that has left. Packets of it that come later are those of a new one, with the roll-over counter
   * at zero; so this is not for a source that only pauses.
   */
  forgetSsrc(ssrc: number): void {
    this.#sources.delete(ssrc);
  }

  #remember(ssrc: number): Source {
    const source = new Source();
    this.#sources.set(ssrc, source);
    return source;
  }

  #drop(reason: SrtpDrop): -1 {
    this.#lastDrop = reason;
    return -1;
  }
}

const RTP_HEADER_BYTES = 12;
const RTCP_HEADER_BYTES = 8;
const RTP_WINDOW = 1024;
const RTCP_WINDOW = 128;

class Source {
  rollOverCounter = 0;
  /** -1 before the first RTP packet. */
  highestSequence = -1;
  highestRtcpIndex = -1;
  readonly rtp = new ReplayWindow(RTP_WINDOW);
  readonly rtcp = new ReplayWindow(RTCP_WINDOW);
}

/** RFC 3711 section 3.3.1; a source whose counter is at zero cannot have been before it. */
function estimateRollOverCounter(source: Source, sequenceNumber: number): number {
  const { rollOverCounter, highestSequence } = source;
  if (highestSequence < 0x8000)
    return sequenceNumber - highestSequence > 0x8000 && rollOverCounter > 0
      ? rollOverCounter - 1
      : rollOverCounter;
  return highestSequence - 0x8000 > sequenceNumber ? rollOverCounter + 1 : rollOverCounter;
}
