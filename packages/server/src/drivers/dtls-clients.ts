import type { Crypto } from '@madang/core/env/crypto';
import type { Random } from '@madang/core/env/random';
import type { Arrival, PathId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import { Transport } from '@madang/core/path/transport-address';
import type { Instant } from '@madang/core/time/instant';
import type { DtlsEndpoint } from '../crypto/dtls-endpoint.js';
import type { UdpNetwork } from '../net/udp-network.js';
import type { ClientChannel } from './client-channel.js';
import type { Clock } from './clock.js';
import { DtlsListener } from './dtls-listener.js';
import type { DtlsLimits } from './dtls-limits.js';

export interface DtlsClientsOptions {
  readonly network: UdpNetwork;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly endpoint: DtlsEndpoint;
  readonly limits: Partial<DtlsLimits>;
  readonly handler: DtlsClientHandler;
}

/** What the owner does with messages of DTLS clients. */
export interface DtlsClientHandler {
  handleMessage(
    channel: ClientChannel,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  handleClosed(path: PathId): void;
}

/** TURN clients over DTLS (RFC 7350): a session is a client channel from its handshake to its end. */
export class DtlsClients {
  readonly #network: UdpNetwork;
  readonly #clock: Clock;
  readonly #listener: DtlsListener;
  readonly #clients = new Map<PathId, DtlsClient>();

  constructor(options: DtlsClientsOptions) {
    const { network, handler } = options;
    this.#network = network;
    this.#clock = options.clock;
    this.#listener = new DtlsListener({
      ...options,
      cookies: 'required',
      host: {
        reply: (_arrival, bytes, offset, length) => {
          network.reply(bytes, offset, length);
        },
        retainPath: (arrival) => this.#retainPath(arrival),
        releasePath: (path) => {
          this.#clients.delete(path);
          network.releasePath(path);
        },
        transmit: (path, bytes, offset, length) => {
          network.send(path, bytes, offset, length);
        },
        opened: () => undefined,
        plaintext: (path, bytes, offset, length) => {
          const client = this.#clients.get(path);
          if (client !== undefined) handler.handleMessage(client, client.arrival, bytes, offset, length);
        },
        closed: (path) => {
          handler.handleClosed(path);
        },
      },
    });
  }

  /** Sessions and running handshakes. */
  get count(): number {
    return this.#listener.sessions;
  }

  channel(path: PathId): ClientChannel | undefined {
    return this.#clients.get(path);
  }

  /** A datagram whose first byte says DTLS. */
  handleDatagram(now: Instant, arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void {
    this.#listener.handleDatagram(now, arrival.path, arrival, bytes, offset, length);
  }

  handleTimeout(now: Instant): void {
    if (this.#listener.nextDeadline() <= now) this.#listener.handleTimeout(now);
  }

  /** New sessions use another certificate. */
  useEndpoint(endpoint: DtlsEndpoint): void {
    this.#listener.useEndpoint(endpoint);
  }

  stop(): void {
    this.#listener.closeAll();
  }

  #retainPath(arrival: Arrival): PathId {
    arrival.transport = Transport.dtls;
    const path = this.#network.paths.intern(arrival);
    arrival.transport = Transport.udp;
    // A 5-tuple that has an allocation over plain UDP keeps speaking plain UDP.
    if (path === NO_PATH || this.#network.paths.transportOf(path) !== Transport.dtls) return NO_PATH;
    if (!this.#clients.has(path)) {
      const kept = { ...arrival, path, transport: Transport.dtls, words: arrival.words.slice() };
      this.#clients.set(path, new DtlsClient(this.#listener, this.#clock, kept));
    }
    return path;
  }
}

class DtlsClient implements ClientChannel {
  readonly padsChannelData = false;
  readonly arrival: Arrival;
  readonly #listener: DtlsListener;
  readonly #clock: Clock;

  constructor(listener: DtlsListener, clock: Clock, arrival: Arrival) {
    this.#listener = listener;
    this.#clock = clock;
    this.arrival = arrival;
  }

  write(
    prefix: Uint8Array,
    prefixOffset: number,
    prefixLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): 'queued' | 'congested' {
    const total = prefixLength + length + padding;
    if (total > message.length) return 'congested';
    if (prefixLength > 0) message.set(prefix.subarray(prefixOffset, prefixOffset + prefixLength));
    message.set(bytes.subarray(offset, offset + length), prefixLength);
    message.fill(0, prefixLength + length, total);
    return this.#listener.write(this.arrival.path, message, 0, total) ? 'queued' : 'congested';
  }

  /** The session is worth keeping: it may be silent for as long as an allocation may live. */
  authenticated(): void {
    this.#listener.setIdleTimeout(this.#clock.now(), this.arrival.path, AUTHENTICATED_IDLE_MS);
  }
}

const AUTHENTICATED_IDLE_MS = 3_600_000;
/** Where messages are put together: the longest a DTLS record carries. */
const message = new Uint8Array(16_384);
