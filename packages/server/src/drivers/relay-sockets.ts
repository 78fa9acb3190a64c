import type { SocketId } from '@madang/core/path/path';
import { sourceNetworkOf } from '@madang/core/path/source-network';
import type { AddressFamily, TransportAddress } from '@madang/core/path/transport-address';
import type { RelayOpened, RelayRequest } from '@madang/core/turn/turn-host';
import type { RelayPorts } from '../net/relay-ports.js';
import type { UdpNetwork, UdpOpened, UdpReceiver } from '../net/udp-network.js';
import type { AllocationQuota } from './allocation-quota.js';
import type { ReservationExchange } from './reservation-exchange.js';

/** Where relay sockets of one family are bound, and the address clients are told. */
export interface RelayAddress {
  readonly bind: TransportAddress['bytes'];
  readonly announced: TransportAddress['bytes'];
}

export interface RelaySocketsOptions {
  readonly network: UdpNetwork;
  readonly ports: RelayPorts;
  readonly addresses: Readonly<Partial<Record<AddressFamily, RelayAddress>>>;
  readonly receiver: UdpReceiver;
  readonly quota: AllocationQuota;
  readonly reservations: ReservationExchange;
  readonly errorQueue: boolean;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
}

/**
 * Opens and closes the sockets behind relayed transport addresses: asks the quota, picks ports, keeps reserved ones
 * bound until they are claimed, and gives everything back exactly once.
 */
export class RelaySockets {
  readonly #options: RelaySocketsOptions;
  readonly #open = new Map<SocketId, OpenRelay>();
  readonly #reserved = new Map<bigint, Reserved>();

  constructor(options: RelaySocketsOptions) {
    this.#options = options;
  }

  /** Relay sockets open now, reserved ones included. */
  get count(): number {
    return this.#open.size + this.#reserved.size;
  }

