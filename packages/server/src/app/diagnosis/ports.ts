import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { formatIpAddress } from '@madang/core/path/address-text';
import type { Config } from '../../config/resolve.js';
import type { NetworkPlan } from '../network-plan.js';
import { findPortHolder } from '../port-holder.js';
import type { Finding, FindingGroup, Verdict } from './findings.js';

export interface PortsChecked {
  readonly group: FindingGroup;
  /** The address of a Madang that runs with these ports already, as a URL. */
  readonly running: string | undefined;
}

/** Which addresses and ports the server would use, and whether it could. */
export async function checkPorts(config: Config, plan: NetworkPlan): Promise<PortsChecked> {
  const running = await findRunning(config, plan);
  const findings: Finding[] = [];
  for (const place of placesOf(config, plan)) findings.push(await checkPlace(place, running));
  const { first, last } = config.relayPorts;
  findings.push({
    verdict: 'note',
    subject: `udp ${first}-${last}`,
    text: `relayed addresses, told to clients as ${plan.relayAddresses.map(({ announced }) => announced).join(' and ') || 'none'}; open them in the firewall`,
  });
  return { group: { title: 'Addresses and ports', findings }, running };
}

interface Place {
  readonly protocol: 'udp' | 'tcp';
  /** 0: the system's choice at each start. */
  readonly port: number;
  readonly hosts: readonly string[];
  readonly use: string;
}

function placesOf(config: Config, plan: NetworkPlan): Place[] {
  const { hosts } = plan;
  const httpHosts = [config.host[0] ? formatIpAddress(config.host[0]) : '::'];
  const places: Place[] = [
    { protocol: 'tcp', port: config.httpPort, hosts: httpHosts, use: 'HTTP' },
    { protocol: 'udp', port: config.turnPort, hosts, use: 'STUN and TURN' },
    { protocol: 'tcp', port: config.turnPort, hosts, use: 'STUN and TURN' },
  ];
  if (config.httpsPort !== 'off') {
    places.splice(1, 0, { protocol: 'tcp', port: config.httpsPort, hosts: httpHosts, use: 'HTTPS' });
  }
  if (config.turnTlsPort !== 'off') {
    places.push({ protocol: 'udp', port: config.turnTlsPort, hosts, use: 'TURN over DTLS' });
    places.push({ protocol: 'tcp', port: config.turnTlsPort, hosts, use: 'TURN over TLS' });
  }
  if (plan.mediaPorts !== undefined && config.mediaPort !== 0) {
    for (let port = plan.mediaPorts.first; port <= plan.mediaPorts.last; port++) {
      places.push({ protocol: 'udp', port, hosts, use: 'media server' });
      places.push({ protocol: 'tcp', port, hosts, use: 'media server' });
    }
  }
  for (const { address, port } of plan.natDiscovery?.addresses.slice(1) ?? []) {
    places.push({ protocol: 'udp', port, hosts: [address], use: 'NAT behaviour discovery' });
  }
  return places;
}

async function checkPlace(place: Place, running: string | undefined): Promise<Finding> {
  const { protocol, port, hosts, use } = place;
  const subject = `${protocol} ${port === 0 ? 'any port' : port}`;
  if (port === 0)
    return { verdict: 'ok', subject, text: `${use}: the system gives a free port at each start` };
  for (const host of hosts) {
    const code = await tryToListen(protocol, host, port);
    if (code === undefined) continue;
    return { subject, ...explain({ code, use, protocol, port, host, running }) };
  }
  return { verdict: 'ok', subject, text: `${use}: free on ${hosts.join(' and ')}` };
}

function explain(problem: {
  code: string;
  use: string;
  protocol: 'udp' | 'tcp';
  port: number;
  host: string;
  running: string | undefined;
}): { verdict: Verdict; text: string } {
  const { code, use, protocol, port, host, running } = problem;
  switch (code) {
    case 'EADDRINUSE': {
      const holder = findPortHolder(protocol, port) ?? 'another process';
      if (running !== undefined)
        return { verdict: 'ok', text: `${use}: ${holder} serves it, a running Madang` };
      return { verdict: 'broken', text: `${use}: ${holder} has it; stop that one or choose another port` };
    }
    case 'EACCES':
      return {
        verdict: 'broken',
        text: `${use}: this user may not open ports below 1024; give CAP_NET_BIND_SERVICE or choose another port`,
      };
    case 'EADDRNOTAVAIL':
      return {
        verdict: 'broken',
        text: `${use}: no interface of this machine has ${host}; write another --host`,
      };
    default:
      return { verdict: 'broken', text: `${use}: listening on ${host} fails with ${code}` };
  }
}

/** Listens for a moment; the system's error code when that fails. */
function tryToListen(protocol: 'udp' | 'tcp', host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const isIpv6 = host.includes(':');
    const fail = ({ code = 'an error' }: NodeJS.ErrnoException): void => {
      resolve(isIpv6 && code === 'EAFNOSUPPORT' ? undefined : code);
    };
    if (protocol === 'tcp') {
      const server = createServer();
      server.once('error', fail);
      server.listen({ host, port, ipv6Only: isIpv6, exclusive: true }, () => {
        server.close(() => {
          resolve(undefined);
        });
      });
      return;
    }
    const socket = createSocket({ type: isIpv6 ? 'udp6' : 'udp4', ipv6Only: isIpv6 });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      fail(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.close(() => {
        resolve(undefined);
      });
    });
  });
}

/** Asks the HTTP port whether a Madang is behind it. */
async function findRunning(config: Config, plan: NetworkPlan): Promise<string | undefined> {
  if (config.httpPort === 0) return undefined;
  const host = config.host[0] ? plan.hosts[0]! : '127.0.0.1';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${config.httpPort}`;
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) });
    const health = (await response.json()) as { status?: string };
    return response.ok && health.status === 'ok' ? url : undefined;
  } catch {
    // Nobody there, or somebody who is no Madang.
    return undefined;
  }
}
