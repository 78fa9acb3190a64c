import { networkInterfaces } from 'node:os';
import { randomBytes, randomInt } from 'node:crypto';
import type { AddressFamily, TransportAddress } from '@madang/core/path/transport-address';
import { parseIpAddress } from '@madang/core/path/address-text';
import type { IpAddress } from '@madang/core/path/address-text';
import { PathTable } from '@madang/core/path/path-table';
import type { Cidr } from '@madang/core/policy/cidr';
import { parseCidr } from '@madang/core/policy/cidr';
import { PeerPolicy } from '@madang/core/policy/peer-policy';
import { NAT_DISCOVERY_ATTRIBUTES } from '@madang/core/stun/attributes';
import { SourceLimiter } from '@madang/core/limits/source-limiter';
import { Credentials } from '@madang/core/turn/credentials';
import type { FixedUser } from '@madang/core/turn/credentials';
import type { TurnEvent } from '@madang/core/turn/turn-host';
import type { TurnLimits } from '@madang/core/turn/turn-options';
import { TurnServer } from '@madang/core/turn/turn-server';
import { createCrypto } from '../crypto/create-crypto.js';
import { openDtlsEndpoint } from '../crypto/dtls-endpoint.js';
import type { DtlsEndpointResult } from '../crypto/dtls-endpoint.js';
import { NodeRandom } from '../crypto/node-random.js';
import type { AllocationQuota } from '../drivers/allocation-quota.js';
import { BindingDriver } from '../drivers/binding-driver.js';
import { systemClock } from '../drivers/clock.js';
import { DtlsClients } from '../drivers/dtls-clients.js';
import type { DtlsClientHandler, DtlsClientsOptions } from '../drivers/dtls-clients.js';
import { RelaySockets } from '../drivers/relay-sockets.js';
import type { RelayAddress } from '../drivers/relay-sockets.js';
import type { ReservationExchange } from '../drivers/reservation-exchange.js';
import { StreamClients } from '../drivers/stream-clients.js';
import type { StreamClientHandler } from '../drivers/stream-clients.js';
import { TcpRelays } from '../drivers/tcp-relays.js';
import { TurnDriver } from '../drivers/turn-driver.js';
import { DgramUdpNetwork } from '../net/dgram-udp.js';
import { NativeUdpNetwork } from '../net/native-udp.js';
import { RelayPorts } from '../net/relay-ports.js';
import { StreamListener } from '../net/stream-listener.js';
import type { StreamLimits, TlsIdentity } from '../net/stream-listener.js';
import type { UdpNetwork } from '../net/udp-network.js';
import type { Log } from '../observe/log.js';
import type { EngineSnapshot } from './engine-snapshot.js';

/** Everything one engine needs to know. Plain JSON: it crosses a process boundary. Addresses are text. */
export interface TurnEngineOptions {
  /** Which share of ports and rates is ours: engine `index` of `count`. */
  readonly shard: { readonly index: number; readonly count: number };
  readonly network: 'native' | 'portable';
  readonly realm: string;
  /** Secrets of time-limited credentials, newest first. */
  readonly secrets: readonly string[];
  readonly users: readonly FixedUser[];
  /** Hex, 32 bytes; shared by all engines. */
  readonly nonceKey: string;
  readonly listeners: readonly ListenerSpec[];
  /** PEM; without it there is neither TLS nor DTLS. */
  readonly tls?: TlsIdentity;
  readonly relay: {
    readonly firstPort: number;
    readonly lastPort: number;
    /** By family: the local address relay sockets are bound to, and the one clients are told. */
    readonly addresses: readonly { readonly bind: string; readonly announced: string }[];
  };
  readonly peers: {
    readonly allow: readonly string[];
    readonly deny: readonly string[];
    readonly nat64Prefixes: readonly string[];
    readonly ownAddresses: readonly string[];
    readonly mediaPorts?: readonly [first: number, last: number];
  };
  readonly natDiscovery?: NatDiscoverySpec;
  readonly features: { readonly tcpRelay: 'on' | 'off'; readonly icmpReports: 'on' | 'off' };
  readonly limits: TurnEngineLimits;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
}

export interface ListenerSpec {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  /** Descriptor inherited from the control process; without it the engine opens the socket itself. */
  readonly fd?: number;
  /** Which of the four sockets of RFC 5780 this is: 0 (A1P1) to 3 (A2P2). */
  readonly natDiscoveryRole?: number;
}

/** The announced addresses of the sockets A1P1, A1P2, A2P1, A2P2. */
export interface NatDiscoverySpec {
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
}

export interface TurnEngineLimits extends StreamLimits {
  readonly turn: Partial<TurnLimits>;
  readonly bindingRate: SourceRates;
  readonly unauthenticatedRate: SourceRates;
  readonly paths: number;
  readonly dtlsHandshakesTotal: number;
  readonly dtlsHandshakesPerAddress: number;
}

