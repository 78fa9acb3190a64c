import type { TransportAddress } from '@madang/core/path/transport-address';

/** Linux struct sockaddr_in and sockaddr_in6: family in host order, port and address in network order. */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN6_BYTES = 28;

/** Writes an address at `offset`; gives the structure's length. */
export function writeSockaddr(into: Buffer, offset: number, address: TransportAddress): number {
  into.fill(0, offset, offset + SOCKADDR_IN6_BYTES);
  into.writeUInt16LE(address.family === 4 ? AF_INET : AF_INET6, offset);
  into.writeUInt16BE(address.port, offset + 2);
  into.set(address.bytes, offset + (address.family === 4 ? 4 : 8));
  return address.family === 4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES;
}

/** Reads the structure at `offset`, or undefined when the family is neither IPv4 nor IPv6. */
export function readSockaddr(from: Buffer, offset: number): TransportAddress | undefined {
  const family = from.readUInt16LE(offset);
  const port = from.readUInt16BE(offset + 2);
  if (family === AF_INET)
    return { family: 4, port, bytes: Uint8Array.from(from.subarray(offset + 4, offset + 8)) };
  if (family === AF_INET6)
    return { family: 6, port, bytes: Uint8Array.from(from.subarray(offset + 8, offset + 24)) };
  return undefined;
}
