import type { AddressFamily } from '../path/transport-address.js';
import type { Instant } from '../time/instant.js';
import { after, NEVER } from '../time/instant.js';
import type { Timed } from '../time/timer-wheel.js';
import { NOT_SCHEDULED } from '../time/timer-wheel.js';
import { TimedKind } from './timed-kind.js';
import type { TurnState } from './turn-state.js';

/** A port kept for a second allocation (EVEN-PORT with R, RFC 8656 section 7.2). */
export class Reservation implements Timed {
  readonly kind = TimedKind.reservation;
  readonly token: bigint;
  readonly username: string;
  /** Family of the reserved port: the second Allocate does not say one. */
  readonly family: AddressFamily;
  timerDeadline: Instant = NEVER;
  timerSlot = NOT_SCHEDULED;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;

  constructor(token: bigint, username: string, family: AddressFamily) {
    this.token = token;
    this.username = username;
    this.family = family;
  }
}

/** Remembers a reservation for 30 s. */
export function addReservation(turn: TurnState, now: Instant, reservation: Reservation): void {
  turn.reservations.set(reservation.token, reservation);
  turn.wheel.schedule(reservation, now, after(now, turn.limits.reservationLifetimeSeconds * 1000));
}

/** Takes the reservation of this user out of the book; undefined when there is none (any more). */
export function claimReservation(turn: TurnState, token: bigint, username: string): Reservation | undefined {
  const reservation = turn.reservations.get(token);
  if (reservation === undefined || reservation.username !== username) return undefined;
  turn.reservations.delete(token);
  turn.wheel.cancel(reservation);
  return reservation;
}

/** Nobody came for the port: the host may have it back. */
export function expireReservation(turn: TurnState, reservation: Reservation): void {
  turn.reservations.delete(reservation.token);
  turn.host.cancelReservation(reservation.token);
}
