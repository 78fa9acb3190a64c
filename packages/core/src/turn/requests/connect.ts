import type { TransportAddress } from '../../path/transport-address.js';
import { Attribute } from '../../stun/attributes.js';
import type { Instant } from '../../time/instant.js';
import { after } from '../../time/instant.js';
import { addPeerConnection, drawConnectionId, forgetPeerConnection } from '../allocation/peer-connection.js';
import type { Allocation } from '../allocation/records.js';
import { RelayProtocol, PeerConnection, relayOfFamily } from '../allocation/records.js';
import { isReachable } from '../peer-admission.js';
import { reject } from '../rejection.js';
import type { PeerConnected } from '../turn-host.js';
import type { AllocationRequest, RequestOutcome } from '../turn-request.js';
import type { TurnState } from '../turn-state.js';

/** Receiving a Connect request: RFC 6062 section 5.2. */
export function handleConnect(turn: TurnState, request: AllocationRequest): RequestOutcome {
  const { now, view, allocation, origin } = request;
  if (allocation.protocol !== RelayProtocol.tcp) return reject(400);
  const peer = view.readXorAddress(view.find(Attribute.xorPeerAddress));
  if (peer === undefined) return reject(400);
  const relay = relayOfFamily(allocation, peer.family);
  if (relay === undefined) return reject(443);
  if (findConnectionTo(allocation, peer) !== undefined) return reject(446);
  if (!isReachable(turn, allocation, peer)) return reject(403);
  if ((allocation.connections?.size ?? 0) >= turn.limits.maximumConnectionsPerAllocation) {
    turn.host.event({ kind: 'limitHit', limit: 'connections', username: allocation.credential.username });
    return reject(486);
  }
  const requestId = turn.nextRequestId++;
  const connection = new PeerConnection({
    allocation,
    connectionId: drawConnectionId(turn),
    peer,
    state: { kind: 'connecting', requestId, origin },
  });
  addPeerConnection(turn, connection);
  turn.wheel.schedule(connection, now, after(now, turn.limits.connectTimeoutSeconds * 1000));
  turn.host.connectPeer(requestId, relay.socket, peer);
  return 'pending';
}

/** The driver has connected to the peer of a Connect, or could not: the client gets its CONNECTION-ID, or 447. */
export function finishConnect(turn: TurnState, now: Instant, requestId: number, result: PeerConnected): void {
  const connection = turn.connecting.get(requestId);
  if (connection === undefined || connection.state.kind !== 'connecting') {
    if (result.ok) turn.host.closePeerConnection(result.connection);
    return;
  }
  const { origin } = connection.state;
  forgetPeerConnection(turn, connection);
  if (result.ok) {
    connection.state = { kind: 'waiting', handle: result.connection };
    addPeerConnection(turn, connection);
    turn.wheel.schedule(connection, now, after(now, turn.limits.connectionBindTimeoutSeconds * 1000));
    turn.replies.beginSuccess(origin).u32(Attribute.connectionId, connection.connectionId);
    turn.replies.finish(origin);
  } else {
    turn.replies.writeError(origin, reject(447));
  }
  const { buffer, offset, length } = turn.replies.writer;
  turn.host.send(connection.allocation.clientPath, buffer, offset, length);
}

/** The connection of an allocation to a peer, whichever side opened it. */
export function findConnectionTo(allocation: Allocation, peer: TransportAddress): PeerConnection | undefined {
  for (const connection of allocation.connections?.values() ?? []) {
    if (connection.peer.port !== peer.port || connection.peer.family !== peer.family) continue;
    if (connection.peer.bytes.every((byte, i) => byte === peer.bytes[i])) return connection;
  }
  return undefined;
}
