/**
 * What is read of an RTCStatsReport (W3C Identifiers for WebRTC's Statistics API). Nearly all members are optional in
 * practice: browsers leave out what they do not measure.
 */
export interface Stat {
  readonly id: string;
  readonly type: string;
  /** Milliseconds. */
  readonly timestamp: number;
}

export interface TransportStat extends Stat {
  readonly selectedCandidatePairId?: string;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
}

export interface CandidatePairStat extends Stat {
  readonly localCandidateId: string;
  readonly remoteCandidateId: string;
  readonly state: string;
  readonly nominated?: boolean;
  /** Firefox only. */
  readonly selected?: boolean;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  /** Seconds. */
  readonly currentRoundTripTime?: number;
  readonly availableOutgoingBitrate?: number;
}

export interface CandidateStat extends Stat {
  readonly candidateType: string;
  readonly address?: string | null;
  readonly protocol?: string;
  /** Local relay candidates only: how the TURN server is reached. */
  readonly relayProtocol?: string;
}

export interface CodecStat extends Stat {
  readonly mimeType: string;
}

interface RtpStat extends Stat {
  readonly kind: string;
  readonly mid?: string;
  readonly codecId?: string;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly framesPerSecond?: number;
}

export interface InboundRtpStat extends RtpStat {
  readonly bytesReceived?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  /** Seconds. */
  readonly jitter?: number;
  readonly lastPacketReceivedTimestamp?: number;
  readonly framesDecoded?: number;
  readonly freezeCount?: number;
  /** Seconds. */
  readonly totalFreezesDuration?: number;
  readonly totalSamplesReceived?: number;
  readonly concealedSamples?: number;
  readonly silentConcealedSamples?: number;
}

export interface OutboundRtpStat extends RtpStat {
  /** With simulcast there is one of these for each encoding. */
  readonly rid?: string;
  readonly active?: boolean;
  readonly bytesSent?: number;
  readonly framesEncoded?: number;
  readonly qualityLimitationReason?: string;
}

/** What the other side reports (RTCP) of what is sent here. */
export interface RemoteInboundRtpStat extends Stat {
  readonly localId?: string;
  readonly fractionLost?: number;
  /** Seconds. */
  readonly jitter?: number;
  /** Seconds. */
  readonly roundTripTime?: number;
}

interface StatsByType {
  readonly transport: TransportStat;
  readonly 'candidate-pair': CandidatePairStat;
  readonly 'inbound-rtp': InboundRtpStat;
  readonly 'outbound-rtp': OutboundRtpStat;
  readonly 'remote-inbound-rtp': RemoteInboundRtpStat;
}

/** All of one type. */
export function statsOfType<Type extends keyof StatsByType>(
  report: RTCStatsReport,
  type: Type,
): StatsByType[Type][] {
  return ([...report.values()] as Stat[]).filter((stat) => stat.type === type) as StatsByType[Type][];
}

/** The candidate pair that media takes now: of the (bundled) transport, or where there is none the one marked so. */
export function selectedPairOf(report: RTCStatsReport): CandidatePairStat | undefined {
  for (const { selectedCandidatePairId } of statsOfType(report, 'transport')) {
    const pair = report.get(selectedCandidatePairId ?? '') as CandidatePairStat | undefined;
    if (pair !== undefined) return pair;
  }
  const pairs = statsOfType(report, 'candidate-pair');
  return (
    pairs.find(({ selected }) => selected === true) ??
    pairs.find(({ nominated, state }) => nominated === true && state === 'succeeded')
  );
}
