import { BandwidthEstimator } from '../cc/bandwidth-estimator.js';
import { Pacer, PacerPriority } from '../cc/pacer.js';
import { SentKind } from '../cc/send-history.js';
import type { Random } from '../env/random.js';
import { readRtcp } from '../rtcp/rtcp-reader.js';
import type { RtcpVisitor } from '../rtcp/rtcp-reader.js';
import { RtcpWriter } from '../rtcp/rtcp-writer.js';
import { middleOfNtp, roundTripMs } from '../rtp/ntp.js';
import type { Instant } from '../time/instant.js';
import { after, instant } from '../time/instant.js';
import type { ForwardedPacket } from './forwarded-packet.js';
import type { SentMedia, SubscriptionPreference } from './media-parameters.js';
import type { PacketWriter } from './packet-writer.js';
import type { RoomTracks } from './room-tracks.js';
import type { RouterTransport } from './router-transport.js';
import { SfuDrop } from './sfu-counters.js';
import type { SfuCounters } from './sfu-counters.js';
import { Subscription } from './subscription.js';
import type { FirstNumbers } from './subscription.js';
import { VideoAllocation } from './video-allocation.js';

/** What a down connection needs of the router. */
export interface DownLinkOptions {
  readonly tracks: RoomTracks;
  /** Lent for packets that are sent again. */
  readonly packet: ForwardedPacket;
  readonly writer: PacketWriter;
  readonly counters: SfuCounters;
  readonly random: Random;
  readonly maximumBps: number;
}

/** One down connection: the tracks of a room as one participant gets them, and what the path to it takes. */
export class DownLink implements RtcpVisitor {
  transport: RouterTransport | undefined;
  readonly writer: PacketWriter;
  readonly estimator: BandwidthEstimator;
  readonly #options: DownLinkOptions;
  readonly #subscriptions: Subscription[] = [];
  readonly #bySsrc = new Map<number, Subscription>();
  readonly #preferences = new Map<string, SubscriptionPreference>();
  readonly #allocation: VideoAllocation;
  readonly #pacer = new Pacer(PACER);
  /** By their slots. */
  readonly #slots: (Subscription | undefined)[] = [];
  readonly #rtcp = new RtcpWriter();
  #reportDueAt = -Infinity as Instant;
  /** Of the RTCP packet being read. */
  #now = -Infinity as Instant;
  /** Packets that may be looked for until the moment below (threat M7). */
  #resendsLeft = RESENDS_PER_INTERVAL;
  #resendsUntil = -Infinity;
  /** When there is something to do for `handleTimeout`: most links have nothing most of the time. */
  #dueAt = -Infinity;
  #pathChanges = 0;
  #lossFraction = 0;
  #reportedRoundTripMs = 0;
  #reports = 0;

  constructor(options: DownLinkOptions) {
    this.#options = options;
    this.writer = options.writer;
    const { maximumBps } = options;
    this.estimator = new BandwidthEstimator({ startBps: START_BPS, minimumBps: MINIMUM_BPS, maximumBps });
    this.#allocation = new VideoAllocation(this.estimator, options.tracks.speaker);
    this.#pacer.setEstimate(instant(0), START_BPS);
  }

  /** Whether a packet would leave now. */
  get isSending(): boolean {
    return this.transport?.isConnected === true;
  }