  /** Opens what an Allocate asked for. `answer` is called once, possibly before this returns. */
  open(request: RelayRequest, answer: (result: RelayOpened) => void): void {
    const families = request.families.filter((family) => this.#options.addresses[family] !== undefined);
    if (request.port.kind !== 'reserved' && (families.length === 0 || families[0] !== request.families[0])) {
      answer({ ok: false, code: 440 });
      return;
    }
    const holder = { username: request.username, address: sourceNetworkOf(request.client) };
    this.#options.quota.admit(holder, (granted) => {
      if (granted !== 'granted') {
        answer({ ok: false, code: granted === 'userQuota' ? 486 : 508 });
        return;
      }
      const lease: Lease = { sockets: 0, release: () => this.#options.quota.release(holder) };
      this.#openFirst(request, lease, (first, token) => {
        if (first === undefined) {
          lease.release();
          answer({ ok: false, code: 508 });
          return;
        }
        this.#openSecond(request, families, lease, first, token, answer);
      });
    });
  }

  close(socket: SocketId): void {
    const relay = this.#open.get(socket);
    if (relay === undefined) return;
    this.#open.delete(socket);
    this.#options.network.close(socket);
    this.#freePort(relay);
    giveUp(relay.lease);
  }

  cancelReservation(token: bigint): void {
    const reserved = this.#reserved.get(token);
    if (reserved === undefined) return;
    this.#reserved.delete(token);
    this.#options.network.close(reserved.socket);
    this.#freePort(reserved);
    giveUp(reserved.lease);
  }

  #openFirst(
    request: RelayRequest,
    lease: Lease,
    opened: (relay: OpenedRelay | undefined, token?: bigint) => void,
  ): void {
    const family = request.families[0]!;
    switch (request.port.kind) {
      case 'reserved':
        this.#claimReserved(request, request.port.token, lease, opened);
        return;
      case 'evenAndReserve':
        this.#openPair(request, family, lease, opened);
        return;
      case 'any':
      case 'even':
        this.#openAnywhere(request, family, request.port.kind, lease, opened);
    }
  }

  #openSecond(
    request: RelayRequest,
    families: readonly AddressFamily[],
    lease: Lease,
    first: OpenedRelay,
    token: bigint | undefined,
    answer: (result: RelayOpened) => void,
  ): void {
    const reservation = token === undefined ? {} : { token };
    if (request.families.length <= 1) {
      answer({ ok: true, relays: [first], ...reservation });
      return;
    }
    const family = families[1];
    if (family === undefined) {
      answer({ ok: true, relays: [first], additionalFamilyCode: 440, ...reservation });
      return;
    }
    this.#openAnywhere(request, family, 'any', lease, (second) => {
      if (second === undefined)
        answer({ ok: true, relays: [first], additionalFamilyCode: 508, ...reservation });
      else answer({ ok: true, relays: [first, second], ...reservation });
    });
  }

  #openAnywhere(
    request: RelayRequest,
    family: AddressFamily,
    kind: 'any' | 'even',
    lease: Lease,
    opened: (relay: OpenedRelay | undefined) => void,
    attempt = 1,
  ): void {
    const port = this.#options.ports.take(family, kind);
    if (port === undefined) {
      opened(undefined);
      return;
    }
    this.#bind(request, family, port, (result) => {
      if (result.ok) {
        opened(this.#register(result.socket, { family, port, owner: 'here', lease }));
        return;
      }
      this.#options.ports.free(family, port);
      // The port may belong to another program: try elsewhere. Anything else (EMFILE) will not get better.
      if (result.code === 'EADDRINUSE' && attempt < BIND_ATTEMPTS) {
        this.#openAnywhere(request, family, kind, lease, opened, attempt + 1);
      } else {
        opened(undefined);
      }
    });
  }

  #openPair(
    request: RelayRequest,
    family: AddressFamily,
    lease: Lease,
    opened: (relay: OpenedRelay | undefined, token?: bigint) => void,
    attempt = 1,
  ): void {
    const { ports, network } = this.#options;
    const even = ports.take(family, 'evenAndNext');
    if (even === undefined) {
      opened(undefined);
      return;
    }
    const failed = (code: string): void => {
      ports.free(family, even);
      ports.free(family, even + 1);
      if (code === 'EADDRINUSE' && attempt < BIND_ATTEMPTS) {
        this.#openPair(request, family, lease, opened, attempt + 1);
      } else opened(undefined);
    };
    this.#bind(request, family, even, (first) => {
      if (!first.ok) {
        failed(first.code);
        return;
      }
      this.#bind(request, family, even + 1, (second) => {
        if (!second.ok) {
          network.close(first.socket);
          failed(second.code);
          return;
        }
        const token = this.#options.reservations.newToken();
        // Counted with the allocation that made it: deleting that one must not let its maker reserve without end.
        lease.sockets++;
        this.#reserved.set(token, { family, port: even + 1, owner: 'here', socket: second.socket, lease });
        opened(this.#register(first.socket, { family, port: even, owner: 'here', lease }), token);
      });
    });
  }

  #claimReserved(
    request: RelayRequest,
    token: bigint,
    lease: Lease,
    opened: (relay: OpenedRelay | undefined) => void,
  ): void {
    // The core names a family only for a token it has checked to be this user's.
    const reserved = request.families.length > 0 ? this.#reserved.get(token) : undefined;
    if (reserved !== undefined) {
      this.#reserved.delete(token);
      const { family, port, owner } = reserved;
      opened(this.#register(reserved.socket, { family, port, owner, lease }));
      giveUp(reserved.lease);
      return;
    }
    // Another worker may hold it: the client's second 5-tuple is hashed apart from its first.
    this.#options.reservations.claim(token, request.username, (claimed) => {
      if (claimed === undefined) {
        opened(undefined);
        return;
      }
      const port: TakenPort = { family: claimed.family, port: claimed.port, owner: claimed.owner };
      this.#bind(request, claimed.family, claimed.port, (result) => {
        if (!result.ok) this.#freePort(port);
        opened(result.ok ? this.#register(result.socket, { ...port, lease }) : undefined);
      });
    });
  }

  /** Gives a port kept here up to another worker, which binds it itself. */
  yieldReservation(token: bigint): { family: AddressFamily; port: number } | undefined {
    const reserved = this.#reserved.get(token);
    if (reserved === undefined) return undefined;
    this.#reserved.delete(token);
    this.#options.network.close(reserved.socket);
    giveUp(reserved.lease);
    // The port stays taken here until the worker that claimed it gives it back.
    return { family: reserved.family, port: reserved.port };
  }

  /** Called when another worker has closed a port of ours. */
  returnPort(family: AddressFamily, port: number): void {
    this.#options.ports.free(family, port);
  }

  #bind(
    request: RelayRequest,
    family: AddressFamily,
    port: number,
    opened: (result: UdpOpened) => void,
  ): void {
    const { network, addresses, receiver, errorQueue, receiveBufferBytes, sendBufferBytes } = this.#options;
    network.open(
      {
        address: { family, bytes: addresses[family]!.bind, port },
        receiver,
        errorQueue,
        dontFragment: request.dontFragment,
        receiveBufferBytes,
        sendBufferBytes,
      },
      opened,
    );
  }

  #register(socket: SocketId, relay: OpenRelay): OpenedRelay {
    this.#open.set(socket, relay);
    relay.lease.sockets++;
    const bytes = this.#options.addresses[relay.family]!.announced;
    return { socket, address: { family: relay.family, bytes, port: relay.port } };
  }

  #freePort(port: TakenPort): void {
    if (port.owner === 'here') this.#options.ports.free(port.family, port.port);
    else this.#options.reservations.giveBack(port.owner, port.family, port.port);
  }
}

interface TakenPort {
  readonly family: AddressFamily;
  readonly port: number;
  /** 'here', or the number of the worker whose share of the range the port is from. */
  readonly owner: 'here' | number;
}

interface OpenRelay extends TakenPort {
  readonly lease: Lease;
}

interface Reserved extends OpenRelay {
  readonly socket: SocketId;
}

/** The quota of one allocation, given back when its last socket closes; a port it has reserved is one of them. */
interface Lease {
  sockets: number;
  readonly release: () => void;
}

function giveUp(lease: Lease): void {
  if (--lease.sockets === 0) lease.release();
}

type OpenedRelay = { readonly socket: SocketId; readonly address: TransportAddress };

const BIND_ATTEMPTS = 32;
