import { readU16, writeU16, writeU32 } from '../bytes/big-endian.js';
import { payloadParserOf } from '../payload/codec-parser.js';
import type { PayloadParser } from '../payload/codec-parser.js';
import { readRtcp } from '../rtcp/rtcp-reader.js';
import type { RtcpVisitor } from '../rtcp/rtcp-reader.js';
import { RtcpWriter } from '../rtcp/rtcp-writer.js';
import { TransportFeedbackRecorder } from '../rtcp/transport-feedback-writer.js';
import type { RtpPacketView } from '../rtp/rtp-packet-view.js';
import type { Instant } from '../time/instant.js';
import { after } from '../time/instant.js';
import type { ForwardedPacket } from './forwarded-packet.js';
import type { ForwardingBatch } from './forwarding-batch.js';
import type { Encoding, HeaderExtensions, ReceivedMedia } from './media-parameters.js';
import type { PublishedTrack } from './published-track.js';
import { ReceivedStream } from './received-stream.js';
import type { RoomTracks } from './room-tracks.js';
import type { RouterTransport } from './router-transport.js';
import { SfuDrop } from './sfu-counters.js';
import type { SfuCounters } from './sfu-counters.js';

/** What an up connection needs of the router. */
export interface UpLinkOptions {
  readonly tracks: RoomTracks;
  /** What comes is forwarded with it. */
  readonly batch: ForwardingBatch;
  readonly counters: SfuCounters;
  /** SSRC of our reports and requests. */
  readonly senderSsrc: number;
}

/** An m-section of the up connection. */
interface Section {
  media: ReceivedMedia;
  readonly track: PublishedTrack;
}

/** A stream, or the retransmissions of one. */
interface Source {
  readonly section: Section;
  readonly stream: ReceivedStream;
  readonly use: 'media' | 'retransmission';
}

/** What a payload type of this connection is. */
interface PayloadFormat {
  readonly parse: PayloadParser;
  readonly clockRate: number;
  readonly isRed: boolean;
  /** Of retransmissions: the payload type of what is sent again; else -1. */
  readonly associatedPayloadType: number;
}

/** One up connection: what a participant sends, sorted into streams, and what the sender is told about it. */
export class UpLink implements RtcpVisitor {
  transport: RouterTransport | undefined;
  readonly #options: UpLinkOptions;
  readonly #sources = new Map<number, Source>();
  readonly #streams: ReceivedStream[] = [];
  readonly #formats: (PayloadFormat | undefined)[] = [];
  readonly #feedback = new TransportFeedbackRecorder();
  readonly #rtcp = new RtcpWriter();
  #sections: readonly Section[] = [];
  #extensions: HeaderExtensions = {};
  #feedbackSsrc = 0;
  #feedbackDueAt = -Infinity as Instant;
  #reportDueAt = -Infinity as Instant;
  /** Time of the RTCP packet being read. */
  #now = -Infinity as Instant;

  constructor(options: UpLinkOptions) {
    this.#options = options;
  }

  get tracks(): readonly PublishedTrack[] {
    return this.#sections.map(({ track }) => track);
  }

