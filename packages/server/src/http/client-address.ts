import { formatIpAddress, parseIpAddress } from '@madang/core/path/address-text';
import type { IpAddress } from '@madang/core/path/address-text';
import { cidrCovers } from '@madang/core/policy/cidr';
import type { Cidr } from '@madang/core/policy/cidr';

/**
 * Whose connection it is: the other end of the socket or, where that is a trusted proxy, the rightmost hop of
 * X-Forwarded-For that is none (threat G10). Each proxy appends whom it was connected to; what stands left of the first
 * stranger was written by that stranger and is not looked at.
 */
export function clientAddress(
  remoteAddress: string,
  forwardedFor: string | readonly string[] | undefined,
  trustedProxies: readonly Cidr[],
): string {
  // Nobody else is spoken for, and the system writes it as it is written here.
  if (forwardedFor === undefined && IPV4.test(remoteAddress)) return remoteAddress;
  let nearest = plainAddress(remoteAddress);
  if (nearest === undefined) return remoteAddress;
  const hops = [forwardedFor ?? []].flat().join(',').split(',');
  while (isTrusted(nearest, trustedProxies)) {
    const hop = plainAddress(withoutPort((hops.pop() ?? '').trim()));
    // A proxy that says nothing readable speaks for itself.
    if (hop === undefined) break;
    nearest = hop;
  }
  return formatIpAddress(nearest);
}

function isTrusted(address: IpAddress, proxies: readonly Cidr[]): boolean {
  return proxies.some((cidr) => cidrCovers(cidr, address));
}

/** IPv4 also where a socket for both families shows it inside IPv6. */
function plainAddress(text: string): IpAddress | undefined {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1] ?? text;
  return parseIpAddress(plain.split('%')[0]!);
}

/** Some proxies add the port: `192.0.2.1:5000`, `[2001:db8::1]:5000`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
}

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
