import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { ImpairedLink } from '../impairment/impaired-link.js';
import type { LinkEnd } from '../impairment/impaired-link.js';
import type { LinkImpairment } from '../impairment/link-report.js';
import { NamespaceGroup, removeAbandonedNamespaces } from './namespaces.js';
import { natRules } from './nat-kinds.js';
import type { SiteDescription, SiteName } from './topology.js';
import { innerNetwork, PUBLIC, publicAddress, SITES } from './topology.js';

/** A site to build: a kind, and what the link between it and the public segment does to packets. */
export interface SiteRequest {
  readonly kind: SiteName;
  readonly link?: LinkImpairment & { readonly seed: number };
}

/** A site that was built. */
export interface Site {
  readonly kind: SiteName;
  /** Where the host of the site is: programs started in it see the network of the site. */
  readonly namespace: string;
  /** The address of the host. */
  readonly address: string;
  /** The address the rest of the world sees. */
  readonly publicAddress: string;
  /** The link to the public segment, where an impaired one was asked for. Its inner side is the site. */
  readonly link: ImpairedLink | undefined;
  /** What is plugged into the public segment: the outermost gateway, or the host itself. */
  readonly edge: SiteEdge;
}

/** Where a site meets the public segment. */
export interface SiteEdge {
  readonly namespace: string;
  readonly interface: 'wan' | 'eth0';
  /** The other end of the link, in the public namespace. */
  readonly port: string;
}

/** A public segment and sites around it, out of network namespaces; no packet leaves them. Needs root. */
export class Laboratory {
  readonly sites: readonly Site[];
  /** The namespace of the server: a bridge with the addresses of PUBLIC. */
  readonly publicNamespace: string;
  readonly #group: NamespaceGroup;

  /** Builds sites, one for each request (a kind may come twice). Removes what killed runs left. */
  static async create(requests: readonly (SiteName | SiteRequest)[]): Promise<Laboratory> {
    await removeAbandonedNamespaces();
    const group = new NamespaceGroup();
    try {
      const segment = await buildPublicSegment(group);
      const sites = await Promise.all(
        requests.map((wanted, index) =>
          buildSite(group, segment, typeof wanted === 'string' ? { kind: wanted } : wanted, index),
        ),
      );
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

  /**
   * Pulls the cable between a site and the public segment: packets vanish both ways, and nobody inside is told. Without a
   * gateway the host notices.
   */
  async unplug(site: Site): Promise<void> {
    await this.#group.ip(this.publicNamespace, [`link set ${site.edge.port} down`]);
  }

  /** Plugs the cable in again; NAT mappings are what they were unless they have timed out. */
  async plugIn(site: Site): Promise<void> {
    await this.#group.ip(this.publicNamespace, [`link set ${site.edge.port} up`]);
  }

  /**
   * Gives the outermost gateway of a site the public address `address`, as when a provider renews a lease: every mapping
   * is forgotten. The address it has already: mappings are forgotten, and made anew.
   */
  async renumber(site: Site, address: string): Promise<void> {
    const { namespace, interface: wan } = site.edge;
    await this.#group.ip(namespace, [
      `addr flush dev ${wan}`,
      `addr add ${address}/24 dev ${wan}`,
      `route add default via ${PUBLIC.nowhere}`,
    ]);
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
    `addr add ${PUBLIC.web}/24 dev br0`,
    `addr add ${PUBLIC.serverIpv6}/64 dev br0 nodad`,
    `addr add ${PUBLIC.webIpv6}/64 dev br0 nodad`,
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
  request: SiteRequest,
  index: number,
): Promise<Site> {
  const { kind } = request;
  const description: SiteDescription = SITES[kind];
  const { gateways, family } = description;
  const outermost = publicAddress(index, family);
  const port = `site${index}`;
  let outside: Outside = {
    namespace: segment,
    port,
    address: outermost,
    gateway: '',
    impaired: request.link,
  };
  let outermostBox: Box | undefined;
  for (let level = gateways.length - 1; level >= 0; level--) {
    const box = await attach(group, outside, { label: `${index}-gateway${level}`, link: 'wan', family });
    outermostBox ??= box;
    const inner = innerNetwork(index, level);
    await group.parameters(box.namespace, { 'net/ipv4/ip_forward': 1 });
    await group.rules(box.namespace, natRules(gateways[level]!));
    outside = { ...{ namespace: box.namespace, port: 'lan' }, address: inner.host, gateway: inner.gateway };
  }
  const host = await attach(group, outside, { label: `${index}-${kind}`, link: 'eth0', family });
  const edge = outermostBox ?? host;
  return {
    ...{ kind, namespace: host.namespace, address: outside.address, publicAddress: outermost },
    link: edge.link,
    edge: { namespace: edge.namespace, interface: edge === host ? 'eth0' : 'wan', port },
  };
}

/** A namespace that was made, and its link to the outside where that is impaired. */
interface Box {
  readonly namespace: string;
  readonly link: ImpairedLink | undefined;
}

interface Outside {
  readonly namespace: string;
  /** The name of the link's outer end. */
  readonly port: string;
  /** The address the attached box gets. */
  readonly address: string;
  /** The address of the outer end itself; empty on the public segment, whose bridge has the addresses. */
  readonly gateway: string;
  /** What the link does to packets; undefined: nothing. */
  readonly impaired?: SiteRequest['link'] | undefined;
}

/** Makes a namespace and plugs it into another one. */
async function attach(
  group: NamespaceGroup,
  outside: Outside,
  box: { label: string; link: string; family: 4 | 6 },
): Promise<Box> {
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
  const link = await connect(group, outside, { namespace, interface: box.link });
  await group.ip(outside.namespace, [
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
  return { namespace, link };
}

/** Makes the link: a veth pair, or one that impairs. */
async function connect(
  group: NamespaceGroup,
  outside: Outside,
  inner: LinkEnd,
): Promise<ImpairedLink | undefined> {
  const { namespace, port, impaired } = outside;
  if (impaired !== undefined)
    return ImpairedLink.start({ outer: { namespace, interface: port }, inner, ...impaired });
  await group.ip(namespace, [
    `link add ${port} type veth peer name ${inner.interface} netns ${inner.namespace}`,
  ]);
  return undefined;
}