  /** The m-sections, in place of those before. Streams of tracks that stay go on. */
  setReceived(media: readonly ReceivedMedia[]): void {
    const before = this.#sections;
    this.#sections = media.map((one) => {
      const track = this.#options.tracks.of(one);
      return before.find((section) => section.track === track) ?? { media: one, track };
    });
    for (const section of before) {
      if (this.#sections.includes(section)) continue;
      this.#forget(section.track);
      this.#withdraw(section);
    }
    this.#sections.forEach((section, index) => {
      const described = media[index]!;
      // Other encodings are other streams.
      if (JSON.stringify(section.media.encodings) !== JSON.stringify(described.encodings))
        this.#forget(section.track);
      section.media = described;
      section.track.describe(described);
    });
    this.#formats.length = 0;
    for (const { codecs, extensions } of media) {
      this.#extensions = { ...this.#extensions, ...extensions };
      for (const { name, payloadType, rtxPayloadType, clockRate } of codecs) {
        const parse = payloadParserOf(name);
        const isRed = name === 'red';
        this.#formats[payloadType] = { parse, clockRate, isRed, associatedPayloadType: -1 };
        if (rtxPayloadType !== undefined) {
          this.#formats[rtxPayloadType] = { parse, clockRate, isRed, associatedPayloadType: payloadType };
        }
      }
    }
  }

  /** Gives all its tracks up. */
  close(): void {
    for (const section of this.#sections) {
      this.#forget(section.track);
      this.#withdraw(section);
    }
    this.#sections = [];
    this.#sources.clear();
    this.#streams.length = 0;
  }

  /** A decrypted packet, its payload read. Its bytes may be changed in place, and stay until the batch is flushed. */
  handleRtp(now: Instant, view: RtpPacketView, arrivedAt: Instant): void {
    const { counters, batch } = this.#options;
    counters.receivedPackets++;
    counters.receivedBytes += view.length;
    this.#noteTransportSequence(arrivedAt, view);
    const format = this.#formats[view.payloadType];
    if (format === undefined) return this.#drop(SfuDrop.unknown_payload_type);
    const source = this.#sources.get(view.ssrc) ?? this.#recognise(now, view, format);
    if (source === undefined) return;
    const { stream, section } = source;
    if (source.use === 'media')
      stream.statistics.received(arrivedAt, view.sequenceNumber, view.timestamp, format.clockRate);
    if (source.use === 'retransmission') {
      // Padding alone probes the path.
      if (view.payloadLength === 0) return;
      if (!restore(view, stream.ssrc, format.associatedPayloadType))
        return this.#drop(SfuDrop.malformed_payload);
    }
    const extended = stream.extend(view.sequenceNumber);
    if (stream.gaps.received(now, extended) === 'duplicate') return this.#drop(SfuDrop.duplicate);
    const packet = batch.next(now);
    packet.view.copyFrom(view);
    packet.extendedSequence = extended;
    packet.locateExtensions(this.#extensions);
    if (view.payloadLength === 0) packet.info.reset();
    else if (!this.#read(stream, packet, format.parse)) return this.#drop(SfuDrop.malformed_payload);
    else if (format.isRed && !this.#readRed(packet)) return this.#drop(SfuDrop.malformed_payload);
    else this.#note(now, stream, packet);
    this.#noteLevel(now, section, packet);
    batch.add(section.track, stream);
  }

  handleRtcp(now: Instant, bytes: Uint8Array, offset: number, length: number): void {
    this.#now = now;
    if (!readRtcp(bytes, offset, length, this)) this.#drop(SfuDrop.malformed_rtcp);
  }

  /** Called every few milliseconds: asks for what is missing, and reports. */
  handleTimeout(now: Instant): void {
    const { transport } = this;
    if (transport?.isConnected !== true) return;
    const isReportDue = now >= this.#reportDueAt && this.#streams.length > 0;
    const isFeedbackDue = now >= this.#feedbackDueAt && this.#feedback.unreportedCount > 0;
    for (const stream of this.#streams) this.#request(now, transport, stream);
    if (isFeedbackDue) {
      this.#feedbackDueAt = after(now, FEEDBACK_INTERVAL_MS);
      this.#sendFeedback(now, transport);
    }
    if (isReportDue) {
      this.#reportDueAt = after(now, REPORT_INTERVAL_MS);
      this.#sendReport(now, transport);
    }
  }

  senderReport(ssrc: number, ntpSeconds: number, ntpFraction: number, rtpTimestamp: number): void {
    const source = this.#sources.get(ssrc);
    if (source?.use !== 'media') return;
    const { stream, section } = source;
    stream.statistics.senderReport(this.#now, ntpSeconds, ntpFraction);
    stream.clock.report(this.#now, ntpSeconds * 1000 + (ntpFraction * 1000) / 2 ** 32, rtpTimestamp);
    section.track.noteSenderReport(stream, rtpTimestamp);
  }

  bye(ssrc: number): void {
    const source = this.#sources.get(ssrc);
    if (source === undefined) return;
    this.#options.batch.flush(this.#now);
    this.#forget(source.section.track);
  }

  // What only senders are told does not concern this direction.
  receptionReport(): void {}
  nack(): void {}
  pictureLossIndication(): void {}
  fullIntraRequest(): void {}
  receiverEstimatedMaximumBitrate(): void {}
  transportFeedback(): void {}

  #noteTransportSequence(arrivedAt: Instant, view: RtpPacketView): void {
    const id = this.#extensions.transportWideCc;
    if (id === undefined) return;
    const at = view.findExtension(id);
    if (at < 0 || view.extensionLength < 2) return;
    this.#feedbackSsrc = view.ssrc;
    this.#feedback.arrived(arrivedAt, readU16(view.bytes, at));
  }

  /** What the payload and the dependency descriptor say. */
  #read(stream: ReceivedStream, packet: ForwardedPacket, parse: PayloadParser): boolean {
    const { view, info, dependencyDescriptorOffset, dependencyDescriptorLength } = packet;
    if (!parse(view.bytes, view.payloadOffset, view.payloadLength, info)) return false;
    if (dependencyDescriptorOffset < 0) return true;
    // Without the structure, which comes with a key frame, it tells nothing: the payload alone counts then.
    stream.descriptor.read(view.bytes, dependencyDescriptorOffset, dependencyDescriptorLength, info);
    return true;
  }

  /** The blocks of redundant audio data (RFC 2198); what they repeat has to be something else. */
  #readRed({ view, red }: ForwardedPacket): boolean {
    if (!red.parse(view.bytes, view.payloadOffset, view.payloadLength)) return false;
    return this.#formats[red.payloadType]?.isRed === false;
  }

  /** How loud the sound of a microphone is (RFC 6464: seven bits below the one for voice activity). */
  #noteLevel(now: Instant, { media }: Section, { view, audioLevelOffset }: ForwardedPacket): void {
    if (audioLevelOffset < 0 || media.source !== 'microphone' || media.muted) return;
    const level = view.bytes[audioLevelOffset]! & 0x7f;
    this.#options.tracks.speaker.heard(now, media.participantId, level);
  }

  /** Rate, size and copy of a packet. */
  #note(now: Instant, stream: ReceivedStream, { view, info, extendedSequence }: ForwardedPacket): void {
    stream.lastPacketAt = now;
    stream.rates.count(now, info.spatialLayer, info.temporalLayer, view.payloadLength);
    if (info.sizedLayers > 0) {
      stream.width = info.layerWidths[info.sizedLayers - 1]!;
      stream.height = info.layerHeights[info.sizedLayers - 1]!;
    } else if (info.width > 0) {
      stream.width = info.width;
      stream.height = info.height;
    }
    if (info.startsKeyFrame) {
      stream.keyFrames.arrived();
      // Nothing before it is needed any more.
      stream.gaps.forgetBefore(extendedSequence);
    }
    // Without the padding, which is nobody's business.
    view.bytes[view.offset]! &= ~PADDING_BIT;
    const length = view.payloadOffset + view.payloadLength - view.offset;
    stream.cache.add(now, extendedSequence, view.bytes, view.offset, length);
  }

  /** Whose a new SSRC is: of the description, or of the MID and RID the packet carries (RFC 8843, RFC 8852). */
  #recognise(now: Instant, view: RtpPacketView, format: PayloadFormat): Source | undefined {
    if (this.#sources.size >= MAXIMUM_SSRCS) return this.#refuse(SfuDrop.ssrc_limit);
    const use = format.associatedPayloadType < 0 ? 'media' : 'retransmission';
    const place = this.#placeBySsrc(view.ssrc, use) ?? this.#placeByIds(view, use);
    if (place === undefined) return this.#refuse(SfuDrop.unknown_ssrc);
    const { section, encoding } = place;
    let stream = section.track.streams[encoding];
    // A stream that begins anew under another SSRC is another one.
    if (use === 'media' && stream !== undefined && stream.ssrc !== view.ssrc) {
      // A stream costs memory: nobody needs a new one many times a second.
      if (now - stream.beganAt < LEAST_STREAM_MS) return this.#refuse(SfuDrop.unknown_ssrc);
      this.#options.batch.flush(now);
      this.#forgetStream(section.track, stream);
      stream = undefined;
    }
    if (stream === undefined) {
      if (use === 'retransmission') return this.#refuse(SfuDrop.unknown_ssrc);
      const { kind, encodings } = section.media;
      const rid = encodings[encoding]?.rid ?? '';
      const { clockRate } = format;
      stream = new ReceivedStream({ now, ssrc: view.ssrc, encoding, rid, clockRate, kind });
      section.track.streams[encoding] = stream;
      this.#streams.push(stream);
    }
    if (use === 'retransmission') this.#forgetRetransmissions(stream);
    const source: Source = { section, stream, use };
    this.#sources.set(view.ssrc, source);
    return source;
  }

  /** They come under another SSRC from now on. */
  #forgetRetransmissions(stream: ReceivedStream): void {
    for (const [ssrc, source] of this.#sources) {
      if (source.stream === stream && source.use === 'retransmission') this.#sources.delete(ssrc);
    }
  }

  #placeBySsrc(ssrc: number, use: Source['use']): Place | undefined {
    for (const section of this.#sections) {
      const isIt = (one: Encoding): boolean => (use === 'media' ? one.ssrc : one.rtxSsrc) === ssrc;
      const encoding = section.media.encodings.findIndex(isIt);
      if (encoding >= 0) return { section, encoding };
    }
    return undefined;
  }

  #placeByIds(view: RtpPacketView, use: Source['use']): Place | undefined {
    const { mid: midId, rid: ridId, repairedRid } = this.#extensions;
    const mid = readText(view, midId);
    if (mid === undefined) return undefined;
    const section = this.#sections.find((one) => one.media.mid === mid);
    if (section === undefined) return undefined;
    const { encodings } = section.media;
    const rid = readText(view, use === 'media' ? ridId : repairedRid);
    if (rid === undefined)
      return encodings.length === 1 && encodings[0]!.rid === undefined ? { section, encoding: 0 } : undefined;
    const encoding = encodings.findIndex((one) => one.rid === rid);
    return encoding < 0 ? undefined : { section, encoding };
  }

  /** NACK for what is missing, PLI where only a key frame helps. */
  #request(now: Instant, transport: RouterTransport, stream: ReceivedStream): void {
    const { gaps, keyFrames } = stream;
    if (gaps.isHopeless) {
      gaps.forgetBefore(stream.highestSequence + 1);
      keyFrames.want();
    }
    const missing = gaps.missingCount > 0 ? gaps.due(now, transport.roundTripMs || GUESSED_ROUND_TRIP_MS) : 0;
    const isKeyFrameDue = keyFrames.due(now);
    if (missing === 0 && !isKeyFrameDue) return;
    if (!transport.beginPacket(RTCP_CAPACITY)) return;
    const { senderSsrc, counters } = this.#options;
    const rtcp = this.#rtcp;
    rtcp.start(transport.slotBytes, transport.slotOffset, RTCP_CAPACITY);
    if (missing > 0) {
      rtcp.nack(senderSsrc, stream.ssrc, gaps.requests, missing);
      counters.nacksSent += missing;
    }
    if (isKeyFrameDue) {
      rtcp.pictureLossIndication(senderSsrc, stream.ssrc);
      counters.keyFrameRequestsSent++;
    }
    transport.sendRtcp(rtcp.length);
  }

  #sendFeedback(now: Instant, transport: RouterTransport): void {
    // Gaps of thousands, and what came late, take a packet of their own.
    for (let packets = 0; packets < MAXIMUM_FEEDBACK_PACKETS; packets++) {
      if (!transport.beginPacket(RTCP_CAPACITY)) return;
      const { slotBytes, slotOffset } = transport;
      const { senderSsrc } = this.#options;
      const length = this.#feedback.write(
        now,
        senderSsrc,
        this.#feedbackSsrc,
        slotBytes,
        slotOffset,
        RTCP_CAPACITY,
      );
      if (length === 0) {
        transport.dropPacket();
        return;
      }
      transport.sendRtcp(length);
    }
  }

  #sendReport(now: Instant, transport: RouterTransport): void {
    if (!transport.beginPacket(RTCP_CAPACITY)) return;
    const rtcp = this.#rtcp;
    rtcp.start(transport.slotBytes, transport.slotOffset, RTCP_CAPACITY);
    rtcp.receiverReport(this.#options.senderSsrc);
    for (const { statistics } of this.#streams) statistics.writeBlock(now, rtcp);
    transport.sendRtcp(rtcp.length);
  }

  /** The track is not sent here any more. */
  #withdraw({ track, media }: Section): void {
    // Another connection of the publisher may send it by now.
    if (track.media === media) track.describe(undefined);
    if (media.source === 'microphone') this.#options.tracks.speaker.forget(media.participantId);
    this.#options.tracks.release(track);
  }

  #forget(track: PublishedTrack): void {
    for (const stream of track.streams) if (stream !== undefined) this.#forgetStream(track, stream);
  }

  #forgetStream(track: PublishedTrack, stream: ReceivedStream): void {
    const at = this.#streams.indexOf(stream);
    if (at < 0) return;
    this.#streams.splice(at, 1);
    for (const [ssrc, source] of this.#sources) if (source.stream === stream) this.#sources.delete(ssrc);
    track.forgetStream(stream);
  }

  #drop(reason: number): void {
    this.#options.counters.drops[reason]!++;
  }

  #refuse(reason: number): undefined {
    this.#drop(reason);
  }
}

