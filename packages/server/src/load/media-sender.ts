import { readRtcp } from '@madang/core/rtcp/rtcp-reader';
import type { RtcpVisitor } from '@madang/core/rtcp/rtcp-reader';
import { RtcpWriter } from '@madang/core/rtcp/rtcp-writer';
import type { Instant } from '@madang/core/time/instant';
import { after } from '@madang/core/time/instant';
import { CNAME } from './client-description.js';
import type { MediaPeer } from './peer/media-peer.js';
import type { SentStream } from './sent-stream.js';

/** The sending side of a load client: its streams, sender reports, and key frames when they are asked for. */
export class MediaSender implements RtcpVisitor {
  readonly peer: MediaPeer;
  /** Packets the server misses. They are counted, and not sent again. */
  missedByServer = 0;
  readonly #streams: readonly SentStream[];
  readonly #rtcp = new RtcpWriter();
  readonly #unixMsAtZero: number;
  #transportSequence = 0;
  #reportDueAt: Instant;

  constructor(options: { peer: MediaPeer; streams: readonly SentStream[]; now: Instant; unixMs: number }) {
    this.peer = options.peer;
    this.#streams = options.streams;
    this.#unixMsAtZero = options.unixMs - options.now;
    this.#reportDueAt = after(options.now, FIRST_REPORT_MS);
    options.peer.onRtcp = (bytes, offset, length) => {
      readRtcp(bytes, offset, length, this);
    };
  }

  get sentPackets(): number {
    let sum = 0;
    for (const stream of this.#streams) sum += stream.sentPackets;
    return sum;
  }

  get sentBytes(): number {
    let sum = 0;
    for (const stream of this.#streams) sum += stream.sentBytes;
    return sum;
  }

  /** Video comes with `share` of its packets from now on. */
  setVideoPace(share: number): void {
    for (const stream of this.#streams) if (stream.kind === 'video') stream.setPace(share);
  }

  /** Queues what is due; it leaves with the next flush of the network. */
  handleTimeout(now: Instant): void {
    for (let i = 0; i < this.#streams.length; i++) {
      this.#transportSequence = this.#streams[i]!.sendDue(now, this.peer, this.#transportSequence);
    }
    if (now < this.#reportDueAt) return;
    this.#reportDueAt = after(now, REPORT_INTERVAL_MS);
    for (const stream of this.#streams) this.#report(now, stream);
  }

  pictureLossIndication(_senderSsrc: number, mediaSsrc: number): void {
    this.#requestKeyFrame(mediaSsrc);
  }

  fullIntraRequest(_senderSsrc: number, mediaSsrc: number): void {
    this.#requestKeyFrame(mediaSsrc);
  }

  nack(_senderSsrc: number, _mediaSsrc: number, _packetId: number, bitmask: number): void {
    this.missedByServer++;
    for (let bits = bitmask; bits !== 0; bits &= bits - 1) this.missedByServer++;
  }

  // The rate is given, whatever the server says of it.
  senderReport(): void {}
  receptionReport(): void {}
  receiverEstimatedMaximumBitrate(): void {}
  transportFeedback(): void {}
  bye(): void {}

  #requestKeyFrame(ssrc: number): void {
    for (const stream of this.#streams) if (stream.ssrc === ssrc) stream.requestKeyFrame();
  }

  #report(now: Instant, stream: SentStream): void {
    const { peer } = this;
    if (!peer.beginPacket(RTCP_BYTES)) return;
    const rtcp = this.#rtcp;
    rtcp.start(peer.slotBytes, peer.slotOffset, RTCP_BYTES);
    stream.writeSenderReport(this.#unixMsAtZero + now, rtcp);
    rtcp.sourceDescription(stream.ssrc, CNAME);
    peer.sendRtcp(rtcp.length);
  }
}

const RTCP_BYTES = 200;
const FIRST_REPORT_MS = 100;
const REPORT_INTERVAL_MS = 1000;
