import { randomBytes } from 'node:crypto';

/** A RESERVATION-TOKEN (RFC 8656 section 18.6): 8 bits say which worker keeps the port, 56 are random. */
export function newReservationToken(worker: number): bigint {
  return (BigInt(worker) << 56n) | (randomBytes(8).readBigUInt64BE() & ((1n << 56n) - 1n));
}
