import { reject } from '../rejection.js';
import type { TurnState } from '../turn-state.js';
import type { PeerConnection } from './records.js';

/** Enters a connection into the books. */
export function addPeerConnection(turn: TurnState, connection: PeerConnection): void {
  (connection.allocation.connections ??= new Map()).set(connection.connectionId, connection);
  turn.peerConnections.set(connection.connectionId, connection);
  const state = connection.state;
  if (state.kind === 'connecting') turn.connecting.set(state.requestId, connection);
  else turn.peerConnectionsByHandle.set(state.handle, connection);
}

/** Takes a connection out of the books without closing it. */
export function forgetPeerConnection(turn: TurnState, connection: PeerConnection): void {
  connection.allocation.connections?.delete(connection.connectionId);
  turn.peerConnections.delete(connection.connectionId);
  const state = connection.state;
  if (state.kind === 'connecting') turn.connecting.delete(state.requestId);
  else turn.peerConnectionsByHandle.delete(state.handle);
  turn.wheel.cancel(connection);
}

/** Ends a connection: the allocation goes, or nobody bound it in time. */
export function closePeerConnection(turn: TurnState, connection: PeerConnection): void {
  forgetPeerConnection(turn, connection);
  // One that is still connecting has no handle: the driver's late report finds nobody and it is closed then.
  if (connection.state.kind !== 'connecting') turn.host.closePeerConnection(connection.state.handle);
}

/** RFC 6062 section 5.2: no connection within 30 s is answered 447; section 5.3: one nobody bound is closed. */
export function expirePeerConnection(turn: TurnState, connection: PeerConnection): void {
  if (connection.state.kind === 'connecting') {
    turn.replies.writeError(connection.state.origin, reject(447));
    const { buffer, offset, length } = turn.replies.writer;
    turn.host.send(connection.allocation.clientPath, buffer, offset, length);
  }
  closePeerConnection(turn, connection);
}

/** A CONNECTION-ID nobody can guess and nobody uses. */
export function drawConnectionId(turn: TurnState): number {
  for (;;) {
    turn.random.fillPublic(idBytes);
    const id = ((idBytes[0]! << 24) | (idBytes[1]! << 16) | (idBytes[2]! << 8) | idBytes[3]!) >>> 0;
    if (id !== 0 && !turn.peerConnections.has(id)) return id;
  }
}

const idBytes = new Uint8Array(4);
