import { readU32 } from '../bytes/big-endian.js';
import type { IpAddress } from '../path/address-text.js';
import type { AddressFamily, TransportAddress } from '../path/transport-address.js';
import { cidrOf } from './cidr.js';
import type { Cidr } from './cidr.js';
import { findEmbeddedIpv4, isNat64Prefix, maxEmbeddedIpv4 } from './embedded-ipv4.js';
import { NO_MATCH, PrefixTable } from './prefix-table.js';
import { LIFTABLE_KINDS, SPECIAL_RANGES } from './special-ranges.js';
import type { SpecialKind } from './special-ranges.js';

/** Why a peer address is refused, or 'allowed'. */
export type PeerDecision = 'allowed' | 'port_zero' | 'denied_by_configuration' | 'own_address' | SpecialKind;

/** What is relayed to the peer: UDP (17) or, with RFC 6062, TCP (6). */
export type PeerProtocol = 17 | 6;

/** First and last port, both inclusive. */
export type PortRange = readonly [first: number, last: number];

export interface PeerPolicyOptions {
  /** Ranges that are reachable although they are loopback, private, documentation or our own addresses. */
  readonly allowPeers?: readonly Cidr[];
  /** Ranges that are refused whatever else is said. */
  readonly denyPeers?: readonly Cidr[];
  /** Every address of this machine: interfaces, listeners, and the public addresses it is known under. */
  readonly ownAddresses?: readonly IpAddress[];
  /** UDP ports of our own media servers: reachable at our own addresses. */
  readonly mediaPorts?: PortRange;
  /**
   * UDP ports of our own relayed addresses: reachable at our own addresses, so that two clients of this server who
   * both need a relay reach each other.
   */
  readonly relayPorts?: PortRange;
  /** RFC 6052 prefixes of translators this network has, besides 64:ff9b::/96. Lengths 32, 40, 48, 56, 64 or 96. */
  readonly nat64Prefixes?: readonly Cidr[];
}

/**
 * Decides which peers TURN may send to. An address is first stripped of disguises (IPv4 inside IPv6), then judged:
 *
 * 1. port 0 is refused;
 * 2. `denyPeers` refuses, also what it hides;
 * 3. our own addresses are refused but for our media and relay ports on UDP, or with `allowPeers`;
 * 4. special-purpose ranges are refused; `allowPeers` lifts loopback, private and documentation ranges, never for an
 *    address in disguise;
 * 5. everything else is allowed.
 *
 * Decisions read precomputed words and allocate nothing.
 */
export class PeerPolicy {
  readonly #allow: PrefixTable;
  readonly #deny: PrefixTable;
  readonly #nat64Prefixes: readonly Cidr[];
  readonly #mediaPorts: PortRange;
  readonly #relayPorts: PortRange;
  /** IPv4 addresses found inside the address being judged. */
  readonly #found: Uint32Array;
  #own: PrefixTable;

