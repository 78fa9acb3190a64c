import type { FilteringBehaviour, MappingBehaviour } from '@madang/core/stun/nat-behaviour';

/**
 * What one gateway does. The first four are NATs in the old words of RFC 3489 section 5 (RFC 4787 says how they map and
 * filter); the last two are port-restricted NATs whose firewall lets less out.
 */
export type NatKind =
  'fullCone' | 'addressRestricted' | 'portRestricted' | 'symmetric' | 'udpBlocked' | 'tcp443Only';

/** How a gateway treats UDP; undefined where none passes. */
export interface NatBehaviour {
  readonly mapping: MappingBehaviour;
  readonly filtering: FilteringBehaviour;
}

/** The behaviour a kind promises, in the words of RFC 4787 sections 4.1 and 5. Undefined: no UDP passes. */
export const NAT_BEHAVIOURS: Readonly<Record<NatKind, NatBehaviour | undefined>> = {
  fullCone: { mapping: 'endpointIndependent', filtering: 'endpointIndependent' },
  addressRestricted: { mapping: 'endpointIndependent', filtering: 'addressDependent' },
  portRestricted: { mapping: 'endpointIndependent', filtering: 'addressAndPortDependent' },
  symmetric: { mapping: 'addressAndPortDependent', filtering: 'addressAndPortDependent' },
  udpBlocked: undefined,
  tcp443Only: undefined,
};

/** The nftables rule set of a gateway with the interfaces `wan` and `lan`, for `nft -f`. IPv4 only. */
export function natRules(kind: NatKind): string {
  const rules = KINDS[kind];
  return `
table ip nat {
${rules.sets ?? ''}
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
${rules.inbound ?? ''}
  }
  chain track {
    type filter hook postrouting priority srcnat - 10; policy accept;
${rules.outbound ?? ''}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "wan" ${rules.source ?? 'masquerade'}
  }
  chain forwarding {
    type filter hook forward priority filter; policy drop;
${rules.firewall ?? ''}
    iifname "lan" oifname "wan" accept
    ct state established,related accept
    ct status dnat accept
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "wan" ct state established,related accept
${INPUT_DROP}
  }
}
`;
}

/**
 * Without this an unsolicited packet is taken by the gateway itself; conntrack then keeps its tuple, the client's own
 * packet to that peer has to leave from another port, and the NAT is symmetric towards just that peer. RFC 5780 tests
 * do not see it.
 */
const INPUT_DROP = '    iifname "wan" drop';

interface KindRules {
  readonly sets?: string;
  /** Which new packets from outside are let in, and to whom. */
  readonly inbound?: string;
  /** What is remembered of packets that leave. */
  readonly outbound?: string;
  /** How the source is rewritten. Default: masquerade, which keeps the port for every destination. */
  readonly source?: string;
  /** What goes before the firewall's own rules. */
  readonly firewall?: string;
}

const REMEMBERED = 'flags dynamic,timeout; timeout 60s; size 65535;';

const KINDS: Readonly<Record<NatKind, KindRules>> = {
  fullCone: {
    sets: `  map mapped { type inet_service : ipv4_addr . inet_service; ${REMEMBERED} }`,
    outbound:
      '    iifname "lan" oifname "wan" meta l4proto udp update @mapped { udp sport : ip saddr . udp sport }',
    inbound: '    iifname "wan" meta l4proto udp dnat ip to udp dport map @mapped',
  },
  addressRestricted: {
    sets: `  map mapped { type inet_service . ipv4_addr : ipv4_addr . inet_service; ${REMEMBERED} }`,
    outbound:
      '    iifname "lan" oifname "wan" meta l4proto udp update @mapped { udp sport . ip daddr : ip saddr . udp sport }',
    inbound: '    iifname "wan" meta l4proto udp dnat ip to udp dport . ip saddr map @mapped',
  },
  portRestricted: {},
  // fully-random also switches off the reuse of a mapping for further destinations.
  symmetric: { source: 'masquerade fully-random' },
  udpBlocked: { firewall: '    iifname "lan" meta l4proto udp drop' },
  tcp443Only: { firewall: '    iifname "lan" tcp dport 443 accept\n    iifname "lan" drop' },
};