  /** The m-sections, in place of those before; those that stay go on without a break. */
  setSent(media: readonly SentMedia[]): void {
    for (const one of [...this.#subscriptions]) {
      const now = media.find(({ ssrc, mid }) => ssrc === one.media.ssrc && mid === one.media.mid);
      if (
        now === undefined ||
        now.trackId !== one.track.trackId ||
        now.participantId !== one.track.participantId
      ) {
        this.#end(one);
      } else one.update(now);
    }
    for (const one of media) {
      if (!this.#bySsrc.has(one.ssrc)) this.#begin(one);
    }
  }

  /** What the subscriber wants of some tracks. */
  prefer(now: Instant, preferences: readonly SubscriptionPreference[]): void {
    for (const preference of preferences) {
      this.#preferences.set(nameOf(preference), preference);
      const subscription = this.#subscriptions.find(
        ({ track }) =>
          track.trackId === preference.trackId && track.participantId === preference.participantId,
      );
      if (subscription !== undefined) applyPreference(subscription, preference);
    }
    this.#allocation.hasten(now);
    this.#dueAt = now;
  }

  close(): void {
    for (const one of [...this.#subscriptions]) this.#end(one);
  }

  /** A track whose codec was not known yet is: its layers can be chosen. */
  videoBegan(now: Instant, subscription: Subscription): void {
    this.#allocation.begin(now, subscription);
    this.#allocation.update(now);
  }

  /**
   * Whether a packet of video may leave now. If not, it waits, and is sent from the publisher's cache, or it is dropped,
   * and the subscriber asks for it again should it still be of use.
   */
  mayLeave(now: Instant, { slot }: Subscription, extendedSequence: number, payloadLength: number): boolean {
    const handle = slot * 0x1_0000 + (extendedSequence & 0xffff);
    const bytes = payloadLength + TYPICAL_HEADER_BYTES;
    const verdict = this.#pacer.enqueue(now, PacerPriority.video, bytes, handle);
    if (verdict === 'queued') this.#dueAt = now;
    return verdict === 'send';
  }

  /** Sends a packet with the header prepared in `writer`; false when it cannot leave. */
  send(now: Instant, subscription: Subscription, packet: ForwardedPacket, kind: SentKind): boolean {
    const { transport, writer } = this;
    const capacity = writer.capacityFor(packet.view.payloadLength, packet.dependencyDescriptorLength);
    if (transport?.beginPacket(capacity) !== true) return false;
    const { estimator } = this;
    const transportSequence = estimator.nextTransportSequence();
    const { header } = writer;
    header.transportSequence = transportSequence;
    const { extensions } = subscription.media;
    const { midBytes, video } = subscription;
    const { bytes, payloadOffset } = packet.view;
    const isAgain = kind === SentKind.retransmission;
    const length = isAgain
      ? writer.writeRetransmission(now, transport, extensions, midBytes, packet)
      : writer.writeHeader(now, transport, extensions, midBytes, packet);
    if (video === undefined) this.#allocation.countAudio(now, length);
    else if (writer.dependencyDescriptorOffset >= 0) {
      video.patchDependencyDescriptor(transport.slotBytes, writer.dependencyDescriptorOffset);
    }
    if (video === undefined || isAgain) this.#pacer.charge(now, length);
    if (isAgain) {
      video?.patchPayload(transport.slotBytes, writer.payloadOffset);
      transport.sendRtp(writer.headerLength, length, header.extendedSequence);
    } else {
      // Where the packet lies: what is patched for one subscriber is patched anew for the next.
      video?.patchPayload(bytes, payloadOffset);
      transport.sendRtp(writer.headerLength, length, header.extendedSequence, bytes, payloadOffset);
    }
    estimator.sent(now, transportSequence, length, kind);
    const { counters } = this.#options;
    if (kind === SentKind.media) {
      counters.forwardedPackets++;
      counters.forwardedBytes += length;
    } else counters.retransmittedPackets++;
    return true;
  }

  /** As `send`, a packet of nothing but `paddingLength` (1 to 255) bytes of padding. */
  sendPadding(now: Instant, subscription: Subscription, paddingLength: number, kind: SentKind): boolean {
    const { transport, writer } = this;
    if (transport?.beginPacket(writer.capacityFor(paddingLength, 0)) !== true) return false;
    const { estimator } = this;
    const transportSequence = estimator.nextTransportSequence();
    const { header } = writer;
    header.transportSequence = transportSequence;
    const { extensions } = subscription.media;
    const length = writer.writePadding(now, transport, extensions, subscription.midBytes, paddingLength);
    transport.sendRtp(writer.headerLength, length, header.extendedSequence);
    estimator.sent(now, transportSequence, length, kind);
    this.#pacer.charge(now, length);
    this.#options.counters.paddingPackets++;
    return true;
  }

  handleRtcp(now: Instant, bytes: Uint8Array, offset: number, length: number): void {
    this.#now = now;
    this.#dueAt = now;
    this.#reports = 0;
    this.#lossFraction = 0;
    this.#reportedRoundTripMs = 0;
    if (!readRtcp(bytes, offset, length, this)) this.#options.counters.drops[SfuDrop.malformed_rtcp]!++;
    if (this.#reports > 0) {
      this.estimator.handleReceiverReport(now, this.#lossFraction / this.#reports, this.#reportedRoundTripMs);
    }
  }

  /** Called every few milliseconds. */
  handleTimeout(now: Instant): void {
    if (now < this.#dueAt || !this.isSending) return;
    this.#noticePath(now);
    this.estimator.handleTimeout(now);
    this.#allocation.update(now);
    this.#sendWaiting(now);
    this.#probe(now);
    if (now >= this.#reportDueAt) {
      this.#reportDueAt = after(now, REPORT_INTERVAL_MS);
      this.#sendReports(now);
    }
    const probeDueAt = this.estimator.nextDeadline(now);
    this.#dueAt = this.#pacer.queuedBytes > 0 ? now : Math.min(now + LOOK_INTERVAL_MS, probeDueAt);
  }

  receptionReport(
    _reporterSsrc: number,
    ssrc: number,
    fractionLost: number,
    _cumulativeLost: number,
    _extendedHighestSequence: number,
    _jitter: number,
    lastSenderReport: number,
    delaySinceLastSenderReport: number,
  ): void {
    const subscription = this.#bySsrc.get(ssrc);
    if (subscription === undefined) return;
    this.#reports++;
    this.#lossFraction += fractionLost / 256;
    if (lastSenderReport === 0) return;
    // The publisher's clock was sent on: what comes back is compared with the same clock.
    const stream = subscription.track.referenceStream;
    if (stream === undefined) return;
    const ntpMs = stream.clock.ntpMsAt(this.#now);
    const middle = middleOfNtp(Math.floor(ntpMs / 1000), ((ntpMs % 1000) / 1000) * 2 ** 32);
    const measuredMs = roundTripMs(middle, lastSenderReport, delaySinceLastSenderReport);
    if (measuredMs >= 0 && measuredMs < MAXIMUM_ROUND_TRIP_MS) this.#reportedRoundTripMs = measuredMs;
  }

  nack(_senderSsrc: number, mediaSsrc: number, packetId: number, bitmask: number): void {
    const subscription = this.#bySsrc.get(mediaSsrc);
    if (subscription === undefined) return;
    const { packet, counters } = this.#options;
    counters.nacksReceived++;
    const roundTrip = this.#roundTripMs();
    if (this.#now >= this.#resendsUntil) {
      this.#resendsUntil = this.#now + RESENDS_INTERVAL_MS;
      this.#resendsLeft = RESENDS_PER_INTERVAL;
    }
    // The packet itself, then those of the mask.
    for (let bit = -1; bit < 16; bit++) {
      if (bit >= 0 && (bitmask & (1 << bit)) === 0) continue;
      // Who misses everything is not helped by looking for everything, and what a full path lost not by filling it again.
      if (this.#resendsLeft === 0 || this.#pacer.isInDebt(this.#now)) return;
      this.#resendsLeft--;
      subscription.resend(this.#now, (packetId + 1 + bit) & 0xffff, roundTrip, packet);
    }
  }

  pictureLossIndication(_senderSsrc: number, mediaSsrc: number): void {
    this.#wantKeyFrame(mediaSsrc);
  }

  fullIntraRequest(_senderSsrc: number, mediaSsrc: number): void {
    this.#wantKeyFrame(mediaSsrc);
  }

  receiverEstimatedMaximumBitrate(_senderSsrc: number, bitrateBps: number): void {
    this.estimator.handleRemb(this.#now, Math.max(MINIMUM_BPS, bitrateBps));
  }

  transportFeedback(bytes: Uint8Array, offset: number, length: number): void {
    if (!this.estimator.handleFeedback(this.#now, bytes, offset, length)) {
      this.#options.counters.drops[SfuDrop.malformed_rtcp]!++;
    }
  }

  // What only receivers are told does not concern this direction.
  senderReport(): void {}
  bye(): void {}

  #roundTripMs(): number {
    return this.estimator.roundTripMs || this.transport?.roundTripMs || 0;
  }

  #wantKeyFrame(ssrc: number): void {
    const subscription = this.#bySsrc.get(ssrc);
    const encoding = subscription?.video?.encoding ?? -1;
    if (encoding < 0) return;
    this.#options.counters.keyFrameRequestsReceived++;
    subscription?.track.streams[encoding]?.keyFrames.want();
  }

  #begin(media: SentMedia): void {
    const track = this.#options.tracks.of(media);
    const first = randomFirstNumbers(this.#options.random);
    let slot = this.#slots.indexOf(undefined);
    if (slot < 0) slot = this.#slots.length;
    const subscription = new Subscription({ link: this, slot, track, media, first });
    this.#slots[slot] = subscription;
    this.#subscriptions.push(subscription);
    this.#bySsrc.set(media.ssrc, subscription);
    track.subscriptions.push(subscription);
    const preference = this.#preferences.get(nameOf(media));
    if (preference !== undefined) applyPreference(subscription, preference);
  }

  #end(subscription: Subscription): void {
    const { track, media } = subscription;
    this.#subscriptions.splice(this.#subscriptions.indexOf(subscription), 1);
    this.#bySsrc.delete(media.ssrc);
    this.#slots[subscription.slot] = undefined;
    track.subscriptions.splice(track.subscriptions.indexOf(subscription), 1);
    this.#preferences.delete(nameOf(track));
    this.#allocation.end(subscription);
    this.#options.tracks.release(track);
  }

  /** What was measured of one path does not hold on another. */
  #noticePath(now: Instant): void {
    const { pathChanges } = this.transport!;
    if (pathChanges === this.#pathChanges) return;
    if (this.#pathChanges > 0) this.estimator.handleRouteChange(now, START_BPS);
    this.#pathChanges = pathChanges;
  }

  /** What had to wait and may leave now. */
  #sendWaiting(now: Instant): void {
    const pacer = this.#pacer;
    pacer.setEstimate(now, this.estimator.estimateBps);
    for (let handle = pacer.dequeue(now); handle >= 0; handle = pacer.dequeue(now)) {
      if (pacer.isLate) continue;
      this.#slots[handle >>> 16]?.sendWaiting(now, handle & 0xffff, this.#options.packet);
    }
  }

  /** Padding, where more could be sent than is known to get through. */
  #probe(now: Instant): void {
    let due = this.estimator.paddingDue(now, this.#allocation.demandBps);
    while (due > 0) {
      const length = Math.min(255, Math.max(50, due));
      const sender = this.#subscriptions.find(
        (one) => one.video !== undefined && one.sendPadding(now, length),
      );
      if (sender === undefined) return;
      due -= length;
    }
  }

  #sendReports(now: Instant): void {
    const { transport } = this;
    if (transport?.beginPacket(RTCP_CAPACITY) !== true) return;
    const rtcp = this.#rtcp;
    rtcp.start(transport.slotBytes, transport.slotOffset, RTCP_CAPACITY);
    for (const subscription of this.#subscriptions) {
      const { track, media, packetCount, octetCount } = subscription;
      const stream = track.referenceStream;
      if (packetCount === 0 || stream === undefined) continue;
      const ntpMs = stream.clock.ntpMsAt(now);
      const timestamp = subscription.timestampAt(ntpMs);
      if (timestamp < 0) continue;
      const seconds = Math.floor(ntpMs / 1000);
      const fraction = Math.floor(((ntpMs - seconds * 1000) / 1000) * 2 ** 32);
      if (!rtcp.senderReport(media.ssrc, seconds >>> 0, fraction >>> 0, timestamp, packetCount, octetCount))
        break;
    }
    if (rtcp.length === 0) transport.dropPacket();
    else transport.sendRtcp(rtcp.length);
  }
}

function applyPreference(
  subscription: Subscription,
  { paused, width, height }: SubscriptionPreference,
): void {
  subscription.setWanted(!paused);
  subscription.width = width;
  subscription.height = height;
}

function nameOf({ participantId, trackId }: { participantId: string; trackId: string }): string {
  return `${participantId} ${trackId}`;
}

function randomFirstNumbers(random: Random): FirstNumbers {
  const bytes = new Uint8Array(8);
  random.fillPublic(bytes);
  const word = (at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
  return {
    sequence: word(0) & 0x7fff,
    rtxSequence: word(2) & 0x7fff,
    timestamp: (word(4) * 0x1_0000 + word(6)) >>> 0,
  };
}

/** Enough for the lowest layers of several people; probes find the rest within a second. */
const START_BPS = 600_000;
const MINIMUM_BPS = 50_000;
/** What waits longer is late: the picture has gone on. A key frame takes as long on a thin path. */
const PACER = { packets: 512, bytes: 512 * 1024, ageMs: 1000 };
const RESENDS_PER_INTERVAL = 100;
const RESENDS_INTERVAL_MS = 10;
/** Where nothing happens: when allocation, probes and the path are looked at again. */
const LOOK_INTERVAL_MS = 50;
const TYPICAL_HEADER_BYTES = 32;
const REPORT_INTERVAL_MS = 1000;
const RTCP_CAPACITY = 1200;
const MAXIMUM_ROUND_TRIP_MS = 10_000;