  /** Throws when a NAT64 prefix has a length RFC 6052 does not know: configuration has to refuse it before. */
  constructor(options: PeerPolicyOptions = {}) {
    this.#allow = tableOf(options.allowPeers ?? []);
    this.#deny = tableOf(options.denyPeers ?? []);
    this.#nat64Prefixes = options.nat64Prefixes ?? [];
    if (!this.#nat64Prefixes.every(isNat64Prefix)) throw new Error('not an RFC 6052 prefix');
    this.#mediaPorts = options.mediaPorts ?? NO_PORTS;
    this.#relayPorts = options.relayPorts ?? NO_PORTS;
    this.#found = new Uint32Array(maxEmbeddedIpv4(this.#nat64Prefixes));
    this.#own = hostTable(options.ownAddresses ?? []);
  }

  /** Replaces the list of our own addresses (interfaces come and go). */
  setOwnAddresses(addresses: readonly IpAddress[]): void {
    this.#own = hostTable(addresses);
  }

  /** Judges a peer for CreatePermission, ChannelBind, Send (UDP) or Connect (TCP). */
  decide(address: TransportAddress, protocol: PeerProtocol = 17): PeerDecision {
    return this.decideBytes(address.family, address.bytes, 0, address.port, protocol);
  }

  /** As `decide`, for an address of 4 or 16 bytes in network order at `offset`. */
  decideBytes(
    family: AddressFamily,
    bytes: Uint8Array,
    offset: number,
    port: number,
    protocol: PeerProtocol = 17,
  ): PeerDecision {
    const w0 = readU32(bytes, offset);
    if (family === 4) return this.decideWords(4, w0, 0, 0, 0, port, protocol);
    const w1 = readU32(bytes, offset + 4);
    const w2 = readU32(bytes, offset + 8);
    return this.decideWords(6, w0, w1, w2, readU32(bytes, offset + 12), port, protocol);
  }

  /** As `decide`, for an address in unsigned big-endian words (family 4: `w0`). */
  decideWords(
    family: AddressFamily,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    port: number,
    protocol: PeerProtocol,
  ): PeerDecision {
    if (port === 0) return 'port_zero';
    const hidden = family === 6 ? findEmbeddedIpv4(w0, w1, w2, w3, this.#nat64Prefixes, this.#found) : 0;

    if (this.#deny.match(family, w0, w1, w2, w3) !== NO_MATCH) return 'denied_by_configuration';
    if (this.#anyHiddenIn(this.#deny, hidden) !== NO_MATCH) return 'denied_by_configuration';

    const isAllowListed = this.#allow.match(family, w0, w1, w2, w3) !== NO_MATCH;
    if (this.#own.match(family, w0, w1, w2, w3) !== NO_MATCH) {
      if (protocol === 17 && this.#isOpenPort(port)) return 'allowed';
      if (!isAllowListed) return 'own_address';
    }
    if (this.#anyHiddenIn(this.#own, hidden) !== NO_MATCH) return 'own_address';

    const special = NEVER_TABLE.match(family, w0, w1, w2, w3);
    if (special !== NO_MATCH && !(isAllowListed && IS_LIFTABLE[special] === 1)) return KINDS[special]!;
    const hiddenSpecial = this.#anyHiddenIn(NEVER_TABLE, hidden);
    return hiddenSpecial === NO_MATCH ? 'allowed' : KINDS[hiddenSpecial]!;
  }

  #isOpenPort(port: number): boolean {
    const media = this.#mediaPorts;
    const relay = this.#relayPorts;
    return (port >= media[0] && port <= media[1]) || (port >= relay[0] && port <= relay[1]);
  }

  /** The value of the first hidden IPv4 address (the first `count` found) that is in `table`, or NO_MATCH. */
  #anyHiddenIn(table: PrefixTable, count: number): number {
    for (let i = 0; i < count; i++) {
      const value = table.match(4, this.#found[i]!, 0, 0, 0);
      if (value !== NO_MATCH) return value;
    }
    return NO_MATCH;
  }
}

const NO_PORTS: PortRange = [0, -1];

const KINDS: readonly SpecialKind[] = [...new Set(SPECIAL_RANGES.map((range) => range.kind))];
const IS_LIFTABLE = Uint8Array.from(KINDS, (kind) => (LIFTABLE_KINDS.has(kind) ? 1 : 0));
const NEVER_TABLE = new PrefixTable(
  SPECIAL_RANGES.map(({ cidr, kind }) => ({ cidr, value: KINDS.indexOf(kind) })),
);

function tableOf(cidrs: readonly Cidr[]): PrefixTable {
  return new PrefixTable(cidrs.map((cidr) => ({ cidr, value: 1 })));
}

function hostTable(addresses: readonly IpAddress[]): PrefixTable {
  return tableOf(addresses.map((address) => cidrOf(address, address.family === 4 ? 32 : 128)));
}
