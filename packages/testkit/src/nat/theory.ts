import type { NatBehaviour } from './nat-kinds.js';
import { NAT_BEHAVIOURS } from './nat-kinds.js';
import type { SiteName } from './topology.js';
import { SITES } from './topology.js';

/** Transport between a relaying client and its TURN server, as RTCIceCandidateStats.relayProtocol names it. */
export type RelayProtocol = 'udp' | 'tcp' | 'tls';

/** What ICE can at best do between two sites. */
export type ExpectedPath = 'direct' | 'relay';

/** Mapping and filtering of all gateways of a site in a row, the strictest of each; undefined: no UDP passes. */
export function siteBehaviour(name: SiteName): NatBehaviour | undefined {
  let combined: NatBehaviour | undefined = { mapping: 'none', filtering: 'endpointIndependent' };
  for (const kind of SITES[name].gateways) {
    const next: NatBehaviour | undefined = NAT_BEHAVIOURS[kind];
    if (next === undefined) return undefined;
    combined = {
      mapping: stricter(MAPPINGS, combined.mapping, next.mapping),
      filtering: stricter(FILTERINGS, combined.filtering, next.filtering),
    };
  }
  return combined;
}

/** Whether hole punching can work between two sites (RFC 5128 section 3.3), or a relay is needed. */
export function expectedPath(a: SiteName, b: SiteName): ExpectedPath {
  const [one, other] = [siteBehaviour(a), siteBehaviour(b)];
  if (one === undefined || other === undefined || SITES[a].family !== SITES[b].family) return 'relay';
  return canOpen(one, other) || canOpen(other, one) ? 'direct' : 'relay';
}

/** The best transport to the relay a site has: what it uses when it relays. */
export function relayProtocol(name: SiteName): RelayProtocol {
  const { gateways } = SITES[name];
  if (gateways.includes('tcp443Only')) return 'tls';
  return gateways.includes('udpBlocked') ? 'tcp' : 'udp';
}

/**
 * Whether a check from `from` arrives at the reflexive address `to` has announced. That mapping must serve `from` too,
 * and its filter, opened by the check `to` sent to the reflexive address of `from`, must know the sender: one that
 * looks at ports does only when `from` sends from the very address it announced.
 */
function canOpen(from: NatBehaviour, to: NatBehaviour): boolean {
  if (!keepsMapping(to)) return to.filtering === 'endpointIndependent';
  return to.filtering !== 'addressAndPortDependent' || keepsMapping(from);
}

function keepsMapping({ mapping }: NatBehaviour): boolean {
  return mapping === 'none' || mapping === 'endpointIndependent';
}

const MAPPINGS = ['none', 'endpointIndependent', 'addressDependent', 'addressAndPortDependent'] as const;
const FILTERINGS = ['endpointIndependent', 'addressDependent', 'addressAndPortDependent'] as const;

function stricter<T extends string>(order: readonly T[], a: T | 'unknown', b: T | 'unknown'): T {
  return order[Math.max(order.indexOf(a as T), order.indexOf(b as T))]!;
}
