import { writeU16 } from '@madang/core/bytes/big-endian';
import { RtpHeaderWriter } from '@madang/core/rtp/rtp-header-writer';
import type { RtcpWriter } from '@madang/core/rtcp/rtcp-writer';
import type { Instant } from '@madang/core/time/instant';
import { SENT_EXTENSION_ID } from './client-description.js';
import { STAMP_BYTES, writeStamp } from './payload-stamp.js';
import type { MediaPeer } from './peer/media-peer.js';

/** What one stream looks like on the wire. */
export interface StreamShape {
  readonly kind: 'audio' | 'video';
  readonly packetsPerSecond: number;
  readonly payloadBytes: number;
  readonly framesPerSecond: number;
  /** See `MediaShape`. The later packets of a frame have an octet more then: packetizers split frames about equally. */
  readonly spacing: 'even' | 'frames';
  /** Of the picture, in pixels; 0 for audio. */
  readonly width: number;
  readonly height: number;
}

export interface SentStreamOptions {
  readonly shape: StreamShape;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly mid: string;
  /** Of a simulcast encoding, else ''. */
  readonly rid: string;
  /** When its first packet is due; streams of many publishers should not all be due together. */
  readonly beginAt: Instant;
}

/**
 * One RTP stream that is made up: packets in even steps or frame by frame, in frames of VP8 with descriptors,
 * picture ids and key frames, or of Opus. The last octets of each payload say when it was sent.
 */
export class SentStream {
  readonly ssrc: number;
  sentPackets = 0;
  sentBytes = 0;
  keyFrames = 0;
  readonly #options: SentStreamOptions;
  readonly #header = new RtpHeaderWriter();
  readonly #mid: Uint8Array;
  readonly #rid: Uint8Array;
  /** What stands behind descriptor and frame header, whatever the packet. */
  readonly #filling: Uint8Array;
  #intervalMs: number;
  readonly #packetsPerFrame: number;
  readonly #clockRate: number;
  #dueAt: number;
  #sequence: number;
  #timestamp: number;
  #packetOfFrame = 0;
  #pictureId: number;
  #isKeyFrame = true;
  #wantsKeyFrame = true;

  constructor(options: SentStreamOptions) {
    const { shape, ssrc } = options;
    this.#options = options;
    this.ssrc = ssrc;
    this.#mid = Buffer.from(options.mid);
    this.#rid = Buffer.from(options.rid);
    // With one more, which the stamp overwrites where a packet does not have it.
    this.#filling = new Uint8Array(shape.payloadBytes - PREFIX_BYTES - STAMP_BYTES + 1).fill(0x5a);
    this.#intervalMs = 1000 / shape.packetsPerSecond;
    this.#packetsPerFrame = Math.max(1, Math.round(shape.packetsPerSecond / shape.framesPerSecond));
    this.#clockRate = shape.kind === 'video' ? 90_000 : 48_000;
    this.#dueAt = options.beginAt;
    this.#sequence = ssrc & 0x7fff;
    this.#timestamp = (ssrc * 7) >>> 0;
    this.#pictureId = ssrc & 0x7fff;
  }

  get kind(): 'audio' | 'video' {
    return this.#options.shape.kind;
  }

  /** `share` (above 0) of the packets of its shape are sent from now on. */
  setPace(share: number): void {
    this.#intervalMs = 1000 / (this.#options.shape.packetsPerSecond * share);
  }

  /** The receiver can decode nothing until a key frame comes. */
  requestKeyFrame(): void {
    this.#wantsKeyFrame = true;
  }