/** Per second; 0 is no limit. */
export interface SourceRates {
  readonly perAddress: number;
  readonly perAddressBurst: number;
  readonly perPrefix: number;
  readonly total: number;
}

/** What an engine asks of the process it runs in. */
export interface TurnEnginePorts {
  readonly quota: AllocationQuota;
  readonly reservations: ReservationExchange;
  readonly log: Log;
}

/**
 * STUN and TURN of one process: composes core, drivers and network. A worker process holds one; with `--workers 0`
 * the control process holds the only one.
 */
export class TurnEngine {
  readonly #turn: TurnServer;
  readonly #driver: TurnDriver;
  readonly #binding: BindingDriver;
  readonly #network: UdpNetwork;
  readonly #streams: StreamClients;
  readonly #listener: StreamListener;
  readonly #relaySockets: RelaySockets;
  readonly #dtls: DtlsClients | undefined;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #limitsHit: Record<string, number> = {};
  #created = 0;

  /** Rejects with a sentence that names the address when a listener cannot be opened. */
  static async create(options: TurnEngineOptions, ports: TurnEnginePorts): Promise<TurnEngine> {
    if (options.features.tcpRelay === 'on' && options.network === 'portable') {
      throw new Error(
        'TCP relaying needs the native network, which is not available here; switch tcpRelay off',
      );
    }
    const engine = new TurnEngine(options, ports);
    for (const listener of options.listeners) await engine.#listen(listener);
    return engine;
  }

