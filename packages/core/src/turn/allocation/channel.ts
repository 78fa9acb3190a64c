import type { Instant } from '../../time/instant.js';
import { after, NEVER } from '../../time/instant.js';
import type { TurnState } from '../turn-state.js';
import { releasePeerPath } from './peer-path.js';
import { forgetPermissionIfUnused } from './permission.js';
import type { Allocation, PeerPath } from './records.js';
import { NO_CHANNEL } from './records.js';

/**
 * Channel numbers a client may bind. RFC 8656 section 12 ends the range at 0x4FFF; RFC 5766 ended it at 0x7FFF, and
 * clients that still choose from the longer range (coturn's among them) are served. On a TURN port first bytes of 0x50
 * to 0x7F mean nothing else.
 */
export const LOWEST_CHANNEL_NUMBER = 0x4000;
export const HIGHEST_CHANNEL_NUMBER = 0x7fff;

/**
 * The peer a channel number is bound to, expired bindings included, or null. Allocations with a few channels (nearly
 * all) walk their peers, which spares them a map of their own.
 */
export function findChannel(allocation: Allocation, channelNumber: number): PeerPath | null {
  if (allocation.channels !== null) return allocation.channels.get(channelNumber) ?? null;
  let peerPath = allocation.firstPeerPath;
  while (peerPath !== null && peerPath.channelNumber !== channelNumber) peerPath = peerPath.next;
  return peerPath;
}

/** Binds a free channel number to an interned peer without a channel. */
export function bindChannel(turn: TurnState, now: Instant, peerPath: PeerPath, channelNumber: number): void {
  const allocation = peerPath.allocation;
  peerPath.channelNumber = channelNumber;
  peerPath.permission.channelCount++;
  allocation.unboundPeerCount--;
  allocation.channelCount++;
  indexChannel(allocation, peerPath);
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
  allocation.channelCount--;
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

function indexChannel(allocation: Allocation, peerPath: PeerPath): void {
  if (allocation.channels !== null) {
    allocation.channels.set(peerPath.channelNumber, peerPath);
    return;
  }
  if (allocation.channelCount <= FEW_CHANNELS) return;
  allocation.channels = new Map();
  for (let each = allocation.firstPeerPath; each !== null; each = each.next) {
    if (each.channelNumber !== NO_CHANNEL) allocation.channels.set(each.channelNumber, each);
  }
}

const FEW_CHANNELS = 4;
