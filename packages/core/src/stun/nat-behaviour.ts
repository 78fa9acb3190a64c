import type { TransportAddress } from '../path/transport-address.js';

/**
 * How a NAT chooses the mapped address (RFC 4787 section 4.1). `none`: there is no NAT. `unknown`: the alternate
 * address of the server could not be reached.
 */
export type MappingBehaviour =
  'none' | 'endpointIndependent' | 'addressDependent' | 'addressAndPortDependent' | 'unknown';

/**
 * Which senders a NAT or firewall lets in (RFC 4787 section 5). `unknown`: the server did not answer from another
 * address although it announced one.
 */
export type FilteringBehaviour =
  'endpointIndependent' | 'addressDependent' | 'addressAndPortDependent' | 'unknown';

/**
 * What NAT behaviour discovery found. blocked: no answer at all. plainServer: the server speaks STUN but has no
 * second address, so only the mapped address is known. discovered: both behaviours.
 */
export type NatDiscoveryResult =
  | { readonly kind: 'blocked' }
  | { readonly kind: 'plainServer'; readonly mappedAddress: TransportAddress }
  | {
      readonly kind: 'discovered';
      readonly mappedAddress: TransportAddress;
      readonly mapping: MappingBehaviour;
      readonly filtering: FilteringBehaviour;
    };
