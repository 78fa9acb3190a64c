import type { Instant } from '../time/instant.js';
import { after, NEVER } from '../time/instant.js';
import { forgetPermissionIfUnused } from './permission.js';
import type { PeerPath } from './peer-path.js';
import { NO_CHANNEL, releasePeerPath } from './peer-path.js';
import type { TurnState } from './turn-state.js';

/** Channel numbers a client may bind (RFC 8656 section 12). */
export const LOWEST_CHANNEL_NUMBER = 0x4000;
export const HIGHEST_CHANNEL_NUMBER = 0x4fff;

/** Binds a free channel number to an interned peer without a channel. */
export function bindChannel(turn: TurnState, now: Instant, peerPath: PeerPath, channelNumber: number): void {
  const allocation = peerPath.allocation;
  peerPath.channelNumber = channelNumber;
  peerPath.permission.channelCount++;
  allocation.unboundPeerCount--;
  (allocation.channels ??= new Map()).set(channelNumber, peerPath);
  refreshChannel(turn, now, peerPath);
}

/** Gives a channel binding its full lifetime (600 s) again. */
export function refreshChannel(turn: TurnState, now: Instant, peerPath: PeerPath): void {
  peerPath.channelExpiresAt = after(now, turn.limits.channelLifetimeSeconds * 1000);
  turn.wheel.schedule(peerPath, now, peerPath.channelExpiresAt);
}

/** Ends a channel binding. The peer stays interned as long as its permission holds. */
export function unbindChannel(turn: TurnState, now: Instant, peerPath: PeerPath): void {
  const allocation = peerPath.allocation;
  const permission = peerPath.permission;
  allocation.channels?.delete(peerPath.channelNumber);
  if (allocation.lastChannel === peerPath) allocation.lastChannel = null;
  peerPath.channelNumber = NO_CHANNEL;
  peerPath.channelExpiresAt = NEVER;
  turn.wheel.cancel(peerPath);
  permission.channelCount--;
  allocation.unboundPeerCount++;
  const isSpare = allocation.unboundPeerCount > turn.limits.maximumUnboundPeersPerAllocation;
  if (isSpare || now >= permission.expiresAt) releasePeerPath(turn, peerPath);
  forgetPermissionIfUnused(permission);
}
