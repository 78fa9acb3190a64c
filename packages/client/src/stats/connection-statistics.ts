import type { ConnectionState, ConnectionStatistics, TrackStatistics } from '../api/connection.js';
import { NO_PATH, pathOf } from './path.js';
import { rate } from './quality.js';
import { selectedPairOf, statsOfType } from './rtc-stats.js';
import type {
  CandidatePairStat,
  CodecStat,
  InboundRtpStat,
  OutboundRtpStat,
  RemoteInboundRtpStat,
} from './rtc-stats.js';

/** Counters of one report, kept to find out what happened until the next one. */
export interface RawSample {
  /** Of the whole connection. */
  readonly bytes: { readonly sent: number; readonly received: number; readonly timestamp: number };
  /** By the id of the statistics object. */
  readonly inbound: ReadonlyMap<string, InboundRtpStat>;
  readonly outbound: ReadonlyMap<string, OutboundRtpStat>;
}

/** What a report says. State and rating are not in it. */
export interface Measurement extends Omit<ConnectionStatistics, 'state' | 'quality'> {
  /** Of each of `received`: share of the time since the previous sample, 0 to 1, for which the video stood still. */
  readonly frozenFractions: readonly number[];
}

const NOTHING = { roundTripMs: undefined, sent: [], received: [], frozenFraction: 0 } as const;

/** Of a connection of which no report was taken (yet, or any more). */
export function noStatistics(state: ConnectionState): ConnectionStatistics {
  return {
    state,
    path: NO_PATH,
    quality: state === 'connected' ? 'unknown' : rate({ ...NOTHING, state }),
    roundTripMs: undefined,
    availableOutgoingBitrateBps: undefined,
    sentBitrateBps: 0,
    receivedBitrateBps: 0,
    sent: [],
    received: [],
    at: Date.now(),
  };
}

/** Which track an m-section carries in a direction; undefined when nobody knows (yet). */
export type TrackOf = (mid: string, direction: 'sent' | 'received') => string | undefined;

/**
 * Turns a report into statistics. Pure. Without a previous sample, rates and fractions are 0; counters that went back
 * (a rebuilt connection, another SSRC) count as begun anew.
 * @param atMs milliseconds since 1970-01-01 UTC
 */
export function measure(
  previous: RawSample | undefined,
  report: RTCStatsReport,
  trackOf: TrackOf,
  atMs: number,
): { raw: RawSample; measurement: Measurement } {
  const pair = selectedPairOf(report);
  const inbound = newestByMid(statsOfType(report, 'inbound-rtp'));
  const outbound = statsOfType(report, 'outbound-rtp');
  const fromFarSide = statsOfType(report, 'remote-inbound-rtp');
  const received = inbound.flatMap((stat) => {
    const trackId = stat.mid === undefined ? undefined : trackOf(stat.mid, 'received');
    return trackId === undefined ? [] : [{ trackId, stat, before: previous?.inbound.get(stat.id) }];
  });
  const raw: RawSample = { bytes: bytesOf(report, pair), inbound: byId(inbound), outbound: byId(outbound) };
  const measurement: Measurement = {
    path: pathOf(report),
    roundTripMs: roundTripMsOf(pair, fromFarSide),
    availableOutgoingBitrateBps: pair?.availableOutgoingBitrate,
    sentBitrateBps: bitrateBps(previous?.bytes, raw.bytes, 'sent'),
    receivedBitrateBps: bitrateBps(previous?.bytes, raw.bytes, 'received'),
    sent: outbound.flatMap((stat) => {
      const trackId = stat.mid === undefined ? undefined : trackOf(stat.mid, 'sent');
      // Of an encoding that is switched off there is nothing to say.
      if (trackId === undefined || (stat.rid !== undefined && stat.active === false)) return [];
      const far = fromFarSide.find(({ localId }) => localId === stat.id);
      return [sentTrack(trackId, previous?.outbound.get(stat.id), stat, far, codecOf(report, stat.codecId))];
    }),
    received: received.map(({ trackId, stat, before }) =>
      receivedTrack(trackId, before, stat, codecOf(report, stat.codecId)),
    ),
    frozenFractions: received.map(({ stat, before }) => frozenFractionOf(before, stat)),
    at: atMs,
  };
  return { raw, measurement };
}

function sentTrack(
  trackId: string,
  previous: OutboundRtpStat | undefined,
  stat: OutboundRtpStat,
  far: RemoteInboundRtpStat | undefined,
  codec: string | undefined,
): TrackStatistics {
  return {
    ...pictureOf(stat),
    trackId,
    rid: stat.rid,
    bitrateBps: bitrateBps(previous, stat, 'bytesSent'),
    lossFraction: Math.min(1, Math.max(0, far?.fractionLost ?? 0)),
    jitterMs: inMs(far?.jitter),
    frames: stat.framesEncoded,
    freezeCount: undefined,
    freezeSeconds: undefined,
    concealedFraction: undefined,
    qualityLimitationReason: limitationOf(stat),
    codec,
  };
}

