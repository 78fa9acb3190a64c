import { networkInterfaces } from 'node:os';
import { parseIpAddress } from '@madang/core/path/address-text';
import type { AddressFamily } from '@madang/core/path/transport-address';
import type { TurnEvent } from '@madang/core/turn/turn-host';
import { systemClock } from '../drivers/clock.js';
import type { Certificate } from '../crypto/certificate.js';
import type { UdpNetwork } from '../net/udp-network.js';
import type { Log } from '../observe/log.js';
import type { EngineParts } from './compose-engine.js';
import { composeEngine, openServerEndpoint } from './compose-engine.js';
import { openListener } from './open-listener.js';
import type { ListenerSpec, TurnEngineOptions, TurnEnginePorts } from './engine-options.js';
import type { EngineSnapshot, MediaSnapshot } from './engine-snapshot.js';

/**
 * STUN and TURN of one process: composes core, drivers and network. A worker process holds one; with `--workers 0`
 * the control process holds the only one.
 */
export class TurnEngine {
  readonly #options: TurnEngineOptions;
  readonly #parts: EngineParts;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #limitsHit: Record<string, number> = {};
  #created = 0;

  /** Rejects with a sentence that names the address when a listener cannot be opened; nothing is left open then. */
  static async create(options: TurnEngineOptions, ports: TurnEnginePorts): Promise<TurnEngine> {
    if (options.features.tcpRelay === 'on' && options.network === 'portable') {
      throw new Error(
        'TCP relaying needs the native network, which is not available here; switch tcpRelay off',
      );
    }
    const engine = new TurnEngine(options, ports);
    try {
      for (const listener of options.listeners) await engine.#listen(listener);
    } catch (error) {
      engine.stop();
      throw error;
    }
    return engine;
  }

  private constructor(options: TurnEngineOptions, ports: TurnEnginePorts) {
    this.#options = options;
    this.#parts = composeEngine(options, ports, (event) => {
      this.#handleEvent(event, ports.log);
    });
    const { driver } = this.#parts;
    this.#refreshOwnAddresses();
    this.#timers = [
      setInterval(() => {
        driver.handleTimeout();
      }, TICK_MS).unref(),
      setInterval(() => {
        this.#refreshOwnAddresses();
      }, OWN_ADDRESSES_MS).unref(),
    ];
  }

  /** Where its sockets are: other engines of the process share it. */
  get network(): UdpNetwork {
    return this.#parts.network;
  }

  snapshot(): Omit<EngineSnapshot, keyof MediaSnapshot> {
    const counts = this.#parts.turn.counts();
    const udp = this.#parts.network.counters;
    return {
      allocations: counts.allocations,
      connections: this.#parts.streams.count,
      relaySockets: this.#parts.relaySockets.count,
      allocationsCreated: this.#created,
      packetsToPeers: counts.toPeer.packets,
      bytesToPeers: counts.toPeer.bytes,
      packetsToClients: counts.toClient.packets,
      bytesToClients: counts.toClient.bytes,
      receivedPackets: udp.receivedPackets,
      receivedBytes: udp.receivedBytes,
      sentPackets: udp.sentPackets,
      sentBytes: udp.sentBytes,
      bindingAnswers: this.#parts.binding.answers,
      drops: [...this.#parts.driver.drops],
      sendErrors: { ...udp.sendErrors },
      limitsHit: { ...this.#limitsHit, half_open_connections: this.#parts.listener.refused },
    };
  }

  setCertificate(certificate: Certificate): void {
    this.#parts.listener.setCertificate(certificate);
    const opened = openServerEndpoint(certificate);
    if (opened.ok) this.#parts.dtls?.useEndpoint(opened.endpoint);
  }

  /** No new allocations from now on; what exists goes on. */
  startDrain(): void {
    this.#parts.turn.startDrain();
    this.#parts.listener.stopAccepting();
  }

  /** Ends the allocations of an identity at once (a participant left). */
  revoke(identity: string): void {
    this.#parts.turn.deleteAllocationsOfIdentity(systemClock.now(), identity);
    this.#parts.network.flush();
  }

  /** Another engine closed a port of our share. */
  returnPort(family: AddressFamily, port: number): void {
    this.#parts.relaySockets.returnPort(family, port);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#parts.turn.deleteAll(systemClock.now());
    this.#parts.listener.stop();
    this.#parts.dtls?.stop();
    this.#parts.network.stop();
  }

  async #listen(spec: ListenerSpec): Promise<void> {
    const { network, driver, listener, binding } = this.#parts;
    const { receiveBufferBytes, sendBufferBytes } = this.#options;
    const home = { network, receiver: driver.listener, listener, receiveBufferBytes, sendBufferBytes };
    const socket = await openListener(spec, home);
    if (socket !== undefined && spec.natDiscoveryRole !== undefined)
      binding.setRole(socket, spec.natDiscoveryRole);
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
  #refreshOwnAddresses(): void {
    const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const texts = [...interfaces.map(({ address }) => address), ...this.#options.peers.ownAddresses];
    this.#parts.policy.setOwnAddresses(
      texts.flatMap((text) => parseIpAddress(text.split('%')[0] ?? '') ?? []),
    );
  }
}

const TICK_MS = 200;
const OWN_ADDRESSES_MS = 30_000;
