import { randomBytes, randomInt } from 'node:crypto';
import type { AddressFamily, TransportAddress } from '@madang/core/path/transport-address';
import { parseIpAddress } from '@madang/core/path/address-text';
import type { IpAddress } from '@madang/core/path/address-text';
import type { Crypto } from '@madang/core/env/crypto';
import type { Random } from '@madang/core/env/random';
import { PathTable } from '@madang/core/path/path-table';
import type { Cidr } from '@madang/core/policy/cidr';
import { parseCidr } from '@madang/core/policy/cidr';
import { PeerPolicy } from '@madang/core/policy/peer-policy';
import { NAT_DISCOVERY_ATTRIBUTES } from '@madang/core/stun/attributes';
import { SourceLimiter } from '@madang/core/limits/source-limiter';
import { Credentials } from '@madang/core/turn/credentials';
import type { TurnEvent } from '@madang/core/turn/turn-host';
import { TurnServer } from '@madang/core/turn/turn-server';
import { createCrypto } from '../crypto/create-crypto.js';
import { openDtlsEndpoint } from '../crypto/dtls-endpoint.js';
import type { DtlsEndpointResult } from '../crypto/dtls-endpoint.js';
import { NodeRandom } from '../crypto/node-random.js';
import { BindingDriver } from '../drivers/binding-driver.js';
import { systemClock } from '../drivers/clock.js';
import { DtlsClients } from '../drivers/dtls-clients.js';
import type { DtlsClientHandler, DtlsClientsOptions } from '../drivers/dtls-clients.js';
import { RelaySockets } from '../drivers/relay-sockets.js';
import type { RelayAddress } from '../drivers/relay-sockets.js';
import { StreamClients } from '../drivers/stream-clients.js';
import type { StreamClientHandler } from '../drivers/stream-clients.js';
import { TcpRelays } from '../drivers/tcp-relays.js';
import { TurnDriver } from '../drivers/turn-driver.js';
import { DgramUdpNetwork } from '../net/dgram-udp.js';
import { NativeUdpNetwork } from '../net/native-udp.js';
import { RelayPorts } from '../net/relay-ports.js';
import { StreamListener } from '../net/stream-listener.js';
import type { Certificate } from '../crypto/certificate.js';
import type { UdpNetwork } from '../net/udp-network.js';
import type { Log } from '../observe/log.js';
import type { SourceRates, TurnEngineOptions, TurnEnginePorts } from './engine-options.js';

/** The parts of an engine, made and connected. */
export interface EngineParts {
  readonly network: UdpNetwork;
  readonly driver: TurnDriver;
  readonly policy: PeerPolicy;
  readonly binding: BindingDriver;
  readonly turn: TurnServer;
  readonly relaySockets: RelaySockets;
  readonly streams: StreamClients;
  readonly listener: StreamListener;
  readonly dtls: DtlsClients | undefined;
}

/** Makes core, drivers and network of an engine and connects them; nothing listens yet. */
export function composeEngine(
  options: TurnEngineOptions,
  ports: TurnEnginePorts,
  onEvent: (event: TurnEvent) => void,
): EngineParts {
  const random = new NodeRandom();
  const { crypto } = createCrypto({ native: options.network === 'native' ? 'auto' : 'never' });
  const paths = new PathTable({ maximumPaths: options.limits.paths, seed: randomBytes(4).readInt32LE() });
  const network =
    options.network === 'native' ? new NativeUdpNetwork({ paths }) : new DgramUdpNetwork({ paths });
  const driver = new TurnDriver({ network, clock: systemClock, onEvent });
  const policy = createPolicy(options);
  const binding = createBinding(options, network, random);
  const turn = createTurn(options, { driver, policy, binding, crypto, random });
  const relaySockets = createRelaySockets(options, ports, network, driver);
  ports.reservations.onYield((token, username) =>
    turn.yieldReservation(token, username) === 'yielded' ? relaySockets.yieldReservation(token) : undefined,
  );
  const clients = clientHandler(driver, network);
  const streams = new StreamClients({ paths, handler: clients });
  const listener = new StreamListener({
    tls: options.tls,
    limits: options.limits,
    accept: (connection) => {
      streams.add(connection);
    },
  });
  const dtls = createDtls(options, { network, crypto, random, handler: clients }, ports.log);
  const tcpRelays =
    options.features.tcpRelay === 'on'
      ? new TcpRelays({ turn, relaySockets, addresses: relayAddresses(options), clock: systemClock })
      : undefined;
  driver.connect({ turn, relaySockets, streams, dtls, tcpRelays });
  return { network, driver, policy, binding, turn, relaySockets, streams, listener, dtls };
}

export function openServerEndpoint(certificate: Certificate): DtlsEndpointResult {
  return openDtlsEndpoint({ role: 'server', certificate });
}

export function transportAddressOf(address: string, port: number): TransportAddress {
  const { family, bytes } = ipOf(address);
  return { family, bytes, port };
}

function createBinding(options: TurnEngineOptions, network: UdpNetwork, random: Random): BindingDriver {
  return new BindingDriver({
    network,
    limiter: new SourceLimiter({ ...sourceRates(options.limits.bindingRate, options.shard.count), random }),
    discoveryLimiter: new SourceLimiter({
      ...sourceRates(options.limits.natDiscoveryRate, options.shard.count),
      random,
    }),
    clock: systemClock,
    natDiscovery: options.natDiscovery?.addresses.map(({ address, port }) =>
      transportAddressOf(address, port),
    ),
  });
}

