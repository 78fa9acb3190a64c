import type { TransportAddress } from '../path/transport-address.js';
import type { Allocation } from './allocation/records.js';
import { RelayProtocol } from './allocation/records.js';
import type { TurnState } from './turn-state.js';

/** Whether a permission for the address may be installed. Its port says nothing (RFC 8656 section 10.2); many send 0. */
export function isPermissible(turn: TurnState, allocation: Allocation, peer: TransportAddress): boolean {
  const judged = peer.port === 0 ? { ...peer, port: ANY_PORT } : peer;
  return turn.peerPolicy.decide(judged, allocation.protocol) === 'allowed';
}

/** Whether traffic may flow to exactly this peer: policy, port, and no circles through our own relays. */
export function isReachable(turn: TurnState, allocation: Allocation, peer: TransportAddress): boolean {
  if (peer.port === 0) return false;
  if (allocation.protocol === RelayProtocol.tcp && peer.port < turn.limits.lowestTcpPeerPort) return false;
  if (turn.peerPolicy.decide(peer, allocation.protocol) !== 'allowed') return false;
  return !isOwnRelayedAddress(turn, allocation, peer);
}

function isOwnRelayedAddress(turn: TurnState, allocation: Allocation, peer: TransportAddress): boolean {
  const relay = turn.relayedAddresses.find(peer);
  if (relay === undefined) return false;
  if (relay.allocation === allocation) return true;
  if (turn.features.ownRelayedPeers === 'allowed' || allocation.credential.kind === 'fixed') return false;
  return relay.allocation.credential.identity === allocation.credential.identity;
}

/** Stands for "some port": high, and no service's. */
const ANY_PORT = 65_535;
