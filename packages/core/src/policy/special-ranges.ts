import { parseCidr } from './cidr.js';
import type { Cidr } from './cidr.js';

/** Kinds of addresses no peer on the Internet has. The names appear in logs and metrics. */
export type SpecialKind =
  'unspecified' | 'loopback' | 'private' | 'link_local' | 'multicast' | 'documentation' | 'reserved';

export interface SpecialRange {
  readonly cidr: Cidr;
  readonly kind: SpecialKind;
}

/**
 * Kinds that somebody may run a network in: an explicit allow list opens them. The others have no honest use as a
 * TURN peer (link-local holds cloud metadata services) and stay closed.
 */
export const LIFTABLE_KINDS: ReadonlySet<SpecialKind> = new Set(['loopback', 'private', 'documentation']);

/**
 * Every range that is never relayed to by default: the IANA special-purpose registries (RFC 6890), multicast, and
 * deprecated forms. 64:ff9b::/96 and 2002::/16 are absent: they are judged by the IPv4 address inside.
 * Where ranges overlap, the first decides.
 */
export const SPECIAL_RANGES: readonly SpecialRange[] = [
  range('0.0.0.0/8', 'unspecified'),
  range('10.0.0.0/8', 'private'),
  range('100.64.0.0/10', 'private'),
  range('127.0.0.0/8', 'loopback'),
  range('169.254.0.0/16', 'link_local'),
  range('172.16.0.0/12', 'private'),
  range('192.0.0.0/24', 'reserved'),
  range('192.0.2.0/24', 'documentation'),
  range('192.31.196.0/24', 'reserved'),
  range('192.52.193.0/24', 'reserved'),
  range('192.88.99.0/24', 'reserved'),
  range('192.168.0.0/16', 'private'),
  range('192.175.48.0/24', 'reserved'),
  range('198.18.0.0/15', 'documentation'),
  range('198.51.100.0/24', 'documentation'),
  range('203.0.113.0/24', 'documentation'),
  range('224.0.0.0/4', 'multicast'),
  range('240.0.0.0/4', 'reserved'),
  range('::/128', 'unspecified'),
  range('::1/128', 'loopback'),
  // IPv4-compatible, IPv4-mapped and IPv4-translated addresses belong in hosts and translators, never on the wire.
  range('::/96', 'reserved'),
  range('::ffff:0:0/96', 'reserved'),
  range('::ffff:0:0:0/96', 'reserved'),
  range('64:ff9b:1::/48', 'reserved'),
  range('100::/64', 'reserved'),
  range('100:0:0:1::/64', 'reserved'),
  range('2001::/23', 'reserved'),
  range('2001:db8::/32', 'documentation'),
  range('2620:4f:8000::/48', 'reserved'),
  range('3fff::/20', 'documentation'),
  range('5f00::/16', 'reserved'),
  range('fc00::/7', 'private'),
  range('fe80::/10', 'link_local'),
  range('fec0::/10', 'private'),
  range('ff00::/8', 'multicast'),
];

function range(text: string, kind: SpecialKind): SpecialRange {
  const result = parseCidr(text);
  if (!result.ok) throw new Error(`special range ${text}: ${result.reason}`);
  return { cidr: result.cidr, kind };
}