function createTurn(
  options: TurnEngineOptions,
  parts: { driver: TurnDriver; policy: PeerPolicy; binding: BindingDriver; crypto: Crypto; random: Random },
): TurnServer {
  const { driver, policy, binding, crypto, random } = parts;
  const unauthenticated = new SourceLimiter({
    ...sourceRates(options.limits.unauthenticatedRate, options.shard.count),
    random,
  });
  const { realm, secrets, users } = options;
  return new TurnServer({
    host: driver,
    crypto,
    random,
    credentials: new Credentials({ crypto, realm, secrets, fixedUsers: users }),
    nonceKey: Buffer.from(options.nonceKey, 'hex'),
    peerPolicy: { decide: (address, protocol) => policy.decide(address, protocol) },
    binding,
    bindingAttributes: options.natDiscovery ? NAT_DISCOVERY_ATTRIBUTES : [],
    admitUnauthenticatedReply: (now, arrival) =>
      unauthenticated.admit(now, arrival) ? 'admitted' : 'limited',
    limits: options.limits.turn,
    features: {
      dontFragment: options.network === 'native' ? 'supported' : 'unsupported',
      icmpReporting: options.features.icmpReports,
      tcpRelay: options.features.tcpRelay,
    },
  });
}

function createRelaySockets(
  options: TurnEngineOptions,
  { quota, reservations }: TurnEnginePorts,
  network: UdpNetwork,
  driver: TurnDriver,
): RelaySockets {
  return new RelaySockets({
    network,
    ports: new RelayPorts({
      first: options.relay.firstPort,
      last: options.relay.lastPort,
      shard: options.shard,
      random: (below) => randomInt(below),
    }),
    addresses: relayAddresses(options),
    receiver: driver.relay,
    quota,
    reservations,
    errorQueue: options.features.icmpReports === 'on',
    receiveBufferBytes: options.receiveBufferBytes,
    sendBufferBytes: options.sendBufferBytes,
  });
}

function clientHandler(driver: TurnDriver, network: UdpNetwork): StreamClientHandler & DtlsClientHandler {
  return {
    handleMessage: (channel, arrival, bytes, offset, length) => {
      driver.handleChannelMessage(channel, arrival, bytes, offset, length);
    },
    handleClosed: (path) => {
      driver.handlePathClosed(path);
    },
    hasAllocation: (path) => driver.hasAllocation(path),
    handleChunkEnd: () => {
      network.flush();
    },
  };
}

/** Undefined without a certificate, and where OpenSSL cannot be reached: DTLS has no portable implementation. */
function createDtls(
  options: TurnEngineOptions,
  parts: Pick<DtlsClientsOptions, 'network' | 'crypto' | 'random' | 'handler'>,
  log: Log,
): DtlsClients | undefined {
  if (options.network !== 'native' || options.tls === undefined) return undefined;
  const opened = openServerEndpoint(options.tls);
  if (!opened.ok) {
    log('warn', 'TURN over DTLS is not served', { reason: opened.reason });
    return undefined;
  }
  return new DtlsClients({
    ...parts,
    clock: systemClock,
    endpoint: opened.endpoint,
    limits: {
      handshakesTotal: options.limits.dtlsHandshakesTotal,
      handshakesPerSource: options.limits.dtlsHandshakesPerAddress,
    },
  });
}

function createPolicy(options: TurnEngineOptions): PeerPolicy {
  const { peers, relay } = options;
  return new PeerPolicy({
    allowPeers: peers.allow.map(cidrOf),
    denyPeers: peers.deny.map(cidrOf),
    nat64Prefixes: peers.nat64Prefixes.map(cidrOf),
    ...(peers.mediaPorts && { mediaPorts: peers.mediaPorts }),
    relayPorts: [relay.firstPort, relay.lastPort],
  });
}

function cidrOf(text: string): Cidr {
  const result = parseCidr(text);
  if (!result.ok) throw new Error(`${text}: ${result.reason}`);
  return result.cidr;
}

/** Each engine sees its share of a source's flows, so each gets its share of the rates. */
function sourceRates(
  rates: SourceRates,
  engines: number,
): Omit<ConstructorParameters<typeof SourceLimiter>[0], 'random'> {
  const share = (rate: number): number => Math.ceil(rate / engines);
  return {
    perAddress: { ratePerSecond: share(rates.perAddress), burst: share(rates.perAddressBurst) },
    perPrefix: { ratePerSecond: share(rates.perPrefix) },
    total: { ratePerSecond: share(rates.total) },
  };
}

function relayAddresses(options: TurnEngineOptions): Partial<Record<AddressFamily, RelayAddress>> {
  const addresses: Partial<Record<AddressFamily, RelayAddress>> = {};
  for (const { bind, announced } of options.relay.addresses) {
    const local = ipOf(bind);
    addresses[local.family] = { bind: local.bytes, announced: ipOf(announced).bytes };
  }
  return addresses;
}

function ipOf(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new Error(`${text} is not an IP address`);
  return address;
}