  /**
   * Sends what is due, with transport-wide sequence numbers from `transportSequence` on; answers the next one. What is
   * due for longer than a generator may be late is left out: a burst would be no test of anything.
   */
  sendDue(now: Instant, peer: MediaPeer, transportSequence: number): number {
    if (now - this.#dueAt > LATEST_MS) this.#dueAt = now;
    while (this.#dueAt <= now) {
      const isGone = this.#send(peer, transportSequence);
      if (isGone) transportSequence = (transportSequence + 1) & 0xffff;
      // The rest of a frame is due with its first packet.
      if (this.#options.shape.spacing === 'even' || !isGone) this.#dueAt += this.#intervalMs;
      else if (this.#packetOfFrame === 0) this.#dueAt += this.#packetsPerFrame * this.#intervalMs;
    }
    return transportSequence;
  }

  /** A sender report at `unixMs` of the wall clock (RFC 3550 section 6.4.1). */
  writeSenderReport(unixMs: number, into: RtcpWriter): void {
    const seconds = unixMs / 1000 + SECONDS_FROM_1900_TO_1970;
    const fraction = Math.floor((seconds % 1) * 2 ** 32);
    const { sentPackets, sentBytes } = this;
    into.senderReport(this.ssrc, Math.floor(seconds), fraction, this.#timestamp, sentPackets, sentBytes);
  }

  #send(peer: MediaPeer, transportSequence: number): boolean {
    const { shape, payloadType } = this.#options;
    const payloadBytes = this.#payloadBytes;
    if (!peer.beginPacket(HEADER_BYTES + payloadBytes + 1)) return false;
    if (this.#packetOfFrame === 0) this.#beginFrame();
    const { slotBytes: bytes, slotOffset: offset } = peer;
    const isLast = this.#packetOfFrame === this.#packetsPerFrame - 1;
    const header = this.#header;
    const marker = shape.kind === 'video' && isLast;
    const sequence = this.#sequence++;
    header.begin(bytes, offset, payloadType, marker, sequence & 0xffff, this.#timestamp, this.ssrc);
    header.addExtension(SENT_EXTENSION_ID.mid, this.#mid, 0, this.#mid.length);
    if (this.#rid.length > 0) header.addExtension(SENT_EXTENSION_ID.rid, this.#rid, 0, this.#rid.length);
    writeU16(bytes, header.reserveExtension(SENT_EXTENSION_ID.transportWideCc, 2), transportSequence);
    const headerLength = header.end();
    const payloadAt = offset + headerLength;
    if (shape.kind === 'video') this.#writeVp8(bytes, payloadAt);
    else bytes.fill(OPUS_TOC, payloadAt, payloadAt + PREFIX_BYTES);
    bytes.set(this.#filling, payloadAt + PREFIX_BYTES);
    writeStamp(bytes, payloadAt + payloadBytes - STAMP_BYTES, performance.now());
    peer.sendRtp(headerLength, headerLength + payloadBytes, sequence);
    this.#packetOfFrame = isLast ? 0 : this.#packetOfFrame + 1;
    this.sentPackets++;
    this.sentBytes += payloadBytes;
    return true;
  }

  get #payloadBytes(): number {
    const { spacing, payloadBytes } = this.#options.shape;
    return spacing === 'frames' && 2 * this.#packetOfFrame > this.#packetsPerFrame
      ? payloadBytes + 1
      : payloadBytes;
  }

  #beginFrame(): void {
    const frameMs = this.#packetsPerFrame * this.#intervalMs;
    this.#timestamp = (this.#timestamp + Math.round((frameMs * this.#clockRate) / 1000)) >>> 0;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    this.#isKeyFrame = this.#wantsKeyFrame;
    this.#wantsKeyFrame = false;
    if (this.#isKeyFrame) this.keyFrames++;
  }

  /** Descriptor with picture id, TL0PICIDX and temporal layer 0 (RFC 7741 section 4.2), frame header behind the first. */
  #writeVp8(bytes: Uint8Array, at: number): void {
    const isFirst = this.#packetOfFrame === 0;
    const { width, height } = this.#options.shape;
    bytes[at] = isFirst ? 0x90 : 0x80;
    bytes[at + 1] = 0xe0;
    writeU16(bytes, at + 2, 0x8000 | this.#pictureId);
    bytes[at + 4] = this.#pictureId & 0xff;
    bytes[at + 5] = 0;
    bytes.fill(0x5a, at + 6, at + PREFIX_BYTES);
    if (!isFirst) return;
    bytes[at + 6] = this.#isKeyFrame ? 0x10 : 0x11;
    if (!this.#isKeyFrame) return;
    bytes[at + 9] = 0x9d;
    bytes[at + 10] = 0x01;
    bytes[at + 11] = 0x2a;
    bytes[at + 12] = width & 0xff;
    bytes[at + 13] = width >> 8;
    bytes[at + 14] = height & 0xff;
    bytes[at + 15] = height >> 8;
  }
}

/** The least a payload needs. */
export const LEAST_PAYLOAD_BYTES = 40;
/** Fixed header and our extensions. */
const HEADER_BYTES = 48;
/** Descriptor and frame header of VP8 (RFC 6386 section 9.1). */
const PREFIX_BYTES = 16;
/** SILK wideband, 20 ms, mono, one frame (RFC 6716 section 3.1). */
const OPUS_TOC = 0x48;
const LATEST_MS = 200;
const SECONDS_FROM_1900_TO_1970 = 2_208_988_800;
