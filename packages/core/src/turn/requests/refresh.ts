import { Attribute } from '../../stun/attributes.js';
import { after } from '../../time/instant.js';
import { deleteRelay } from '../allocation/allocation-lifecycle.js';
import type { Relay } from '../allocation/records.js';
import { relayOfFamily } from '../allocation/records.js';
import { answerKey } from '../answer-cache.js';
import type { Rejection } from '../rejection.js';
import { reject } from '../rejection.js';
import type { AllocationRequest, RequestOutcome } from '../turn-request.js';
import { answerSender } from '../turn-request.js';
import type { TurnState } from '../turn-state.js';
import { grantedLifetime } from './lifetime.js';

/** Receiving a Refresh request: RFC 8656 section 8.2. */
export function handleRefresh(turn: TurnState, request: AllocationRequest): RequestOutcome {
  const { now, view } = request;
  const relays = selectRelays(request);
  if ('code' in relays) return relays;
  const lifetimeSeconds = grantedLifetime(view, turn.limits);
  if (lifetimeSeconds === 'malformed') return reject(400);

  turn.replies.beginSuccess(request.origin).u32(Attribute.lifetime, lifetimeSeconds);
  answerSender(turn, request);
  if (lifetimeSeconds > 0) {
    for (const relay of relays) turn.wheel.schedule(relay, now, after(now, lifetimeSeconds * 1000));
    return 'answered';
  }
  // The answer may get lost, and a retransmission would find no allocation.
  const { buffer, offset, length } = turn.replies.writer;
  turn.answers.store(now, answerKey(view, request.arrival), buffer, offset, length);
  for (const relay of relays) deleteRelay(turn, now, relay, 'refreshZero');
  return 'answered';
}

/** REQUESTED-ADDRESS-FAMILY picks one relayed address of a dual allocation; 443 when there is none of that family. */
function selectRelays(request: AllocationRequest): readonly Relay[] | Rejection {
  const { view, allocation } = request;
  const index = view.find(Attribute.requestedAddressFamily);
  if (index < 0) return allocation.relays;
  const family = view.readU8WithReserved(index);
  if (family === undefined) return reject(400);
  const relay = relayOfFamily(allocation, family === 1 ? 4 : family === 2 ? 6 : 0);
  return relay === undefined ? reject(443) : [relay];
}
