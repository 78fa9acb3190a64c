import { NO_PATH } from '../../path/path.js';
import type { AddressFamily, TransportAddress } from '../../path/transport-address.js';
import { setDense } from '../dense-array.js';
import type { TurnState } from '../turn-state.js';
import type { Allocation, Relay, Permission } from './records.js';
import { NO_CHANNEL, PeerPath } from './records.js';

/** The peer at an address (network order), if its path from this relay is interned. Allocates nothing. */
export function findPeerPath(
  turn: TurnState,
  relay: Relay,
  family: AddressFamily,
  bytes: Uint8Array,
  port: number,
): PeerPath | undefined {
  const path = turn.host.lookupPeerPath(relay.socket, family, bytes, 0, port);
  return path === NO_PATH ? undefined : turn.peerPaths[path];
}

/** Interns the path to a peer that is not interned yet; undefined when the host's table is full. */
export function openPeerPath(
  turn: TurnState,
  relay: Relay,
  peer: TransportAddress,
  permission: Permission,
): PeerPath | undefined {
  const path = turn.host.retainPeerPath(relay.socket, peer);
  if (path === NO_PATH) return undefined;
  const peerPath = new PeerPath(relay, path, permission);
  setDense(turn.peerPaths, path, peerPath);
  const allocation = relay.allocation;
  peerPath.previous = allocation.lastPeerPath;
  if (allocation.lastPeerPath === null) allocation.firstPeerPath = peerPath;
  else allocation.lastPeerPath.next = peerPath;
  allocation.lastPeerPath = peerPath;
  allocation.unboundPeerCount++;
  return peerPath;
}

/** Forgets a peer that has no channel and gives its path back. */
export function releasePeerPath(turn: TurnState, peerPath: PeerPath): void {
  const allocation = peerPath.allocation;
  if (peerPath.previous === null) allocation.firstPeerPath = peerPath.next;
  else peerPath.previous.next = peerPath.next;
  if (peerPath.next === null) allocation.lastPeerPath = peerPath.previous;
  else peerPath.next.previous = peerPath.previous;
  allocation.unboundPeerCount--;
  turn.wheel.cancel(peerPath);
  turn.peerPaths[peerPath.path] = undefined;
  turn.host.releasePath(peerPath.path);
}

/** Makes room for one more peer without a channel by forgetting the one that came first. */
export function evictOldestUnboundPeer(turn: TurnState, allocation: Allocation): void {
  for (let peerPath = allocation.firstPeerPath; peerPath !== null; peerPath = peerPath.next) {
    if (peerPath.channelNumber === NO_CHANNEL) return releasePeerPath(turn, peerPath);
  }
}

/** Forgets every peer without a channel that an expired permission covered. */
export function releaseUnboundPeers(turn: TurnState, permission: Permission): void {
  let peerPath = permission.allocation.firstPeerPath;
  while (peerPath !== null) {
    const next = peerPath.next;
    if (peerPath.permission === permission && peerPath.channelNumber === NO_CHANNEL) {
      releasePeerPath(turn, peerPath);
    }
    peerPath = next;
  }
}
