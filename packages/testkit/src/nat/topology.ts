import type { NatKind } from './nat-kinds.js';

/** A place a participant can be in. */
export interface SiteDescription {
  /** Gateways between the host and the public network, from the host outwards. None: a public address. */
  readonly gateways: readonly NatKind[];
  readonly family: 4 | 6;
  /** In words, for tables. */
  readonly title: string;
}

export type SiteName =
  | 'open'
  | 'fullCone'
  | 'addressRestricted'
  | 'portRestricted'
  | 'symmetric'
  | 'carrierGrade'
  | 'udpBlocked'
  | 'tcp443Only'
  | 'ipv6Only';

/** Every site of the laboratory. */
export const SITES: Readonly<Record<SiteName, SiteDescription>> = {
  open: { gateways: [], family: 4, title: 'open' },
  fullCone: { gateways: ['fullCone'], family: 4, title: 'full cone' },
  addressRestricted: { gateways: ['addressRestricted'], family: 4, title: 'address-restricted' },
  portRestricted: { gateways: ['portRestricted'], family: 4, title: 'port-restricted' },
  symmetric: { gateways: ['symmetric'], family: 4, title: 'symmetric' },
  // RFC 6888 asks a carrier for endpoint-independent mapping; the router at home filters.
  carrierGrade: { gateways: ['portRestricted', 'fullCone'], family: 4, title: 'double NAT' },
  udpBlocked: { gateways: ['udpBlocked'], family: 4, title: 'UDP blocked' },
  tcp443Only: { gateways: ['tcp443Only'], family: 4, title: 'TCP 443 only' },
  ipv6Only: { gateways: [], family: 6, title: 'IPv6 only' },
};

/** Names of all sites, in the order of tables. */
export const SITE_NAMES = Object.keys(SITES) as readonly SiteName[];

/** Whether a text names a site. */
export function isSiteName(text: string): text is SiteName {
  return Object.hasOwn(SITES, text);
}

/** The public segment: where the server listens. Documentation ranges (RFC 5737, RFC 3849), never routed anywhere. */
export const PUBLIC = {
  server: '203.0.113.10',
  serverAlternate: '203.0.113.11',
  serverIpv6: '2001:db8:113::10',
  /** Signaling on port 443 beside TURN over TLS on that port of `server`: addresses of a front that leads to `httpsPort`. */
  web: '203.0.113.12',
  webIpv6: '2001:db8:113::12',
  httpsPort: 8443,
  /** A neighbour that does not exist: packets to anywhere else vanish there without an error. */
  nowhere: '203.0.113.254',
  nowhereIpv6: '2001:db8:113::fe',
  stunPort: 3478,
  tlsPort: 443,
  peers: ['203.0.113.0/24', '2001:db8:113::/64'],
} as const;

/** Where clients of a family find the server: HTTPS and the signaling WebSocket, on the usual port. */
export function webOrigin(family: 4 | 6): string {
  return `https://${family === 4 ? PUBLIC.web : `[${PUBLIC.webIpv6}]`}`;
}

/** Address of the outermost box of site number `index` (0..199) on the public segment. */
export function publicAddress(index: number, family: 4 | 6): string {
  return family === 4 ? `203.0.113.${20 + index}` : `2001:db8:113::${(0x100 + index).toString(16)}`;
}

/** The network between gateway number `level` (0 = the host's own) and what is inside: gateway and inner address. */
export function innerNetwork(index: number, level: number): { gateway: string; host: string } {
  // Homes often have the same private network: so has every second site here. RFC 6598: carriers number their
  // customers out of 100.64.0.0/10.
  const prefix = level === 0 ? `192.168.${index % 2}` : `100.${63 + level}.${index + 1}`;
  return { gateway: `${prefix}.1`, host: `${prefix}.2` };
}
