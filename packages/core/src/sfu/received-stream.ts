import { DependencyDescriptorReader } from '../payload/dependency-descriptor.js';
import { ReceiveGaps } from '../rtp/receive-gaps.js';
import { ReceptionStatistics } from '../rtp/reception-statistics.js';
import { extendSequence } from '../rtp/sequence.js';
import type { Instant } from '../time/instant.js';
import { KeyFrameRequests } from './key-frame-requests.js';
import { LayerRates } from './layer-rates.js';
import { PacketCache } from './packet-cache.js';
import { SenderClock } from './sender-clock.js';

/** One RTP stream of a publisher: an encoding of a track. */
export class ReceivedStream {
  readonly ssrc: number;
  /** Place among the encodings of its track, lowest quality first. */
  readonly encoding: number;
  readonly rid: string;
  readonly clockRate: number;
  readonly statistics: ReceptionStatistics;
  readonly gaps = new ReceiveGaps();
  readonly keyFrames = new KeyFrameRequests();
  readonly descriptor = new DependencyDescriptorReader();
  readonly clock: SenderClock;
  readonly cache: PacketCache;
  readonly rates = new LayerRates();
  /** Of the last key frame that told; 0 before. */
  width = 0;
  height = 0;
  readonly beganAt: Instant;
  lastPacketAt: Instant;
  highestSequence = -1;

  constructor(options: {
    now: Instant;
    ssrc: number;
    encoding: number;
    rid: string;
    clockRate: number;
    kind: 'audio' | 'video';
  }) {
    this.ssrc = options.ssrc;
    this.encoding = options.encoding;
    this.rid = options.rid;
    this.clockRate = options.clockRate;
    this.statistics = new ReceptionStatistics(options.ssrc);
    this.clock = new SenderClock(options.clockRate);
    this.beganAt = options.now;
    this.lastPacketAt = options.now;
    this.cache = new PacketCache(options.kind === 'audio' ? AUDIO_CACHE : VIDEO_CACHE);
  }

  /** The extended number of a packet that has just come. */
  extend(sequenceNumber: number): number {
    const extended =
      this.highestSequence < 0
        ? FIRST_CYCLE + sequenceNumber
        : extendSequence(this.highestSequence, sequenceNumber);
    if (extended > this.highestSequence) this.highestSequence = extended;
    return extended;
  }
}

/** So that packets from before the first one have numbers too. */
const FIRST_CYCLE = 0x1_0000;
const AUDIO_CACHE = { packets: 64, initialBytes: 4096, maximumBytes: 32 * 1024 };
const VIDEO_CACHE = { packets: 1024, initialBytes: 64 * 1024, maximumBytes: 1024 * 1024 };
