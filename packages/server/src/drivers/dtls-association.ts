import type { PathId } from '@madang/core/path/path';
import type { Instant } from '@madang/core/time/instant';
import { NEVER, after } from '@madang/core/time/instant';
import { NOT_SCHEDULED } from '@madang/core/time/timer-wheel';
import type { Timed } from '@madang/core/time/timer-wheel';
import type { DtlsSession } from '../crypto/dtls-endpoint.js';
import type { DtlsSource } from './dtls-admission.js';
import type { DtlsHandshakeGuard } from './dtls-handshake-guard.js';

/** One handshake or session on a path. */
export interface DtlsLeg {
  readonly session: DtlsSession;
  readonly source: DtlsSource;
  readonly guard: DtlsHandshakeGuard;
  /** The client's random: a hello with the same one belongs to this leg, and its replay starts nothing. */
  readonly clientRandom: Uint8Array;
  /** When a handshake is given up. */
  handshakeDeadline: Instant;
}

/**
 * What one path has: a session, a handshake, or both. A client that has lost its state may begin anew from the same
 * address; the old session lives until the new one is established (RFC 6347 section 4.2.8).
 */
export class DtlsAssociation implements Timed {
  readonly path: PathId;
  established: DtlsLeg | undefined;
  pending: DtlsLeg | undefined;
  idleMilliseconds: number;
  lastReceived: Instant;
  timerDeadline: Instant = NEVER;
  timerSlot: number = NOT_SCHEDULED;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;

  constructor(path: PathId, now: Instant, idleMilliseconds: number) {
    this.path = path;
    this.lastReceived = now;
    this.idleMilliseconds = idleMilliseconds;
  }

  /** The leg a hello with this random belongs to, if any. */
  legOfRandom(bytes: Uint8Array, offset: number): DtlsLeg | undefined {
    for (const leg of [this.pending, this.established]) {
      if (leg?.clientRandom.every((byte, i) => byte === bytes[offset + i])) return leg;
    }
    return undefined;
  }

  /** When something is due: a retransmission, the end of patience with a handshake, or the end of an idle session. */
  nextDeadline(now: Instant): Instant {
    let deadline = this.established === undefined ? NEVER : after(this.lastReceived, this.idleMilliseconds);
    if (this.pending !== undefined) {
      if (this.pending.handshakeDeadline < deadline) deadline = this.pending.handshakeDeadline;
      const due = this.pending.session.retransmissionDueMilliseconds();
      if (due !== undefined && now + due < deadline) deadline = after(now, due);
    }
    return deadline;
  }
}