function receivedTrack(
  trackId: string,
  previous: InboundRtpStat | undefined,
  stat: InboundRtpStat,
  codec: string | undefined,
): TrackStatistics {
  return {
    ...pictureOf(stat),
    trackId,
    rid: undefined,
    bitrateBps: bitrateBps(previous, stat, 'bytesReceived'),
    lossFraction: lossFractionOf(previous, stat),
    jitterMs: inMs(stat.jitter),
    frames: stat.framesDecoded,
    freezeCount: stat.freezeCount,
    freezeSeconds: stat.totalFreezesDuration,
    concealedFraction: stat.kind === 'audio' ? concealedFractionOf(previous, stat) : undefined,
    qualityLimitationReason: undefined,
    codec,
  };
}

function pictureOf(
  stat: InboundRtpStat | OutboundRtpStat,
): Pick<TrackStatistics, 'kind' | 'width' | 'height' | 'framesPerSecond'> {
  const isVideo = stat.kind === 'video';
  return {
    kind: isVideo ? 'video' : 'audio',
    width: isVideo ? stat.frameWidth : undefined,
    height: isVideo ? stat.frameHeight : undefined,
    framesPerSecond: isVideo ? stat.framesPerSecond : undefined,
  };
}

/** Bytes of everything that went over the connection: of the transport, which outlives changes of the pair. */
function bytesOf(report: RTCStatsReport, pair: CandidatePairStat | undefined): RawSample['bytes'] {
  const transport = statsOfType(report, 'transport').find(({ bytesSent }) => bytesSent !== undefined);
  const { bytesSent, bytesReceived, timestamp } = transport ?? pair ?? { timestamp: 0 };
  return { sent: bytesSent ?? 0, received: bytesReceived ?? 0, timestamp };
}

/** Per second, of counters of bytes; by the browser's own timestamps, which are when it counted. */
function bitrateBps<Counter extends string>(
  previous: ({ readonly [Name in Counter]?: number } & { readonly timestamp: number }) | undefined,
  stat: { readonly [Name in Counter]?: number } & { readonly timestamp: number },
  counter: Counter,
): number {
  if (previous === undefined) return 0;
  const seconds = (stat.timestamp - previous.timestamp) / 1000;
  return seconds > 0 ? Math.round((8 * grown(previous[counter], stat[counter])) / seconds) : 0;
}

function lossFractionOf(previous: InboundRtpStat | undefined, stat: InboundRtpStat): number {
  if (previous === undefined) return 0;
  const lost = grown(previous.packetsLost, stat.packetsLost);
  return fraction(lost, lost + grown(previous.packetsReceived, stat.packetsReceived));
}

/** Silence put in for what did not come is not counted: that is how a track sounds whose sender rests. */
function concealedFractionOf(previous: InboundRtpStat | undefined, stat: InboundRtpStat): number {
  if (previous === undefined) return 0;
  const concealed = grown(previous.concealedSamples, stat.concealedSamples);
  const silent = grown(previous.silentConcealedSamples, stat.silentConcealedSamples);
  return fraction(concealed - silent, grown(previous.totalSamplesReceived, stat.totalSamplesReceived));
}

function frozenFractionOf(previous: InboundRtpStat | undefined, stat: InboundRtpStat): number {
  if (previous === undefined) return 0;
  const frozenSeconds = grown(previous.totalFreezesDuration, stat.totalFreezesDuration);
  return fraction(frozenSeconds, (stat.timestamp - previous.timestamp) / 1000);
}

function roundTripMsOf(
  pair: CandidatePairStat | undefined,
  fromFarSide: readonly RemoteInboundRtpStat[],
): number | undefined {
  return inMs(pair?.currentRoundTripTime ?? fromFarSide.find((stat) => stat.roundTripTime)?.roundTripTime);
}

/** A sender that began anew (another SSRC) leaves its old statistics behind for a while. */
function newestByMid(stats: readonly InboundRtpStat[]): InboundRtpStat[] {
  const newest = new Map<string, InboundRtpStat>();
  for (const stat of stats) {
    const key = stat.mid ?? stat.id;
    const other = newest.get(key);
    if ((other?.lastPacketReceivedTimestamp ?? -1) < (stat.lastPacketReceivedTimestamp ?? 0))
      newest.set(key, stat);
  }
  return [...newest.values()];
}

function byId<Kind extends { readonly id: string }>(stats: readonly Kind[]): ReadonlyMap<string, Kind> {
  return new Map(stats.map((stat) => [stat.id, stat]));
}

/** `opus`, `VP8`: the subtype of the MIME type. */
function codecOf(report: RTCStatsReport, codecId: string | undefined): string | undefined {
  const codec = report.get(codecId ?? '') as CodecStat | undefined;
  return codec?.mimeType.split('/')[1];
}

const LIMITATIONS = ['none', 'cpu', 'bandwidth', 'other'] as const;

function limitationOf({
  qualityLimitationReason,
}: OutboundRtpStat): TrackStatistics['qualityLimitationReason'] {
  return LIMITATIONS.find((known) => known === qualityLimitationReason);
}

/** How much a counter grew; one that went back began anew. */
function grown(before: number | undefined, now: number | undefined): number {
  return Math.max(0, (now ?? 0) - (before ?? 0));
}

function fraction(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 10_000) / 10;
}