interface Place {
  readonly section: Section;
  readonly encoding: number;
}

/**
 * Makes what was sent again of its retransmission (RFC 4588 section 4), in place: the header moves over the original
 * sequence number. False when there is none.
 */
function restore(view: RtpPacketView, ssrc: number, payloadType: number): boolean {
  if (view.payloadLength < ORIGINAL_SEQUENCE_BYTES) return false;
  const { bytes, offset, payloadOffset } = view;
  const sequenceNumber = readU16(bytes, payloadOffset);
  bytes.copyWithin(offset + ORIGINAL_SEQUENCE_BYTES, offset, payloadOffset);
  const at = offset + ORIGINAL_SEQUENCE_BYTES;
  bytes[at + 1] = (bytes[at + 1]! & 0x80) | payloadType;
  writeU16(bytes, at + 2, sequenceNumber);
  writeU32(bytes, at + 8, ssrc);
  const length = view.length - ORIGINAL_SEQUENCE_BYTES;
  return view.parseHeader(bytes, at, length) && view.readPayload(length) && view.payloadLength > 0;
}

/** A short text of a header extension (RFC 8852 section 4), undefined where there is none. */
function readText(view: RtpPacketView, id: number | undefined): string | undefined {
  const at = id === undefined ? -1 : view.findExtension(id);
  if (at < 0) return undefined;
  let text = '';
  for (let i = 0; i < view.extensionLength; i++) text += String.fromCharCode(view.bytes[at + i]!);
  return text;
}

const PADDING_BIT = 0x20;
const ORIGINAL_SEQUENCE_BYTES = 2;
/** Media and retransmissions (threat M5). */
const MAXIMUM_SSRCS = 32;
const LEAST_STREAM_MS = 200;
const RTCP_CAPACITY = 1200;
/** Until it is measured. */
const GUESSED_ROUND_TRIP_MS = 100;
const FEEDBACK_INTERVAL_MS = 50;
const REPORT_INTERVAL_MS = 1000;
const MAXIMUM_FEEDBACK_PACKETS = 4;
