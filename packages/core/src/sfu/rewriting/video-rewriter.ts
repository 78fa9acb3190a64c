import type { FrameInfo } from '../../payload/frame-info.js';
import { extendSequence } from '../../rtp/sequence.js';
import type { Instant } from '../../time/instant.js';
import type { CodecName } from '../media-parameters.js';
import { PacketHistory } from './packet-history.js';
import { PayloadPatch } from './payload-patch.js';
import { Timeline } from './timeline.js';
import type { RewritablePacket } from './verdict.js';
import { MAXIMUM_ENCODINGS, Verdict } from './verdict.js';

export interface VideoRewriterOptions {
  readonly codec: CodecName;
  readonly clockRate: number;
  /** The first outgoing sequence number: random, below 32768 (RFC 3711 section 3.3.1). */
  readonly firstSequence: number;
  /** The first outgoing timestamp: random, 32 bits. */
  readonly firstTimestamp: number;
  /** For how many outgoing packets `lookUp` remembers what was sent; a power of two. */
  readonly historyPackets?: number;
}

/**
 * What one subscriber gets of one video track: chooses packets of the encodings (simulcast) and layers (SVC) and numbers
 * them so that the subscriber sees one unbroken stream of one sender. A packet that is left out leaves no gap; one that
 * has not arrived does, and is put into it when it comes late.
 *
 * An encoding goes on until a key frame of the one that is wanted starts; from then on nothing of the old one is sent.
 * Output is in fields, valid until the next call. Allocates nothing per packet.
 */
export class VideoRewriter {
  /** Outgoing sequence number, extended: the low 16 bits go into the packet, the rest is the roll-over counter. */
  sequence = 0;
  timestamp = 0;
  marker = false;
  /** After `lookUp`: where the packet that was sent came from (sequence number of 16 bits). */
  sourceEncoding = -1;
  sourceSequence = 0;

  readonly #countsPictures: boolean;
  readonly #history: PacketHistory;
  readonly #timeline: Timeline;
  readonly #patch = new PayloadPatch();
  /** Highest sequence number seen of each encoding, extended; -1 before the first. */
  readonly #highest = new Float64Array(MAXIMUM_ENCODINGS).fill(-1);

  #targetEncoding = -1;
  #targetSpatialLayer = 0;
  #targetTemporalLayer = 0;
  /** What is forwarded now; -1: nothing. */
  #encoding = -1;
  #spatialLayer = 0;
  #temporalLayer = 0;
  /** A layer between what is forwarded and what is wanted was seen. */
  #higherLayerExists = false;

  /** First source sequence number of the current encoding that is forwarded; what is older belongs to nobody. */
  #firstSource = 0;
  /** Outgoing minus source sequence number of the newest packet. */
  #sequenceShift = 0;
  #lastSequence: number;
  #newestTimestamp = -1;
  #newestWasKept = false;

  #pictureIdShift = 0;
  #tl0PicIdxShift = 0;
  #keyIdxShift = 0;
  #frameNumberShift = 0;
  /** Newest values as the publisher wrote them; start values until there is one. */
  #newestPictureId: number;
  #newestTl0PicIdx: number;
  #newestKeyIdx: number;
  #newestFrameNumber: number;

  constructor(options: VideoRewriterOptions) {
    this.#countsPictures = options.codec === 'VP8';
    this.#history = new PacketHistory(options.historyPackets ?? 1024);
    this.#timeline = new Timeline(options.clockRate, options.firstTimestamp);
    this.#lastSequence = (options.firstSequence & 0xffff) - 1;
    this.#newestPictureId = options.firstSequence & 0x7fff;
    this.#newestTl0PicIdx = options.firstSequence & 0xff;
    this.#newestKeyIdx = options.firstSequence & 0x1f;
    this.#newestFrameNumber = options.firstSequence & 0xffff;
  }

  /** The encoding that is forwarded now, -1: none. */
  get encoding(): number {
    return this.#encoding;
  }

  get spatialLayer(): number {
    return this.#spatialLayer;
  }

