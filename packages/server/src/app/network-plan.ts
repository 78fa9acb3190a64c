import { networkInterfaces } from 'node:os';
import { formatIpAddress, parseIpAddress } from '@madang/core/path/address-text';
import type { IpAddress } from '@madang/core/path/address-text';
import type { AddressFamily } from '@madang/core/path/transport-address';
import { PeerPolicy } from '@madang/core/policy/peer-policy';
import type { PortRange } from '../config/network-kinds.js';
import type { Config } from '../config/resolve.js';
import type { ListenerSpec, NatDiscoverySpec, TurnEngineOptions } from '../workers/engine-options.js';
import { findFreePorts } from './free-port.js';

/** Which addresses and ports are listened on, and which addresses clients are told. */
export interface NetworkPlan {
  /** Hosts in text; wildcard addresses when none is configured. */
  readonly hosts: readonly string[];
  readonly turnPort: number;
  readonly turnTlsPort: number | 'off';
  readonly listeners: readonly ListenerSpec[];
  /** One for each engine that serves media; undefined: none does. */
  readonly mediaPorts: PortRange | undefined;
  readonly relayAddresses: TurnEngineOptions['relay']['addresses'];
  /** The addresses in URLs for clients: one of each family that is relayed, IPv4 first. */
  readonly announcedHosts: readonly string[];
  readonly natDiscovery?: NatDiscoverySpec;
}

/**
 * Derives the plan from the configuration and the interfaces of this machine. Port 0 becomes a free port.
 * `mediaEngines`: how many engines can serve media; each gets a port.
 */
export async function planNetwork(config: Config, mediaEngines: number): Promise<NetworkPlan> {
  const local = localAddresses();
  const hosts = config.host.length > 0 ? config.host.map(formatIpAddress) : wildcardHosts(local);
  const turnPort = config.turnPort || (await findFreePorts(hosts, 1, []));
  const turnTlsPort = config.turnTlsPort || (await findFreePorts(hosts, 1, [turnPort]));
  const relayAddresses = ([4, 6] as const).flatMap(
    (family) => relayAddressOf(config, family, hosts, local) ?? [],
  );
  const natDiscovery = planNatDiscovery(config, turnPort);
  const listeners = hosts.flatMap((address) => [
    ...(natDiscovery && isPrimary(config, address)
      ? []
      : [{ protocol: 'udp' as const, address, port: turnPort }]),
    { protocol: 'tcp' as const, address, port: turnPort },
    ...(turnTlsPort === 'off'
      ? []
      : [
          { protocol: 'udp' as const, address, port: turnTlsPort },
          { protocol: 'tcp' as const, address, port: turnTlsPort },
        ]),
  ]);
  const discoveryListeners = (natDiscovery?.addresses ?? []).map(({ address, port }, natDiscoveryRole) => ({
    protocol: 'udp' as const,
    address,
    port,
    natDiscoveryRole,
  }));
  return {
    hosts,
    turnPort,
    turnTlsPort,
    listeners: [...discoveryListeners, ...listeners],
    relayAddresses,
    mediaPorts: await planMediaPorts(config, mediaEngines, hosts, [turnPort, turnTlsPort]),
    announcedHosts:
      relayAddresses.length > 0 ? relayAddresses.map(({ announced }) => announced) : hosts.slice(0, 1),
    ...(natDiscovery && { natDiscovery }),
  };
}

async function planMediaPorts(
  config: Config,
  engines: number,
  hosts: readonly string[],
  taken: readonly (number | 'off')[],
): Promise<PortRange | undefined> {
  if (config.mediaPort === 'off' || engines === 0) return undefined;
  const first = config.mediaPort || (await findFreePorts(hosts, engines, taken));
  return { first, last: first + engines - 1 };
}

/** Addresses of the interfaces, without zone. */
export function localAddresses(): { address: IpAddress; internal: boolean }[] {
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).flatMap((entry) => {
      const address = parseIpAddress(entry.address.split('%')[0] ?? '');
      return address ? [{ address, internal: entry.internal }] : [];
    }),
  );
}

type LocalAddresses = ReturnType<typeof localAddresses>;

function wildcardHosts(local: LocalAddresses): string[] {
  return local.some(({ address }) => address.family === 6) ? ['0.0.0.0', '::'] : ['0.0.0.0'];
}

/**
 * Relay sockets are bound to the address peers will see, so that what they answer comes back to it: the configured
 * host, else the public address if an interface has it, else the best address of the interfaces. Behind a 1:1 NAT
 * (a public address no interface has) the wildcard address is bound.
 */
function relayAddressOf(
  config: Config,
  family: AddressFamily,
  hosts: readonly string[],
  local: LocalAddresses,
): { bind: string; announced: string } | undefined {
  const told = config.publicAddress.find((address) => address.family === family);
  const announced = told && formatIpAddress(told);
  const wildcard = family === 4 ? '0.0.0.0' : '::';
  const host = hosts.find((text) => parseIpAddress(text)?.family === family);
  if (host === undefined) return undefined;
  if (host !== wildcard) return { bind: host, announced: announced ?? host };
  const interfaces = local.filter(({ address }) => address.family === family && !isLinkLocal(address));
  if (announced !== undefined) {
    const isOurs = interfaces.some(({ address }) => formatIpAddress(address) === announced);
    return { bind: isOurs ? announced : wildcard, announced };
  }
  const policy = new PeerPolicy();
  const outside = interfaces.filter(({ internal }) => !internal);
  const open = outside.find(({ address }) => policy.decide({ ...address, port: 9 }) === 'allowed');
  // Without any interface but loopback (a laptop off the network, a test) IPv4 loopback still lets calls work here.
  const best = open ?? outside[0] ?? (family === 4 ? interfaces[0] : undefined);
  if (best === undefined) return undefined;
  const text = formatIpAddress(best.address);
  return { bind: text, announced: text };
}

function planNatDiscovery(config: Config, turnPort: number): NatDiscoverySpec | undefined {
  const alternate = config.turnAlternateAddress;
  if (alternate === 'off') return undefined;
  const primary = config.host.find((address) => address.family === alternate.family)!;
  const [first, second] = [formatIpAddress(primary), formatIpAddress(alternate)];
  return {
    addresses: [
      { address: first, port: turnPort },
      { address: first, port: config.turnAlternatePort },
      { address: second, port: turnPort },
      { address: second, port: config.turnAlternatePort },
    ],
  };
}

function isPrimary(config: Config, host: string): boolean {
  const alternate = config.turnAlternateAddress;
  return alternate !== 'off' && parseIpAddress(host)?.family === alternate.family;
}

function isLinkLocal({ family, bytes }: IpAddress): boolean {
  return family === 4
    ? bytes[0] === 169 && bytes[1] === 254
    : bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}
