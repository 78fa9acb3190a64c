import type { PathId } from '../path/path.js';
import type { AddressFamily, Transport, TransportAddress } from '../path/transport-address.js';
import type { Instant } from '../time/instant.js';
import { NEVER } from '../time/instant.js';
import type { Timed } from '../time/timer-wheel.js';
import { NOT_SCHEDULED } from '../time/timer-wheel.js';
import type { RelayProtocol } from './allocation.js';
import type { RequestOrigin } from './reply-writer.js';
import { TimedKind } from './timed-kind.js';
import type { TurnState } from './turn-state.js';

/** An Allocate that was accepted and waits for its relay sockets. */
export class PendingAllocation implements Timed {
  readonly kind = TimedKind.pendingAllocation;
  readonly requestId: number;
  readonly clientPath: PathId;
  readonly clientTransport: Transport;
  readonly client: TransportAddress;
  readonly protocol: RelayProtocol;
  readonly families: readonly AddressFamily[];
  readonly origin: RequestOrigin;
  readonly answerKey: string;
  readonly lifetimeSeconds: number;
  readonly dontFragment: boolean;
  /** The token the client showed. */
  readonly reservationToken: bigint | undefined;
  timerDeadline: Instant = NEVER;
  timerSlot = NOT_SCHEDULED;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;

  constructor(options: {
    requestId: number;
    clientPath: PathId;
    clientTransport: Transport;
    client: TransportAddress;
    protocol: RelayProtocol;
    families: readonly AddressFamily[];
    origin: RequestOrigin;
    answerKey: string;
    lifetimeSeconds: number;
    dontFragment: boolean;
    reservationToken: bigint | undefined;
  }) {
    this.requestId = options.requestId;
    this.clientPath = options.clientPath;
    this.clientTransport = options.clientTransport;
    this.client = options.client;
    this.protocol = options.protocol;
    this.families = options.families;
    this.origin = options.origin;
    this.answerKey = options.answerKey;
    this.lifetimeSeconds = options.lifetimeSeconds;
    this.dontFragment = options.dontFragment;
    this.reservationToken = options.reservationToken;
  }
}

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
