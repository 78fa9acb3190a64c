import type { Instant } from '../../time/instant.js';
import { after } from '../../time/instant.js';
import type { TurnState } from '../turn-state.js';
import type { Reservation } from './records.js';

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