  private constructor(options: TurnEngineOptions, ports: TurnEnginePorts) {
    const crypto = createCrypto({ native: options.network === 'native' ? 'auto' : 'never' }).crypto;
    const random = new NodeRandom();
    const paths = new PathTable({ maximumPaths: options.limits.paths, seed: randomBytes(4).readInt32LE() });
    this.#network =
      options.network === 'native' ? new NativeUdpNetwork({ paths }) : new DgramUdpNetwork({ paths });
    this.#options = options;
    const network = this.#network;
    const driver = new TurnDriver({
      network,
      clock: systemClock,
      onEvent: (event) => {
        this.#handleEvent(event, ports.log);
      },
    });
    this.#driver = driver;
    const policy = createPolicy(options);
    this.#refreshOwnAddresses(policy);
    const { shard } = options;
    this.#binding = new BindingDriver({
      network,
      limiter: new SourceLimiter({ ...sourceRates(options.limits.bindingRate, shard.count), random }),
      clock: systemClock,
      natDiscovery: options.natDiscovery?.addresses.map(({ address, port }) =>
        transportAddressOf(address, port),
      ),
    });
    const unauthenticated = new SourceLimiter({
      ...sourceRates(options.limits.unauthenticatedRate, shard.count),
      random,
    });
    this.#turn = new TurnServer({
      host: driver,
      crypto,
      random,
      credentials: new Credentials({
        crypto,
        realm: options.realm,
        secrets: options.secrets,
        fixedUsers: options.users,
      }),
      nonceKey: Buffer.from(options.nonceKey, 'hex'),
      peerPolicy: { decide: (address, protocol) => policy.decide(address, protocol) },
      binding: this.#binding,
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
    const relayPorts = new RelayPorts({
      first: options.relay.firstPort,
      last: options.relay.lastPort,
      shard,
      random: (below) => randomInt(below),
    });
    this.#relaySockets = new RelaySockets({
      network,
      ports: relayPorts,
      addresses: relayAddresses(options),
      receiver: driver.relay,
      quota: ports.quota,
      reservations: ports.reservations,
      errorQueue: options.features.icmpReports === 'on',
      receiveBufferBytes: options.receiveBufferBytes,
      sendBufferBytes: options.sendBufferBytes,
    });
    const clients: StreamClientHandler & DtlsClientHandler = {
      handleMessage: (channel, arrival, bytes, offset, length) => {
        driver.handleChannelMessage(channel, arrival, bytes, offset, length);
      },
      handleClosed: (path) => {
        driver.handlePathClosed(path);
      },
      handleChunkEnd: () => {
        network.flush();
      },
    };
    ports.reservations.onYield((token, username) =>
      this.#turn.yieldReservation(token, username) === 'yielded'
        ? this.#relaySockets.yieldReservation(token)
        : undefined,
    );
    this.#streams = new StreamClients({ paths, handler: clients });
    this.#listener = new StreamListener({
      tls: options.tls,
      limits: options.limits,
      accept: (connection) => {
        this.#streams.add(connection);
      },
    });
    this.#dtls = createDtls(options, { network, crypto, random, handler: clients }, ports.log);
    const tcpRelays =
      options.features.tcpRelay === 'on'
        ? new TcpRelays({
            turn: this.#turn,
            relaySockets: this.#relaySockets,
            addresses: relayAddresses(options),
            clock: systemClock,
          })
        : undefined;
    driver.connect({
      turn: this.#turn,
      relaySockets: this.#relaySockets,
      streams: this.#streams,
      dtls: this.#dtls,
      tcpRelays,
    });
    this.#timers.push(
      setInterval(() => {
        driver.handleTimeout();
      }, TICK_MS).unref(),
      setInterval(() => {
        this.#refreshOwnAddresses(policy);
      }, OWN_ADDRESSES_MS).unref(),
    );
  }

  readonly #options: TurnEngineOptions;

  snapshot(): EngineSnapshot {
    const counts = this.#turn.counts();
    const udp = this.#network.counters;
    return {
      allocations: counts.allocations,
      connections: this.#streams.count,
      relaySockets: this.#relaySockets.count,
      allocationsCreated: this.#created,
      packetsToPeers: counts.toPeer.packets,
      bytesToPeers: counts.toPeer.bytes,
      packetsToClients: counts.toClient.packets,
      bytesToClients: counts.toClient.bytes,
      receivedPackets: udp.receivedPackets,
      receivedBytes: udp.receivedBytes,
      sentPackets: udp.sentPackets,
      sentBytes: udp.sentBytes,
      bindingAnswers: this.#binding.answers,
      drops: [...this.#driver.drops],
      sendErrors: { ...udp.sendErrors },
      limitsHit: { ...this.#limitsHit, half_open_connections: this.#listener.refused },
    };
  }

  setTlsIdentity(identity: TlsIdentity): void {
    this.#listener.setTlsIdentity(identity);
    const opened = openServerEndpoint(identity);
    if (opened.ok) this.#dtls?.useEndpoint(opened.endpoint);
  }

  /** No new allocations from now on; what exists goes on. */
  startDrain(): void {
    this.#turn.startDrain();
    this.#listener.stopAccepting();
  }

  /** Ends the allocations of an identity at once (a participant left). */
  revoke(identity: string): void {
    this.#turn.deleteAllocationsOfIdentity(systemClock.now(), identity);
    this.#network.flush();
  }

  /** Another engine closed a port of our share. */
  returnPort(family: AddressFamily, port: number): void {
    this.#relaySockets.returnPort(family, port);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#turn.deleteAll(systemClock.now());
    this.#listener.stop();
    this.#dtls?.stop();
    this.#network.stop();
  }

  async #listen(spec: ListenerSpec): Promise<void> {
    const address = transportAddressOf(spec.address, spec.port);
    const where = `${spec.protocol} ${spec.address} port ${spec.port}`;
    if (spec.protocol === 'tcp') {
      try {
        await (spec.fd === undefined ? this.#listener.listen(address) : this.#listener.adopt(spec.fd));
      } catch (error) {
        throw new Error(
          `Cannot listen on ${where}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
        );
      }
      return;
    }
    const socket = await this.#openUdp(spec, address, where);
    if (spec.natDiscoveryRole !== undefined) this.#binding.setRole(socket, spec.natDiscoveryRole);
  }

  #openUdp(spec: ListenerSpec, address: TransportAddress, where: string): Promise<number> {
    const network = this.#network;
    const receiver = this.#driver.listener;
    const packetInfo = address.bytes.every((byte) => byte === 0);
    if (spec.fd !== undefined) return Promise.resolve(network.adopt(spec.fd, { receiver, packetInfo }));
    const { receiveBufferBytes, sendBufferBytes } = this.#options;
    return new Promise((resolve, reject) => {
      network.open(
        { address, receiver, packetInfo, use: 'listener', receiveBufferBytes, sendBufferBytes },
        (result) => {
          if (result.ok) resolve(result.socket);
          else reject(new Error(`Cannot listen on ${where}: ${result.code}`));
        },
      );
    });
  }

  #handleEvent(event: TurnEvent, log: Log): void {
    switch (event.kind) {
      case 'allocationCreated':
        this.#created++;
        log('debug', 'Allocation created', { username: event.username });
        return;
      case 'allocationDeleted':
        log('debug', 'Allocation deleted', { username: event.username, reason: event.reason });
        return;
      case 'limitHit':
        this.#limitsHit[event.limit] = (this.#limitsHit[event.limit] ?? 0) + 1;
        log('debug', 'A limit was hit', { limit: event.limit, username: event.username });
        return;
    }
  }

  /** Interfaces come and go: our own addresses are read again every 30 s (threat T2). */
  #refreshOwnAddresses(policy: PeerPolicy): void {
    const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const texts = [...interfaces.map(({ address }) => address), ...this.#options.peers.ownAddresses];
    policy.setOwnAddresses(texts.flatMap((text) => parseIpAddress(text.split('%')[0] ?? '') ?? []));
  }
}

const TICK_MS = 200;
const OWN_ADDRESSES_MS = 30_000;

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

function openServerEndpoint(identity: TlsIdentity): DtlsEndpointResult {
  const certificate = { certificatePem: identity.certificate, privateKeyPem: identity.key };
  return openDtlsEndpoint({ role: 'server', certificate });
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

function transportAddressOf(address: string, port: number): TransportAddress {
  const { family, bytes } = ipOf(address);
  return { family, bytes, port };
}

function ipOf(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new Error(`${text} is not an IP address`);
  return address;
}
