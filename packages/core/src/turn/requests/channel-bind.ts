import { Attribute } from '../../stun/attributes.js';
import {
  bindChannel,
  findChannel,
  HIGHEST_CHANNEL_NUMBER,
  LOWEST_CHANNEL_NUMBER,
  refreshChannel,
} from '../allocation/channel.js';
import { findPeerPath, openPeerPath } from '../allocation/peer-path.js';
import { installPermission, wordsOfAddress } from '../allocation/permission.js';
import { RelayProtocol, NO_CHANNEL, relayOfFamily } from '../allocation/records.js';
import { isReachable } from '../peer-admission.js';
import { reject } from '../rejection.js';
import type { AllocationRequest, RequestOutcome } from '../turn-request.js';
import { answerSender } from '../turn-request.js';
import type { TurnState } from '../turn-state.js';

/** Receiving a ChannelBind request: RFC 8656 section 12.2. */
export function handleChannelBind(turn: TurnState, request: AllocationRequest): RequestOutcome {
  const { now, view, allocation } = request;
  if (allocation.protocol !== RelayProtocol.udp) return reject(400);
  // Both attributes, and a number in the range.
  const number = view.readU16WithReserved(view.find(Attribute.channelNumber));
  const peer = view.readXorAddress(view.find(Attribute.xorPeerAddress));
  if (number === undefined || peer === undefined) return reject(400);
  if (number < LOWEST_CHANNEL_NUMBER || number > HIGHEST_CHANNEL_NUMBER) return reject(400);
  const relay = relayOfFamily(allocation, peer.family);
  if (relay === undefined) return reject(443);
  // One peer per channel and one channel per peer.
  const known = findPeerPath(turn, relay, peer.family, peer.bytes, peer.port);
  const bound = findChannel(allocation, number);
  if (bound !== null && bound !== known) return reject(400);
  if (known !== undefined && known.channelNumber !== NO_CHANNEL && known.channelNumber !== number)
    return reject(400);
  if (!isReachable(turn, allocation, peer)) return reject(403);

  const isFull = allocation.channelCount >= turn.limits.maximumChannelsPerAllocation;
  if (bound === null && isFull) return rejectFull(turn, request, 'channels');
  const permission = installPermission(
    turn,
    now,
    allocation,
    peer.family,
    wordsOfAddress(peer.family, peer.bytes),
  );
  if (permission === undefined) return rejectFull(turn, request, 'permissions');
  const peerPath = known ?? openPeerPath(turn, relay, peer, permission);
  if (peerPath === undefined) return rejectFull(turn, request, 'paths');
  if (bound === null) bindChannel(turn, now, peerPath, number);
  else refreshChannel(turn, now, peerPath);
  turn.replies.beginSuccess(request.origin);
  return answerSender(turn, request);
}

function rejectFull(turn: TurnState, request: AllocationRequest, limit: string): RequestOutcome {
  turn.host.event({ kind: 'limitHit', limit, username: request.allocation.credential.username });
  return reject(508);
}
