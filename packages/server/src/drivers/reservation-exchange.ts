import type { AddressFamily } from '@madang/core/path/transport-address';

/** A reserved port handed from one worker to another, and the worker it must be given back to. */
export interface ClaimedPort {
  readonly family: AddressFamily;
  readonly port: number;
  readonly owner: number;
}

/**
 * Lets workers claim ports that another worker keeps under a RESERVATION-TOKEN: the kernel spreads a client's
 * 5-tuples over workers, so the second Allocate of a pair may arrive elsewhere than the first.
 */
export interface ReservationExchange {
  /** A fresh, unpredictable 64-bit token. */
  newToken(): bigint;
  /** Asks the other workers for the token of a user; undefined when nobody keeps it. */
  claim(token: bigint, username: string, answer: (claimed: ClaimedPort | undefined) => void): void;
  giveBack(owner: number, family: AddressFamily, port: number): void;
  /** Sets who gives up a token kept here. */
  onYield(
    yieldToken: (token: bigint, username: string) => { family: AddressFamily; port: number } | undefined,
  ): void;
}
