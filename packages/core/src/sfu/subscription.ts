import { SentKind } from '../cc/send-history.js';
import { extendSequence } from '../rtp/sequence.js';
import type { Instant } from '../time/instant.js';
import type { DownLink } from './down-link.js';
import type { ForwardedPacket } from './forwarded-packet.js';
import type { SentMedia } from './media-parameters.js';
import type { PublishedTrack } from './published-track.js';
import type { ReceivedStream } from './received-stream.js';
import { ResendBudget } from './resend-budget.js';
import { AudioRewriter } from './rewriting/audio-rewriter.js';
import { VideoRewriter } from './rewriting/video-rewriter.js';
import { Verdict } from './rewriting/verdict.js';

/** Random numbers a subscription begins with. */
export interface FirstNumbers {
  /** Below 32768, so that a loss at the beginning does not hide a roll-over (RFC 3711 section 3.3.1). */
  readonly sequence: number;
  readonly rtxSequence: number;
  readonly timestamp: number;
}

/** One track as one subscriber gets it: an m-section of a down connection. */
export class Subscription {
  readonly track: PublishedTrack;
  readonly midBytes: Uint8Array;
  /** Undefined for audio, and for video until the codec is known. */
  video: VideoRewriter | undefined;
  /** The encoding this subscriber could make use of; -1: none. */
  wantedEncoding = -1;
  /** What the subscriber shows: pixels of the screen; 0: not known. */
  width = 0;
  height = 0;
  /** For sender reports (RFC 3550 section 6.4.1): of media, without headers and padding. */
  packetCount = 0;
  octetCount = 0;
  /** Its number on its link, for what waits to be sent. */
  readonly slot: number;
  readonly #link: DownLink;
  readonly #first: FirstNumbers;
  readonly #audio: AudioRewriter | undefined;
  #media: SentMedia;
  #isWanted = true;
  /** Ours for each payload type of the publisher, NOT_TAKEN, or UNKNOWN until it is looked up. */
  readonly #payloadTypes = new Int16Array(128);
  /** The one looked up last, and what was found. */
  #receivedPayloadType = -1;
  #ownPayloadType = NOT_TAKEN;
  /** Payload type of retransmissions for each of ours. */
  readonly #rtxPayloadTypes = new Int16Array(128);
  /** The payload type of redundant audio data that reaches this subscriber without redundancy; -1: none. */
  #unwrapped = -1;
  #rtxSequence: number;
  readonly #resends = new ResendBudget();

  constructor(options: {
    link: DownLink;
    slot: number;
    track: PublishedTrack;
    media: SentMedia;
    first: FirstNumbers;
  }) {
    const { media, first } = options;
    this.slot = options.slot;
    this.#link = options.link;
    this.track = options.track;
    this.#media = media;
    this.#first = first;
    this.#rtxSequence = first.rtxSequence;
    this.midBytes = Uint8Array.from(media.mid, (character) => character.charCodeAt(0));
    if (media.kind === 'audio') {
      const { sequence: firstSequence, timestamp: firstTimestamp } = first;
      this.#audio = new AudioRewriter({ clockRate: AUDIO_CLOCK_RATE, firstSequence, firstTimestamp });
    }
    this.#useCodecs();
    this.#pauseOrResume();
  }

  get media(): SentMedia {
    return this.#media;
  }

  /** Nothing is to be sent: it is not wanted, or its publisher has muted it. */
  get isPaused(): boolean {
    return !this.#isWanted || this.track.media?.muted === true;
  }

  /** The timestamp this subscriber sees at a moment of the publisher's clock; -1: not known. */
  timestampAt(ntpMs: number): number {
    return this.#audio?.timestampAt(ntpMs) ?? this.video?.timestampAt(ntpMs) ?? -1;
  }

  noteSenderReport(encoding: number, ntpMs: number, rtpTimestamp: number): void {
    this.#audio?.noteSenderReport(ntpMs, rtpTimestamp);
    this.video?.noteSenderReport(encoding, ntpMs, rtpTimestamp);
  }

  /** The same m-section with other codecs or extensions. */
  update(media: SentMedia): void {
    this.#media = media;
    this.#useCodecs();
  }

  /** The subscriber wants nothing of it, or wants it again. */
  setWanted(isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#pauseOrResume();
  }

  /** An encoding of the publisher comes as another stream from now on. */
  forgetEncoding(encoding: number): void {
    this.#audio?.forgetSource();
    this.video?.forgetEncoding(encoding);
  }

  /** The publisher describes what it sends anew. */
  describedAnew(): void {
    this.#forgetPayloadTypes();
    this.#pauseOrResume();
  }

