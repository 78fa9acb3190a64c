/** Why the router dropped a packet. Small integers; `SFU_DROPS` has the names under which they are counted. */
export const SFU_DROPS = [
  'unknown_ssrc',
  'ssrc_limit',
  'unknown_payload_type',
  'malformed_payload',
  'malformed_rtcp',
  'duplicate',
  'not_forwarded',
] as const;

export type SfuDropName = (typeof SFU_DROPS)[number];

/** By name: `SfuDrop.unknown_ssrc`. */
export const SfuDrop = Object.fromEntries(SFU_DROPS.map((name, index) => [name, index])) as Readonly<
  Record<SfuDropName, number>
>;

/** What a router counts; plain numbers that only grow. */
export class SfuCounters {
  readonly drops = new Float64Array(SFU_DROPS.length);
  receivedPackets = 0;
  receivedBytes = 0;
  forwardedPackets = 0;
  forwardedBytes = 0;
  retransmittedPackets = 0;
  paddingPackets = 0;
  nacksReceived = 0;
  nacksSent = 0;
  keyFrameRequestsReceived = 0;
  keyFrameRequestsSent = 0;
}