  get temporalLayer(): number {
    return this.#temporalLayer;
  }

  /** The latest extended outgoing sequence number; one less than the first before anything went out. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /**
   * What is wanted from now on: an encoding (-1: nothing at all, at once) and of it the layers up to these. Fewer layers
   * come into force with the next picture; more, and another encoding, where the stream can be entered.
   */
  setTarget(encoding: number, spatialLayer: number, temporalLayer: number): void {
    if (encoding !== this.#targetEncoding || spatialLayer !== this.#targetSpatialLayer) {
      this.#higherLayerExists = false;
    }
    this.#targetEncoding = encoding;
    this.#targetSpatialLayer = spatialLayer;
    this.#targetTemporalLayer = temporalLayer;
    if (encoding < 0) this.#encoding = -1;
  }

  /** The encoding whose publisher is to be asked for a key frame so that what is wanted can begin; -1: none. */
  needsKeyFrameOf(): number {
    if (this.#targetEncoding !== this.#encoding) return this.#targetEncoding;
    return this.#higherLayerExists && this.#targetSpatialLayer > this.#spatialLayer ? this.#encoding : -1;
  }

  /** Sender report of an encoding (RFC 3550 section 6.4.1); `ntpMs` is its NTP time in milliseconds. */
  noteSenderReport(encoding: number, ntpMs: number, rtpTimestamp: number): void {
    this.#timeline.noteSenderReport(encoding, ntpMs, rtpTimestamp);
  }

  /** The outgoing timestamp at a moment of the publisher's NTP clock, for reports to the subscriber; -1: not known. */
  timestampAt(ntpMs: number): number {
    return this.#timeline.at(ntpMs);
  }

  /** The encoding comes with another SSRC: numbers and timestamps start anew, and a key frame is needed. */
  forgetEncoding(encoding: number): void {
    this.#highest[encoding] = -1;
    this.#timeline.forget(encoding);
    if (this.#encoding === encoding) this.#encoding = -1;
  }

  /** Every packet of every encoding that was received for the first time goes through here, in order of arrival. */
  accept(now: Instant, encoding: number, packet: RewritablePacket, info: FrameInfo): Verdict {
    const highest = this.#highest[encoding]!;
    const source =
      highest < 0 ? 0x10000 + packet.sequenceNumber : extendSequence(highest, packet.sequenceNumber);
    if (source > highest) this.#highest[encoding] = source;
    if (encoding === this.#encoding) {
      if (source > highest) return this.#acceptNewest(now, source, source - highest - 1, packet, info);
      return this.#acceptLate(source, packet, info);
    }
    if (encoding !== this.#targetEncoding || !info.startsKeyFrame || source <= highest) return Verdict.drop;
    this.#begin(now, encoding, source, packet, info);
    return this.#acceptNewest(now, source, 0, packet, info);
  }

  /** Puts the counters of the packet last accepted or looked up into a copy of its payload. */
  patchPayload(bytes: Uint8Array, payloadOffset: number): void {
    this.#patch.writePayload(bytes, payloadOffset);
  }

  /** The same for a copy of its dependency descriptor (the data of the header extension element). */
  patchDependencyDescriptor(bytes: Uint8Array, offset: number): void {
    this.#patch.writeDependencyDescriptor(bytes, offset);
  }

  /**
   * Whether a packet was sent under a sequence number (16 bits) and is still known; if so, the fields and `patchPayload`
   * are what they were when it was sent.
   */
  lookUp(outgoingSequence16: number): boolean {
    const outgoing = extendSequence(this.#lastSequence, outgoingSequence16);
    const history = this.#history;
    const at = history.findSent(outgoing);
    if (at < 0) return false;
    this.sequence = outgoing;
    this.timestamp = history.timestampAt(at);
    this.marker = history.markerAt(at);
    this.sourceEncoding = history.encodingAt(at);
    this.sourceSequence = history.sourceAt(at) & 0xffff;
    history.readPatch(at, this.#patch);
    return true;
  }

  #begin(now: Instant, encoding: number, source: number, packet: RewritablePacket, info: FrameInfo): void {
    this.#encoding = encoding;
    this.#spatialLayer = this.#targetSpatialLayer;
    this.#temporalLayer = this.#targetTemporalLayer;
    this.#firstSource = source;
    this.#sequenceShift = this.#lastSequence + 1 - source;
    this.#timeline.begin(now, encoding, packet.timestamp);
    this.#newestTimestamp = -1;
    // Each counter goes on behind what the subscriber has seen, or would have without loss.
    if (info.pictureId >= 0) {
      this.#pictureIdShift += this.#newestPictureId + 1 - info.pictureId;
      this.#newestPictureId = info.pictureId - 1;
    }
    if (info.tl0PicIdx >= 0) {
      this.#tl0PicIdxShift += this.#newestTl0PicIdx + 1 - info.tl0PicIdx;
    }
    if (info.keyIdx >= 0) this.#keyIdxShift += this.#newestKeyIdx + 1 - info.keyIdx;
    if (info.frameNumber >= 0) this.#frameNumberShift += this.#newestFrameNumber + 1 - info.frameNumber;
  }

  #acceptNewest(
    now: Instant,
    source: number,
    missing: number,
    packet: RewritablePacket,
    info: FrameInfo,
  ): Verdict {
    const spatialBefore = this.#spatialLayer;
    const temporalBefore = this.#temporalLayer;
    const pictureIdShiftBefore = this.#pictureIdShift;
    const isNewPicture = packet.timestamp !== this.#newestTimestamp;
    let isKept = false;
    if (packet.payloadLength > 0) {
      if (isNewPicture) this.#descend();
      if (info.startsFrame) this.#climb(info, isNewPicture);
      isKept = info.spatialLayer <= this.#spatialLayer && info.temporalLayer <= this.#temporalLayer;
      this.#countPicture(info, isKept);
      if (!isKept && this.#isWanted(info)) this.#higherLayerExists = true;
    }
    if (missing > 0) {
      // What is missing between two packets of one picture that are left out would be left out as well.
      if (!isKept && !isNewPicture && !this.#newestWasKept) this.#sequenceShift -= missing;
      else {
        const spatialLayer = Math.min(spatialBefore, this.#spatialLayer);
        const temporalLayer = Math.min(temporalBefore, this.#temporalLayer);
        this.#reserve(source, missing, pictureIdShiftBefore, spatialLayer, temporalLayer);
      }
    }
    if (packet.payloadLength > 0) {
      this.#newestTimestamp = packet.timestamp;
      this.#newestWasKept = isKept;
    }
    if (!isKept) {
      this.#sequenceShift--;
      this.#lastSequence = source + this.#sequenceShift;
      return Verdict.drop;
    }
    this.#lastSequence = source + this.#sequenceShift;
    this.#show(this.#lastSequence, source, packet, info, this.#pictureIdShift, this.#spatialLayer);
    this.#timeline.noteSent(now, this.timestamp);
    return Verdict.forward;
  }

  /** A packet for which a number was left, or one that nobody waits for. */
  #acceptLate(source: number, packet: RewritablePacket, info: FrameInfo): Verdict {
    const history = this.#history;
    const at = source < this.#firstSource ? -1 : history.findReserved(this.#encoding, source);
    if (at < 0) return Verdict.drop;
    const sequence = this.#lastSequence - ((this.#lastSequence - history.outgoingAt(at)) | 0);
    const spatialLayer = history.spatialLayerAt(at);
    const isKept =
      packet.payloadLength > 0 &&
      info.spatialLayer <= spatialLayer &&
      info.temporalLayer <= history.temporalLayerAt(at);
    if (isKept) {
      this.#show(sequence, source, packet, info, history.pictureIdShiftAt(at), spatialLayer);
      return Verdict.forward;
    }
    history.noteWithoutPayload(sequence);
    this.sequence = sequence;
    this.timestamp = this.#timeline.map(packet.timestamp);
    this.marker = false;
    return Verdict.fill;
  }

  /** Fills the fields for a packet that goes out, and remembers them. */
  #show(
    sequence: number,
    source: number,
    packet: RewritablePacket,
    info: FrameInfo,
    pictureIdShift: number,
    spatialLayer: number,
  ): void {
    const patch = this.#patch;
    patch.set(info, pictureIdShift, this.#tl0PicIdxShift, this.#keyIdxShift, this.#frameNumberShift);
    this.sequence = sequence;
    this.timestamp = this.#timeline.map(packet.timestamp);
    // Where higher spatial layers are left out, the last packet of the picture is another one.
    this.marker = packet.marker || (info.endsFrame && info.spatialLayer === spatialLayer);
    this.#history.noteSent(sequence, this.#encoding, source, this.timestamp, this.marker, patch);
  }

  /** Leaves outgoing numbers for the `missing` packets before `source`. */
  #reserve(
    source: number,
    missing: number,
    pictureIdShift: number,
    spatialLayer: number,
    temporalLayer: number,
  ): void {
    let first = source - missing;
    const capacity = this.#history.capacity;
    if (missing > capacity) {
      // No loss looks like this: the publisher's numbering jumped. One number shows that something is missing.
      first = source - 1;
      this.#sequenceShift -= missing - 1;
    }
    for (let lost = first; lost < source; lost++) {
      const outgoing = lost + this.#sequenceShift;
      this.#history.noteReserved(outgoing, this.#encoding, lost, pictureIdShift, spatialLayer, temporalLayer);
    }
  }

  /** With a new picture: fewer layers, if fewer are wanted. */
  #descend(): void {
    if (this.#targetEncoding !== this.#encoding) return;
    if (this.#targetSpatialLayer < this.#spatialLayer) this.#spatialLayer = this.#targetSpatialLayer;
    if (this.#targetTemporalLayer < this.#temporalLayer) this.#temporalLayer = this.#targetTemporalLayer;
  }

  /** With the first packet of a frame: more layers, if more are wanted and the frame is a place where they begin. */
  #climb(info: FrameInfo, isNewPicture: boolean): void {
    if (this.#targetEncoding !== this.#encoding) return;
    if (info.startsKeyFrame) {
      this.#spatialLayer = this.#targetSpatialLayer;
      this.#temporalLayer = this.#targetTemporalLayer;
      return;
    }
    if (
      info.isSpatialSwitchUp &&
      info.spatialLayer === this.#spatialLayer + 1 &&
      info.spatialLayer <= this.#targetSpatialLayer
    ) {
      this.#spatialLayer = info.spatialLayer;
    }
    // Within a picture it is too late: lower spatial layers of it were left out.
    if (!isNewPicture) return;
    const upTo = Math.min(info.temporalSwitchUpTo, this.#targetTemporalLayer);
    if (upTo > this.#temporalLayer && info.temporalLayer <= this.#temporalLayer + 1)
      this.#temporalLayer = upTo;
  }

  #isWanted(info: FrameInfo): boolean {
    return info.spatialLayer > this.#spatialLayer && info.spatialLayer <= this.#targetSpatialLayer;
  }

  /** Follows the counters of the newest packet; a VP8 picture that is left out has no id among those sent. */
  #countPicture(info: FrameInfo, isKept: boolean): void {
    if (info.pictureId >= 0) {
      const unused = 32 - info.pictureIdBits;
      const ahead = ((info.pictureId - this.#newestPictureId) << unused) >> unused;
      if (ahead > 0) {
        this.#newestPictureId = info.pictureId;
        if (!isKept && this.#countsPictures) this.#pictureIdShift--;
      }
    }
    if (info.tl0PicIdx >= 0) this.#newestTl0PicIdx = info.tl0PicIdx;
    if (info.keyIdx >= 0) this.#newestKeyIdx = info.keyIdx;
    if (info.frameNumber >= 0) this.#newestFrameNumber = info.frameNumber;
  }
}
