import type { TurnState } from '../turn-state.js';
import type { PendingAllocation } from './records.js';

/**
 * Forgets a pending allocation: its client is gone, or the driver took too long. What the driver opens after that
 * belongs to nobody and is closed when it reports it.
 */
export function abandonPending(turn: TurnState, pending: PendingAllocation): void {
  forgetPending(turn, pending);
  turn.host.releasePath(pending.clientPath);
}

/** Takes a pending allocation out of the books; its client path stays retained. */
export function forgetPending(turn: TurnState, pending: PendingAllocation): void {
  turn.pending.delete(pending.requestId);
  turn.pendingByPath.delete(pending.clientPath);
  turn.wheel.cancel(pending);
}
