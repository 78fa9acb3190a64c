import { readU16 } from '@madang/core/bytes/big-endian';
import { RtcpWriter } from '@madang/core/rtcp/rtcp-writer';
import { readRtcp } from '@madang/core/rtcp/rtcp-reader';
import type { RtcpVisitor } from '@madang/core/rtcp/rtcp-reader';
import { TransportFeedbackRecorder } from '@madang/core/rtcp/transport-feedback-writer';
import type { RtpPacketView } from '@madang/core/rtp/rtp-packet-view';
import type { Instant } from '@madang/core/time/instant';
import { after, instant } from '@madang/core/time/instant';
import { EXTENSION } from './client-description.js';
import type { LatencyHistogram } from './latency-histogram.js';
import { stampAgeMicroseconds } from './payload-stamp.js';
import type { MediaPeer } from './peer/media-peer.js';
import { ReceivedLoadStream } from './received-stream.js';
import type { ServerDescription } from './server-description.js';

/**
 * The receiving side of a load client: counts what comes, and tells the server of it as a browser does, with
 * transport-wide feedback, requests for what is missing, and receiver reports.
 */
export class MediaReceiver implements RtcpVisitor {
  readonly peer: MediaPeer;
  receivedBytes = 0;
  /** Packets that came again because they were asked for. */
  repairedPackets = 0;
  readonly #latency: LatencyHistogram;
  readonly #streams: ReceivedLoadStream[] = [];
  readonly #bySsrc = new Map<number, ReceivedLoadStream>();
  /** By SSRC of retransmissions. */
  readonly #byRepairSsrc = new Map<number, ReceivedLoadStream>();
  /** By payload type: 0 unknown, else the clock rate. */
  readonly #clockRates = new Uint32Array(128);
  readonly #isRepair = new Uint8Array(128);
  readonly #feedback = new TransportFeedbackRecorder();
  readonly #rtcp = new RtcpWriter();
  #transportWideCcId = 0;
  #expectedStreams = 0;
  #feedbackSsrc = 0;
  #dueAt: Instant;
  #feedbackDueAt: Instant;
  #reportDueAt: Instant;
  #now: Instant;

  /** `now` also decides when reports are due: clients that were made together should not all report together. */
  constructor(options: { peer: MediaPeer; latency: LatencyHistogram; now: Instant }) {
    const { peer, now } = options;
    this.peer = peer;
    this.#latency = options.latency;
    this.#now = this.#dueAt = this.#feedbackDueAt = this.#reportDueAt = now;
    peer.onRtp = (packet) => {
      this.#handleRtp(packet);
    };
    peer.onRtcp = (bytes, offset, length) => {
      readRtcp(bytes, offset, length, this);
    };
  }

  /** Streams the server has announced in its description. */
  get expectedStreams(): number {
    return this.#expectedStreams;
  }

  /** Streams of which something came. */
  get heardStreams(): number {
    return this.#streams.filter(({ packets }) => packets > 0).length;
  }

