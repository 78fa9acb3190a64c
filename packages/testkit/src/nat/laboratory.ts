import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { NamespaceGroup, removeAbandonedNamespaces } from './namespaces.js';
import { natRules } from './nat-kinds.js';
import type { SiteDescription, SiteName } from './topology.js';
import { innerNetwork, PUBLIC, publicAddress, SITES } from './topology.js';

/** A site that was built. */
export interface Site {
  readonly kind: SiteName;
  /** Where the host of the site is: programs started in it see the network of the site. */
  readonly namespace: string;
  /** The address of the host. */
  readonly address: string;
  /** The address the rest of the world sees. */
  readonly publicAddress: string;
}

/** A public segment and sites around it, out of network namespaces; no packet leaves them. Needs root. */
export class Laboratory {
  readonly sites: readonly Site[];
  /** The namespace of the server: a bridge with the addresses of PUBLIC. */
  readonly publicNamespace: string;
  readonly #group: NamespaceGroup;

  /** Builds sites, one for each name given (a name may come twice). Removes what killed runs left. */
  static async create(kinds: readonly SiteName[]): Promise<Laboratory> {
    await removeAbandonedNamespaces();
    const group = new NamespaceGroup();
    try {
      const segment = await buildPublicSegment(group);
      const sites = await Promise.all(kinds.map((kind, index) => buildSite(group, segment, kind, index)));
      return new Laboratory(group, segment, sites);
    } catch (error) {
      await group.destroy();
      throw error;
    }
  }

  private constructor(group: NamespaceGroup, publicNamespace: string, sites: readonly Site[]) {
    this.#group = group;
    this.publicNamespace = publicNamespace;
    this.sites = sites;
  }

  /** The first site of a kind. Throws when the laboratory was built without. */
  site(kind: SiteName): Site {
    const found = this.sites.find((site) => site.kind === kind);
    if (found === undefined) throw new Error(`this laboratory has no site ${kind}`);
    return found;
  }

  /** Ends whatever still runs inside and removes everything. May be called twice. */
  async destroy(): Promise<void> {
    await this.#group.destroy();
  }
}

/** Starts a program inside a namespace; the process is the program's own, not a wrapper's. */
export function spawnInside(namespace: string, program: string, args: readonly string[]): ChildProcess {
  return spawn('ip', ['netns', 'exec', namespace, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function buildPublicSegment(group: NamespaceGroup): Promise<string> {
  const segment = await group.add('public');
  // An address that is being checked for duplicates cannot be bound yet.
  await group.parameters(segment, {
    'net/ipv6/conf/default/accept_dad': 0,
    'net/ipv6/conf/all/accept_dad': 0,
  });
  await group.ip(segment, [
    'link add br0 type bridge',
    'link set br0 up',
    `addr add ${PUBLIC.server}/24 dev br0`,
    `addr add ${PUBLIC.serverAlternate}/24 dev br0`,
    `addr add ${PUBLIC.serverIpv6}/64 dev br0 nodad`,
    // Relayed packets to private addresses must vanish, as they do on the Internet, not fail in send().
    `neigh add ${PUBLIC.nowhere} lladdr 02:00:00:00:00:fe dev br0 nud permanent`,
    `neigh add ${PUBLIC.nowhereIpv6} lladdr 02:00:00:00:00:fe dev br0 nud permanent`,
    `route add default via ${PUBLIC.nowhere}`,
    `route add default via ${PUBLIC.nowhereIpv6}`,
  ]);
  return segment;
}

/** Builds from the outside inwards: each box is the outside of the next. */
async function buildSite(
  group: NamespaceGroup,
  segment: string,
  kind: SiteName,
  index: number,
): Promise<Site> {
  const description: SiteDescription = SITES[kind];
  const { gateways, family } = description;
  const outermost = publicAddress(index, family);
  let outside = { namespace: segment, port: `site${index}`, address: outermost, gateway: '' };
  for (let level = gateways.length - 1; level >= 0; level--) {
    const box = await attach(group, outside, { label: `${index}-gateway${level}`, link: 'wan', family });
    const inner = innerNetwork(index, level);
    await group.parameters(box, { 'net/ipv4/ip_forward': 1 });
    await group.rules(box, natRules(gateways[level]!));
    outside = { namespace: box, port: 'lan', address: inner.host, gateway: inner.gateway };
  }
  const namespace = await attach(group, outside, { label: `${index}-${kind}`, link: 'eth0', family });
  return { kind, namespace, address: outside.address, publicAddress: outermost };
}

interface Outside {
  readonly namespace: string;
  /** The name of the link's outer end. */
  readonly port: string;
  /** The address the attached box gets. */
  readonly address: string;
  /** The address of the outer end itself; empty on the public segment, whose bridge has the addresses. */
  readonly gateway: string;
}

/** Makes a namespace and plugs it into another one. */
async function attach(
  group: NamespaceGroup,
  outside: Outside,
  box: { label: string; link: string; family: 4 | 6 },
): Promise<string> {
  const namespace = await group.add(box.label);
  const isIpv6 = box.family === 6;
  // A link-local address that appears later is a change of network to a browser.
  await group.parameters(
    namespace,
    isIpv6
      ? { 'net/ipv6/conf/default/accept_dad': 0, 'net/ipv6/conf/default/addr_gen_mode': 1 }
      : { 'net/ipv6/conf/all/disable_ipv6': 1, 'net/ipv6/conf/default/disable_ipv6': 1 },
  );
  const atBridge = outside.gateway === '';
  await group.ip(outside.namespace, [
    `link add ${outside.port} type veth peer name ${box.link} netns ${namespace}`,
    atBridge ? `link set ${outside.port} master br0` : `addr add ${outside.gateway}/24 dev ${outside.port}`,
    `link set ${outside.port} up`,
  ]);
  const prefixLength = isIpv6 ? 64 : 24;
  const router = isIpv6 ? PUBLIC.nowhereIpv6 : atBridge ? PUBLIC.nowhere : outside.gateway;
  await group.ip(namespace, [
    `addr add ${outside.address}/${prefixLength} dev ${box.link}${isIpv6 ? ' nodad' : ''}`,
    `link set ${box.link} up`,
    // Where nobody lives, sending must still succeed.
    ...(atBridge ? [`neigh add ${router} lladdr 02:00:00:00:00:fe dev ${box.link} nud permanent`] : []),
    `route add default via ${router}`,
  ]);
  return namespace;
}
