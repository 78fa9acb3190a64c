import type { TransportAddress } from '../../path/transport-address.js';
import { Attribute } from '../../stun/attributes.js';
import { findPermission, installPermission, wordsOfAddress } from '../allocation/permission.js';
import { relayOfFamily } from '../allocation/records.js';
import { isPermissible } from '../peer-admission.js';
import { reject } from '../rejection.js';
import type { AllocationRequest, RequestOutcome } from '../turn-request.js';
import { answerSender } from '../turn-request.js';
import type { TurnState } from '../turn-state.js';

/** Receiving a CreatePermission request: RFC 8656 section 10.2. All its permissions are installed, or none. */
export function handleCreatePermission(turn: TurnState, request: AllocationRequest): RequestOutcome {
  const { now, view, allocation } = request;
  const peers: TransportAddress[] = [];
  for (let i = 0; i < view.attributeCount; i++) {
    if (view.attributeType(i) !== Attribute.xorPeerAddress) continue;
    const peer = view.readXorAddress(i);
    if (peer === undefined) return reject(400);
    peers.push(peer);
  }
  // At least one XOR-PEER-ADDRESS, all of families the allocation has, all allowed.
  if (peers.length === 0) return reject(400);
  if (peers.some((peer) => relayOfFamily(allocation, peer.family) === undefined)) return reject(443);
  if (!peers.every((peer) => isPermissible(turn, allocation, peer))) return reject(403);

  const news = peers.filter(
    (peer) => findPermission(allocation, peer.family, wordsOfAddress(peer.family, peer.bytes)) === undefined,
  );
  const total = (allocation.permissions?.length ?? 0) + news.length;
  if (total > turn.limits.maximumPermissionsPerAllocation) {
    turn.host.event({ kind: 'limitHit', limit: 'permissions', username: allocation.credential.username });
    return reject(508);
  }
  for (const peer of peers) {
    installPermission(turn, now, allocation, peer.family, wordsOfAddress(peer.family, peer.bytes));
  }
  turn.replies.beginSuccess(request.origin);
  return answerSender(turn, request);
}
