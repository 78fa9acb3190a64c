import type { AddressFamily, Transport, TransportAddress } from './transport-address.js';

/** Index of a local socket (UDP listener, relay socket, or one accepted stream connection). Small integer. */
export type SocketId = number;

/**
 * Index of an interned 5-tuple: local socket, remote address and port, and (on a socket bound to a wildcard
 * address) the local address that was asked. Small integer, reused after release.
 */
export type PathId = number;

/** The path of a datagram whose 5-tuple nobody has interned. */
export const NO_PATH: PathId = -1;

/**
 * Where the datagram or frame being handled came from. One object per receive loop, overwritten for every
 * message: read it during the call, copy what must be kept.
 */
export interface Arrival {
  /** The interned 5-tuple or NO_PATH. */
  path: PathId;
  socket: SocketId;
  transport: Transport;
  family: AddressFamily;
  /** Remote port, host order. */
  port: number;
  /** Remote address as big-endian words in 0..3 (family 4: word 0 only), local address likewise in 4..7. */
  readonly words: Uint32Array;
}

/** The remote address of an arrival as a value that may be kept. Allocates: cold paths only. */
export function arrivalSource(arrival: Arrival): TransportAddress {
  const bytes = new Uint8Array(arrival.family === 4 ? 4 : 16);
  for (let i = 0; i < bytes.length; i++) bytes[i] = arrival.words[i >> 2]! >>> (24 - 8 * (i & 3));
  return { family: arrival.family, bytes, port: arrival.port };
}
