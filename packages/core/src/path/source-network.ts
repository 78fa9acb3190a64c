import { formatIpAddress } from './address-text.js';
import type { IpAddress } from './address-text.js';

/**
 * Whom limits per source count an address for, as text: an IPv4 address itself, of an IPv6 address the /64. A host
 * with IPv6 usually has a whole /64, and could be 2^64 sources.
 */
export function sourceNetworkOf(address: IpAddress): string {
  if (address.family === 4) return formatIpAddress(address);
  const bytes = Uint8Array.from(address.bytes).fill(0, 8);
  return `${formatIpAddress({ family: 6, bytes })}/64`;
}
