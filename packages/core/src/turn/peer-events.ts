import type { SocketId } from '../path/path.js';
import type { TransportAddress } from '../path/transport-address.js';
import { Attribute } from '../stun/attributes.js';
import { MessageClass, messageType } from '../stun/message-type.js';
import { Method } from '../stun/methods.js';
import type { Instant } from '../time/instant.js';
import { after } from '../time/instant.js';
import { addPeerConnection, drawConnectionId } from './allocation/peer-connection.js';
import { findPermission, wordsOfAddress } from './allocation/permission.js';
import type { Relay } from './allocation/records.js';
import { RelayProtocol, PeerConnection } from './allocation/records.js';
import type { DataIndicationWriter } from './data-indication.js';
import { isReachable } from './peer-admission.js';
import { findConnectionTo } from './requests/connect.js';
import type { PeerConnectionId } from './turn-host.js';
import type { TurnState } from './turn-state.js';

/** An ICMP error about a datagram that a relay had sent: type, code, and the four bytes behind them (RFC 8656 11.5). */
export interface PeerIcmpError {
  readonly relay: SocketId;
  readonly peer: TransportAddress;
  readonly type: number;
  readonly code: number;
  readonly errorData: number;
}

/** Tells the client, if that is switched on and the peer has a permission; the allocation goes on in any case. */
export function reportPeerIcmp(
  turn: TurnState,
  now: Instant,
  indications: DataIndicationWriter,
  error: PeerIcmpError,
): void {
  const relay = turn.relays[error.relay];
  if (turn.features.icmpReporting === 'off' || relay === undefined) return;
  if (!isPermitted(now, relay, error.peer)) return;
  indications.sendIcmp(relay.allocation.clientPath, error.peer, error.type, error.code, error.errorData);
}

/**
 * RFC 6062 section 5.3: a peer has connected to a relayed address. With a permission the client is told by a
 * ConnectionAttempt and has 30 s to bind; everything else is closed at once.
 */
export function admitPeerConnection(
  turn: TurnState,
  now: Instant,
  relaySocket: SocketId,
  handle: PeerConnectionId,
  peer: TransportAddress,
): void {
  const relay = turn.relays[relaySocket];
  if (relay === undefined || !mayConnect(turn, now, relay, peer))
    return turn.host.closePeerConnection(handle);
  const { allocation } = relay;
  const connection = new PeerConnection({
    allocation,
    connectionId: drawConnectionId(turn),
    peer,
    state: { kind: 'waiting', handle },
  });
  addPeerConnection(turn, connection);
  turn.wheel.schedule(connection, now, after(now, turn.limits.connectionBindTimeoutSeconds * 1000));
  const { writer } = turn.replies;
  writer
    .begin(CONNECTION_ATTEMPT, turn.transactionIds.pool, turn.transactionIds.next())
    .u32(Attribute.connectionId, connection.connectionId)
    .xorAddress(Attribute.xorPeerAddress, peer);
  turn.host.send(allocation.clientPath, writer.buffer, writer.offset, writer.length);
}

function mayConnect(turn: TurnState, now: Instant, relay: Relay, peer: TransportAddress): boolean {
  const { allocation } = relay;
  if (allocation.protocol !== RelayProtocol.tcp || !isPermitted(now, relay, peer)) return false;
  if ((allocation.connections?.size ?? 0) >= turn.limits.maximumConnectionsPerAllocation) return false;
  return isReachable(turn, allocation, peer) && findConnectionTo(allocation, peer) === undefined;
}

function isPermitted(now: Instant, relay: Relay, peer: TransportAddress): boolean {
  const permission = findPermission(relay.allocation, peer.family, wordsOfAddress(peer.family, peer.bytes));
  return permission !== undefined && now < permission.expiresAt;
}

const CONNECTION_ATTEMPT = messageType(Method.connectionAttempt, MessageClass.indication);
