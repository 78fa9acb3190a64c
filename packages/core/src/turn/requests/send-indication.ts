import { DropReason } from '../../path/drop-reason.js';
import type { TransportAddress } from '../../path/transport-address.js';
import { AddressSlot } from '../../stun/address-slot.js';
import { Attribute } from '../../stun/attributes.js';
import type { StunMessageView } from '../../stun/message-view.js';
import type { Instant } from '../../time/instant.js';
import { Direction } from '../allocation/allocation-meters.js';
import { evictOldestUnboundPeer, findPeerPath, openPeerPath } from '../allocation/peer-path.js';
import { findPermission, wordsOfAddress } from '../allocation/permission.js';
import type { Allocation, Relay, PeerPath } from '../allocation/records.js';
import { RelayProtocol, relayOfFamily } from '../allocation/records.js';
import { isReachable } from '../peer-admission.js';
import type { TurnState } from '../turn-state.js';

/**
 * Receiving a Send indication: RFC 8656 section 11.2. Whatever is wrong with it, it is dropped and counted. To a peer
 * that was sent to before it allocates nothing.
 */
export function handleSendIndication(
  turn: TurnState,
  now: Instant,
  allocation: Allocation,
  view: StunMessageView,
): void {
  const { host } = turn;
  const data = view.find(Attribute.data);
  const isWhole = view.readXorAddressInto(view.find(Attribute.xorPeerAddress), peer) && data >= 0;
  if (!isWhole || view.unknownRequiredCount > 0 || allocation.protocol !== RelayProtocol.udp) {
    return host.drop(DropReason.indication_malformed);
  }
  if (view.has(Attribute.dontFragment) && !allocation.dontFragment) {
    return host.drop(DropReason.dont_fragment_unsupported);
  }
  const relay = relayOfFamily(allocation, peer.family);
  if (relay === undefined) return host.drop(DropReason.peer_family_mismatch);
  const peerPath =
    findPeerPath(turn, relay, relay.address.family, peer.bytes, peer.port) ?? admitPeer(turn, now, relay);
  if (peerPath === undefined) return;
  if (now >= peerPath.permission.expiresAt) return host.drop(DropReason.peer_not_permitted);
  const length = view.valueLength(data);
  if (!turn.meters.admit(allocation.meter, Direction.toPeer, now, length)) {
    return host.drop(DropReason.bandwidth_exceeded);
  }
  host.forward(peerPath.path, view.buf, view.valueOffset(data), length);
}

/** The first datagram to the peer in `peer`: is there a permission, may it be reached, is there room? */
function admitPeer(turn: TurnState, now: Instant, relay: Relay): PeerPath | undefined {
  const { allocation } = relay;
  const { family } = relay.address;
  const permission = findPermission(allocation, family, wordsOfAddress(family, peer.bytes));
  if (permission === undefined || now >= permission.expiresAt) {
    turn.host.drop(DropReason.peer_not_permitted);
    return undefined;
  }
  const address: TransportAddress = {
    family,
    bytes: peer.bytes.slice(0, family === 4 ? 4 : 16),
    port: peer.port,
  };
  if (!isReachable(turn, allocation, address)) {
    turn.host.drop(DropReason.peer_address_denied);
    return undefined;
  }
  if (allocation.unboundPeerCount >= turn.limits.maximumUnboundPeersPerAllocation) {
    evictOldestUnboundPeer(turn, allocation);
  }
  const peerPath = openPeerPath(turn, relay, address, permission);
  if (peerPath === undefined) turn.host.drop(DropReason.path_table_full);
  return peerPath;
}

const peer = new AddressSlot();