  /** A packet of the track has come. */
  forward(now: Instant, stream: ReceivedStream, packet: ForwardedPacket): void {
    // What cannot be sent must not be counted as sent: a connection begins with a key frame.
    if (!this.#link.isSending) return;
    const { view } = packet;
    const payloadType = this.#payloadTypeOf(view.payloadType);
    if (payloadType < 0) return;
    if (view.payloadType === this.#unwrapped) return this.#forwardBlocks(now, packet, payloadType);
    const rewriter = this.#audio ?? this.#videoFor(now, packet);
    const verdict =
      rewriter instanceof AudioRewriter
        ? rewriter.accept(now, view)
        : rewriter.accept(now, stream.encoding, view, packet.info);
    if (verdict === Verdict.drop) return;
    if (verdict === Verdict.fill) {
      this.#prepare(rewriter, payloadType);
      this.#link.sendPadding(now, this, 1, SentKind.media);
      return;
    }
    if (rewriter === this.video && !this.#link.mayLeave(now, this, rewriter.sequence, view.payloadLength))
      return;
    this.#prepare(rewriter, payloadType);
    if (!this.#link.send(now, this, packet, SentKind.media)) return;
    this.packetCount++;
    this.octetCount += view.payloadLength;
  }

  /**
   * Redundant audio data for a subscriber that takes none: the primary block, and before it what has not come of the
   * others. `packet` shows all of it again afterwards.
   */
  #forwardBlocks(now: Instant, packet: ForwardedPacket, payloadType: number): void {
    const { view, red, audioLevelOffset } = packet;
    const audio = this.#audio;
    if (audio === undefined || this.#payloadTypeOf(red.payloadType) !== payloadType) return;
    const { payloadOffset, payloadLength } = view;
    // How loud it was then nobody has said.
    packet.audioLevelOffset = -1;
    for (let block = 0; block < red.count; block++) {
      if (red.lengths[block] === 0 || red.payloadTypes[block] !== red.payloadType) continue;
      const verdict = audio.recover(now, view, red.count - block, red.timestampOffsets[block]!);
      if (verdict !== Verdict.forward) continue;
      view.payloadOffset = red.offsets[block]!;
      view.payloadLength = red.lengths[block]!;
      this.#sendAudio(now, audio, packet, payloadType);
    }
    packet.audioLevelOffset = audioLevelOffset;
    view.payloadOffset = red.offset;
    view.payloadLength = red.length;
    if (audio.accept(now, view) === Verdict.forward) this.#sendAudio(now, audio, packet, payloadType);
    view.payloadOffset = payloadOffset;
    view.payloadLength = payloadLength;
  }

  #sendAudio(now: Instant, audio: AudioRewriter, packet: ForwardedPacket, payloadType: number): void {
    this.#prepare(audio, payloadType);
    if (!this.#link.send(now, this, packet, SentKind.media)) return;
    this.packetCount++;
    this.octetCount += packet.view.payloadLength;
  }

  /** Sends a packet that had to wait. `packet` is written over. */
  sendWaiting(now: Instant, sequenceNumber: number, packet: ForwardedPacket): void {
    const { video } = this;
    const payloadType = this.#findSent(sequenceNumber, packet);
    if (video === undefined || payloadType < 0 || !this.#link.isSending) return;
    this.#prepare(video, payloadType);
    if (!this.#link.send(now, this, packet, SentKind.media)) return;
    this.packetCount++;
    this.octetCount += packet.view.payloadLength;
  }

  /**
   * The subscriber misses a packet (RFC 4585 section 6.2.1): it is sent again as a retransmission (RFC 4588). `packet` is
   * written over.
   */
  resend(now: Instant, sequenceNumber: number, roundTripMs: number, packet: ForwardedPacket): void {
    const { rtxSsrc } = this.#media;
    const { video } = this;
    if (rtxSsrc === undefined || video === undefined) return;
    const payloadType = this.#findSent(sequenceNumber, packet);
    const rtxPayloadType = payloadType < 0 ? NOT_TAKEN : this.#rtxPayloadTypes[payloadType]!;
    if (rtxPayloadType < 0 || !this.#resends.take(now, sequenceNumber, roundTripMs)) return;
    const { header } = this.#link.writer;
    header.ssrc = rtxSsrc;
    header.payloadType = rtxPayloadType;
    header.marker = video.marker;
    header.timestamp = video.timestamp;
    header.extendedSequence = ++this.#rtxSequence;
    header.originalSequence = sequenceNumber;
    this.#link.send(now, this, packet, SentKind.retransmission);
  }

  /** Sends `length` (1 to 255) bytes that carry nothing, to find out what the path takes. False: it cannot. */
  sendPadding(now: Instant, length: number): boolean {
    const { rtxSsrc, codecs } = this.#media;
    const payloadType = codecs.find((codec) => codec.rtxPayloadType !== undefined)?.rtxPayloadType;
    if (rtxSsrc === undefined || payloadType === undefined) return false;
    // Before any media it tells only those something who report on whatever comes over the transport.
    if (this.packetCount === 0 && this.#media.extensions.transportWideCc === undefined) return false;
    const { header } = this.#link.writer;
    header.ssrc = rtxSsrc;
    header.payloadType = payloadType;
    header.marker = false;
    header.timestamp = this.video?.timestamp ?? 0;
    header.extendedSequence = ++this.#rtxSequence;
    return this.#link.sendPadding(now, this, length, SentKind.padding);
  }

  #prepare(rewriter: VideoRewriter | AudioRewriter, payloadType: number): void {
    const { header } = this.#link.writer;
    header.ssrc = this.#media.ssrc;
    header.payloadType = payloadType;
    header.marker = rewriter.marker;
    header.extendedSequence = rewriter.sequence;
    header.timestamp = rewriter.timestamp;
  }

  /**
   * Finds what went, or was to go, to the subscriber under a sequence number: writes it into `packet` and shows its numbers
   * in the rewriter. Answers our payload type of it, NOT_TAKEN when it is no longer known.
   */
  #findSent(sequenceNumber: number, packet: ForwardedPacket): number {
    const { video, track } = this;
    const ids = track.media?.extensions;
    if (ids === undefined || video?.lookUp(sequenceNumber) !== true) return NOT_TAKEN;
    const stream = track.streams[video.sourceEncoding];
    if (stream?.cache.find(extendSequence(stream.highestSequence, video.sourceSequence)) !== true)
      return NOT_TAKEN;
    const { bytes, offset, length } = stream.cache;
    const { view } = packet;
    if (!view.parseHeader(bytes, offset, length) || !view.readPayload(length)) return NOT_TAKEN;
    packet.locateExtensions(ids);
    return this.#payloadTypeOf(view.payloadType);
  }

  #pauseOrResume(): void {
    if (this.isPaused) this.#audio?.pause();
    else this.#audio?.resume();
  }

  /** Made with the first packet, which says what the codec is. */
  #videoFor(now: Instant, { view }: ForwardedPacket): VideoRewriter {
    if (this.video !== undefined) return this.video;
    const codec = this.track.codecOf(view.payloadType)!;
    const { sequence: firstSequence, timestamp: firstTimestamp } = this.#first;
    const { name, clockRate } = codec;
    this.video = new VideoRewriter({ codec: name, clockRate, firstSequence, firstTimestamp });
    this.#link.videoBegan(now, this);
    return this.video;
  }

  #useCodecs(): void {
    this.#forgetPayloadTypes();
    this.#rtxPayloadTypes.fill(NOT_TAKEN);
    for (const { payloadType, rtxPayloadType = NOT_TAKEN } of this.#media.codecs) {
      this.#rtxPayloadTypes[payloadType] = rtxPayloadType;
    }
  }

  #forgetPayloadTypes(): void {
    this.#payloadTypes.fill(UNKNOWN);
    this.#receivedPayloadType = -1;
    this.#unwrapped = -1;
  }

  #payloadTypeOf(received: number): number {
    if (received !== this.#receivedPayloadType) {
      this.#ownPayloadType = this.#lookUpPayloadType(received);
      this.#receivedPayloadType = received;
    }
    return this.#ownPayloadType;
  }

  #lookUpPayloadType(received: number): number {
    const known = this.#payloadTypes[received]!;
    if (known !== UNKNOWN) return known;
    const codec = this.track.codecOf(received);
    const own = this.#media.codecs.find(
      ({ name, parameters }) => name === codec?.name && parameters === codec.parameters,
    );
    if (own !== undefined || codec?.name !== 'red') {
      return (this.#payloadTypes[received] = own?.payloadType ?? NOT_TAKEN);
    }
    const opus = this.#media.codecs.find(({ name }) => name === 'opus');
    if (opus !== undefined) this.#unwrapped = received;
    return (this.#payloadTypes[received] = opus?.payloadType ?? NOT_TAKEN);
  }
}

const UNKNOWN = -2;
const NOT_TAKEN = -1;
const AUDIO_CLOCK_RATE = 48_000;
