/**
 * Whether an Ethernet frame serves the link itself and no program beyond it: ARP (RFC 826), IPv6 neighbour discovery
 * (RFC 4861: ICMPv6 types 133 to 137), or IPv6 multicast (listener reports and the like).
 */
export function servesTheLink(frame: Uint8Array): boolean {
  const etherType = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  if (etherType === ETHERTYPE_ARP) return true;
  if (etherType !== ETHERTYPE_IPV6) return false;
  if (frame[IPV6_DESTINATION] === 0xff) return true;
  const type = frame[ICMPV6_TYPE] ?? 0;
  return frame[NEXT_HEADER] === ICMPV6 && type >= 133 && type <= 137;
}

const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV6 = 0x86dd;
const ICMPV6 = 58;
/** 14 bytes of Ethernet, then the IPv6 header of 40 (RFC 8200 section 3). */
const NEXT_HEADER = 14 + 6;
const IPV6_DESTINATION = 14 + 24;
const ICMPV6_TYPE = 14 + 40;
