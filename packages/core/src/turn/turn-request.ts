import type { Arrival } from '../path/path.js';
import type { StunMessageView } from '../stun/message-view.js';
import type { Instant, WallClockSeconds } from '../time/instant.js';
import type { Allocation } from './allocation/records.js';
import type { Rejection } from './rejection.js';
import type { RequestOrigin } from './reply-writer.js';
import type { TurnState } from './turn-state.js';

/** A request that has authenticated and holds no attribute we do not know. */
export interface TurnRequest {
  readonly now: Instant;
  readonly wallClock: WallClockSeconds;
  readonly arrival: Arrival;
  readonly view: StunMessageView;
  readonly origin: RequestOrigin;
  /** The allocation of the 5-tuple, if there is one. */
  readonly allocation: Allocation | undefined;
}

/** A request on an allocation of the same user. */
export interface AllocationRequest extends TurnRequest {
  readonly allocation: Allocation;
}

/** A rejection still to be written; otherwise the answer was given, or will be. */
export type RequestOutcome = Rejection | 'answered' | 'pending';

/** A table entry: what to call, and whether the 5-tuple must have an allocation (437 and 441 are settled before). */
export type RequestHandler =
  | { readonly needs: 'nothing'; handle(turn: TurnState, request: TurnRequest): RequestOutcome }
  | { readonly needs: 'allocation'; handle(turn: TurnState, request: AllocationRequest): RequestOutcome };

/** Finishes the success response begun with `replies.beginSuccess` and sends it to where the request came from. */
export function answerSender(turn: TurnState, request: TurnRequest): 'answered' {
  turn.replies.finish(request.origin);
  const { buffer, offset, length } = turn.replies.writer;
  turn.host.reply(buffer, offset, length);
  return 'answered';
}

/** Sends an answer kept from before to a retransmitted request. */
export function repeatAnswer(turn: TurnState, answer: Uint8Array): 'answered' {
  turn.host.reply(answer, 0, answer.length);
  return 'answered';
}
