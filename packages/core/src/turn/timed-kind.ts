/** What a thing on TURN's timer wheel is; indexes the table of expiry handlers. */
export const TimedKind = {
  relay: 0,
  permission: 1,
  peerPath: 2,
  reservation: 3,
  pendingAllocation: 4,
  peerConnection: 5,
} as const;
export type TimedKind = (typeof TimedKind)[keyof typeof TimedKind];
