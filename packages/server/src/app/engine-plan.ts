import { randomBytes } from 'node:crypto';
import { formatIpAddress } from '@madang/core/path/address-text';
import { formatCidr } from '@madang/core/policy/cidr';
import type { Config } from '../config/resolve.js';
import type { Certificate } from '../crypto/certificate.js';
import type { TurnEngineOptions } from '../workers/engine-options.js';
import type { DataPlane } from './data-plane.js';
import type { NetworkPlan } from './network-plan.js';

/** What all engines have in common; each adds its shard and the descriptors it inherits. */
export function planEngine(
  config: Config,
  given: { network: NetworkPlan; dataPlane: DataPlane; secret: string; certificate: Certificate },
): Omit<TurnEngineOptions, 'shard'> {
  const { network, dataPlane, secret, certificate } = given;
  const { mediaPorts } = network;
  return {
    network: dataPlane.network,
    realm: config.realm,
    secrets: [secret],
    users: config.turnUsers.map(({ username, password }) => ({ name: username, password })),
    nonceKey: randomBytes(32).toString('hex'),
    listeners: network.listeners,
    tls: certificate,
    relay: {
      firstPort: config.relayPorts.first,
      lastPort: config.relayPorts.last,
      addresses: network.relayAddresses,
    },
    peers: {
      allow: config.allowPeers.map(formatCidr),
      deny: config.denyPeers.map(formatCidr),
      nat64Prefixes: config.nat64Prefixes.map(formatCidr),
      ownAddresses: [...config.host, ...config.publicAddress].map(formatIpAddress),
      ...(mediaPorts && { mediaPorts: [mediaPorts.first, mediaPorts.last] }),
    },
    ...(network.natDiscovery && { natDiscovery: network.natDiscovery }),
    features: { tcpRelay: config.tcpRelay ? 'on' : 'off', icmpReports: config.icmpReports ? 'on' : 'off' },
    limits: planLimits(config),
    receiveBufferBytes: config.receiveBufferBytes,
    sendBufferBytes: config.sendBufferBytes,
  };
}

function planLimits(config: Config): TurnEngineOptions['limits'] {
  return {
    turn: {
      defaultLifetimeSeconds: config.allocationLifetimeSeconds,
      maximumLifetimeSeconds: config.maxAllocationLifetimeSeconds,
      maximumPermissionsPerAllocation: config.permissionsPerAllocation,
      maximumChannelsPerAllocation: config.channelsPerAllocation,
      allocationBytesPerSecond: config.maxBitrateBps / 8,
    },
    bindingRate: {
      perAddress: config.stunRatePerAddress,
      perAddressBurst: config.stunBurstPerAddress,
      perPrefix: config.stunRatePerPrefix,
      total: config.stunRateTotal,
    },
    natDiscoveryRate: {
      perAddress: config.natDiscoveryRatePerAddress,
      perAddressBurst: config.natDiscoveryBurstPerAddress,
      perPrefix: 0,
      total: 0,
    },
    unauthenticatedRate: {
      perAddress: config.unauthenticatedReplyRatePerAddress,
      perAddressBurst: config.unauthenticatedReplyBurstPerAddress,
      perPrefix: config.unauthenticatedReplyRatePerPrefix,
      total: config.unauthenticatedReplyRateTotal,
    },
    // A path for each client and for each peer of each allocation, with room to spare.
    paths: Math.min(4_000_000, 65_536 + config.allocationsTotal * 64),
    unauthenticatedSeconds: config.tcpUnauthenticatedSeconds,
    halfOpenPerAddress: config.halfOpenPerAddress,
    halfOpenTotal: config.halfOpenTotal,
    writeBufferBytes: config.streamWriteBufferBytes,
    dtlsHandshakesTotal: config.dtlsHandshakesTotal,
    dtlsHandshakesPerAddress: config.dtlsHandshakesPerAddress,
  };
}