  get receivedPackets(): number {
    let sum = 0;
    for (const stream of this.#streams) sum += stream.packets;
    return sum;
  }

  get missingPackets(): number {
    let sum = 0;
    for (const stream of this.#streams) sum += stream.missingPackets;
    return sum;
  }

  /** What an offer of the server says; streams that stay go on. */
  describe({ sections }: ServerDescription): void {
    this.#expectedStreams = 0;
    for (const { isRejected, direction, codecs, extensions, repairs } of sections) {
      if (isRejected || (direction !== 'sendonly' && direction !== 'sendrecv')) continue;
      this.#expectedStreams++;
      this.#transportWideCcId = extensions.get(EXTENSION.transportWideCc) ?? 0;
      for (const { payloadType, rtxPayloadType, clockRate } of codecs) {
        this.#clockRates[payloadType] = clockRate;
        if (rtxPayloadType === undefined) continue;
        this.#clockRates[rtxPayloadType] = clockRate;
        this.#isRepair[rtxPayloadType] = 1;
      }
      for (const [repair, ssrc] of repairs) this.#byRepairSsrc.set(repair, this.#streamOf(ssrc));
    }
  }

  handleTimeout(now: Instant): void {
    if (now < this.#dueAt) return;
    this.#dueAt = after(now, REQUEST_INTERVAL_MS);
    if (!this.peer.isConnected) return;
    for (const stream of this.#streams) if (stream.gaps.missingCount > 0) this.#request(now, stream);
    if (now >= this.#feedbackDueAt && this.#feedback.unreportedCount > 0) {
      this.#feedbackDueAt = after(now, FEEDBACK_INTERVAL_MS);
      this.#sendFeedback(now);
    }
    if (now >= this.#reportDueAt && this.#streams.length > 0) {
      this.#reportDueAt = after(now, REPORT_INTERVAL_MS);
      this.#sendReport(now);
    }
  }

  senderReport(ssrc: number, ntpSeconds: number, ntpFraction: number): void {
    const now = instant(performance.now());
    this.#bySsrc.get(ssrc)?.statistics.senderReport(now, ntpSeconds, ntpFraction);
  }

  // What only senders are told.
  receptionReport(): void {}
  nack(): void {}
  pictureLossIndication(): void {}
  fullIntraRequest(): void {}
  receiverEstimatedMaximumBitrate(): void {}
  transportFeedback(): void {}
  bye(): void {}

  #handleRtp(packet: RtpPacketView): void {
    const now = (this.#now = instant(performance.now()));
    const { ssrc, payloadType, payloadLength, bytes, payloadOffset } = packet;
    const clockRate = this.#clockRates[payloadType]!;
    if (clockRate === 0) return;
    if (this.#transportWideCcId !== 0) {
      const at = packet.findExtension(this.#transportWideCcId);
      if (at >= 0) {
        this.#feedbackSsrc = ssrc;
        this.#feedback.arrived(now, readU16(bytes, at));
      }
    }
    if (this.#isRepair[payloadType] === 1) {
      // Padding that probes the path has no number in it.
      if (payloadLength > 2) this.#repaired(ssrc, readU16(bytes, payloadOffset));
      return;
    }
    const stream = this.#bySsrc.get(ssrc) ?? this.#streamOf(ssrc);
    stream.statistics.received(now, packet.sequenceNumber, packet.timestamp, clockRate);
    if (!stream.received(now, packet.sequenceNumber)) return;
    this.receivedBytes += payloadLength;
    const age = stampAgeMicroseconds(bytes, payloadOffset + payloadLength, now);
    if (age >= 0) this.#latency.add(age);
  }

  #repaired(ssrc: number, sequenceNumber: number): void {
    const stream = this.#byRepairSsrc.get(ssrc);
    if (stream?.received(this.#now, sequenceNumber) === true) this.repairedPackets++;
  }

  #streamOf(ssrc: number): ReceivedLoadStream {
    let stream = this.#bySsrc.get(ssrc);
    if (stream === undefined) {
      stream = new ReceivedLoadStream(ssrc);
      this.#bySsrc.set(ssrc, stream);
      this.#streams.push(stream);
    }
    return stream;
  }

  #request(now: Instant, { gaps, ssrc }: ReceivedLoadStream): void {
    const count = gaps.due(now, GUESSED_ROUND_TRIP_MS);
    if (count === 0 || !this.peer.beginPacket(RTCP_BYTES)) return;
    this.#rtcp.start(this.peer.slotBytes, this.peer.slotOffset, RTCP_BYTES);
    this.#rtcp.nack(OWN_SSRC, ssrc, gaps.requests, count);
    this.#send();
  }

  #sendFeedback(now: Instant): void {
    for (;;) {
      if (!this.peer.beginPacket(RTCP_BYTES)) return;
      const { slotBytes, slotOffset } = this.peer;
      const length = this.#feedback.write(
        now,
        OWN_SSRC,
        this.#feedbackSsrc,
        slotBytes,
        slotOffset,
        RTCP_BYTES,
      );
      if (length === 0) {
        this.peer.dropPacket();
        return;
      }
      this.peer.sendRtcp(length);
    }
  }

  #sendReport(now: Instant): void {
    if (!this.peer.beginPacket(RTCP_BYTES)) return;
    this.#rtcp.start(this.peer.slotBytes, this.peer.slotOffset, RTCP_BYTES);
    this.#rtcp.receiverReport(OWN_SSRC);
    for (const { statistics } of this.#streams) statistics.writeBlock(now, this.#rtcp);
    this.#send();
  }

  #send(): void {
    const { length } = this.#rtcp;
    if (length > 0) this.peer.sendRtcp(length);
    else this.peer.dropPacket();
  }
}

/** SSRC of what a client that sends no media says. */
const OWN_SSRC = 1;
const RTCP_BYTES = 1200;
/** On a network where the generator has to be near the server anyway. */
const GUESSED_ROUND_TRIP_MS = 10;
const REQUEST_INTERVAL_MS = 20;
const FEEDBACK_INTERVAL_MS = 100;
const REPORT_INTERVAL_MS = 1000;
