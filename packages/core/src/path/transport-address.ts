/** An IP address and port. `bytes` has 4 bytes (family 4) or 16 (family 6), network order. Never mutated. */
export interface TransportAddress {
  readonly family: AddressFamily;
  readonly bytes: Uint8Array;
  readonly port: number;
}

export type AddressFamily = 4 | 6;

/** Client-to-server transports of a path. Numeric, because hot paths store them in typed arrays. */
export const Transport = { udp: 0, tcp: 1, tls: 2, dtls: 3 } as const;
export type Transport = (typeof Transport)[keyof typeof Transport];
