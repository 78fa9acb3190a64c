import { NO_PATH } from '../../path/path.js';
import { Transport } from '../../path/transport-address.js';
import { Attribute } from '../../stun/attributes.js';
import { reject } from '../rejection.js';
import type { RequestOutcome, TurnRequest } from '../turn-request.js';
import { answerSender } from '../turn-request.js';
import type { TurnState } from '../turn-state.js';

/** Receiving a ConnectionBind request on a fresh connection of the client: RFC 6062 section 5.4. */
export function handleConnectionBind(turn: TurnState, request: TurnRequest): RequestOutcome {
  const { arrival, view, allocation, origin } = request;
  const isStream = arrival.transport === Transport.tcp || arrival.transport === Transport.tls;
  // A connection that controls an allocation carries no data.
  if (!isStream || arrival.path === NO_PATH || allocation !== undefined) return reject(400);
  if (turn.pendingByPath.has(arrival.path)) return reject(400);
  const connectionId = view.readU32(view.find(Attribute.connectionId));
  if (connectionId === undefined) return reject(400);
  const connection = turn.peerConnections.get(connectionId);
  if (connection === undefined || connection.state.kind !== 'waiting') return reject(400);
  if (connection.allocation.credential.username !== origin.authenticated.credential.username)
    return reject(441);

  // The id is used up; the timer that would close the waiting connection stops.
  const { handle } = connection.state;
  turn.wheel.cancel(connection);
  connection.state = { kind: 'bound', handle };
  turn.replies.beginSuccess(origin).u32(Attribute.connectionId, connectionId);
  answerSender(turn, request);
  turn.host.bindConnections(arrival.path, handle);
  return 'answered';
}
