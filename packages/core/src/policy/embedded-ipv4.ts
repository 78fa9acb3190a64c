import { cidrContains } from './cidr.js';
import type { Cidr } from './cidr.js';

/** The most IPv4 addresses one IPv6 address can hide: `out` of `findEmbeddedIpv4` needs this many words. */
export function maxEmbeddedIpv4(nat64Prefixes: readonly Cidr[]): number {
  return 4 + nat64Prefixes.length;
}

/** RFC 6052 section 2.2: the lengths a translation prefix may have. */
export function isNat64Prefix(cidr: Cidr): boolean {
  return cidr.family === 6 && [32, 40, 48, 56, 64, 96].includes(cidr.prefixLength);
}

/**
 * Finds every IPv4 address that an IPv6 address (four big-endian words) stands for in one of the known encodings:
 * IPv4-mapped and IPv4-compatible (RFC 4291), IPv4-translated (RFC 2765), 64:ff9b::/96 and the given RFC 6052
 * prefixes, 6to4 (RFC 3056), Teredo (RFC 4380; server and obfuscated client) and ISATAP (RFC 5214).
 * Writes them into `out` and returns how many. `::` and `::1` hide nothing. Allocates nothing.
 */
export function findEmbeddedIpv4(
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  nat64Prefixes: readonly Cidr[],
  out: Uint32Array,
): number {
  let count = 0;
  if (w0 === 0 && w1 === 0) {
    const isCompatible = w2 === 0 && w3 > 1;
    const isMapped = w2 === 0x0000ffff;
    const isTranslated = w2 === 0xffff0000;
    if (isCompatible || isMapped || isTranslated) out[count++] = w3;
  }
  if (w0 === 0x0064ff9b && w1 === 0 && w2 === 0) out[count++] = w3;
  if (w0 >>> 16 === 0x2002) out[count++] = (w0 << 16) | (w1 >>> 16);
  if (w0 === 0x20010000) {
    out[count++] = w1;
    // RFC 4380 section 4: the client's address is written with all its bits inverted.
    out[count++] = ~w3;
  }
  // RFC 5214 section 6.1: 00-00-5E-FE or 02-00-5E-FE (the universal/local bit), then the IPv4 address.
  if ((w2 & 0xfdffffff) === 0x00005efe) out[count++] = w3;
  for (let i = 0; i < nat64Prefixes.length; i++) {
    const prefix = nat64Prefixes[i]!;
    if (cidrContains(prefix, 6, w0, w1, w2, w3)) out[count++] = translated(prefix.prefixLength, w1, w2, w3);
  }
  return count;
}

/** RFC 6052 section 2.2: the IPv4 address follows the prefix and steps over bits 64 to 71. */
function translated(prefixLength: number, w1: number, w2: number, w3: number): number {
  switch (prefixLength) {
    case 32:
      return w1;
    case 40:
      return (w1 << 8) | ((w2 >>> 16) & 0xff);
    case 48:
      return (w1 << 16) | ((w2 >>> 8) & 0xffff);
    case 56:
      return (w1 << 24) | (w2 & 0xffffff);
    case 64:
      return (w2 << 8) | (w3 >>> 24);
    default:
      return w3;
  }
}
