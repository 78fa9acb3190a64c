import type { PathId, SocketId } from '../path/path.js';
import type { Transport, TransportAddress } from '../path/transport-address.js';
import type { Instant } from '../time/instant.js';
import { NEVER } from '../time/instant.js';
import type { Timed } from '../time/timer-wheel.js';
import { NOT_SCHEDULED } from '../time/timer-wheel.js';
import type { Credential } from './credentials.js';
import type { PeerConnection } from './peer-connection.js';
import type { PeerPath } from './peer-path.js';
import type { Permission } from './permission.js';
import { TimedKind } from './timed-kind.js';

/** Protocol between server and peers: REQUESTED-TRANSPORT, IANA protocol numbers. */
export const RelayProtocol = { udp: 17, tcp: 6 } as const;
export type RelayProtocol = (typeof RelayProtocol)[keyof typeof RelayProtocol];

/**
 * State of one 5-tuple (RFC 8656 section 5). A record: it is created, changed and deleted by the functions of
 * allocation-lifecycle.ts. Ten thousand of them are normal, so everything an idle allocation does not need is null.
 */
export class Allocation {
  readonly clientPath: PathId;
  readonly clientTransport: Transport;
  readonly protocol: RelayProtocol;
  readonly credential: Credential;
  readonly createdAt: Instant;
  /** Slot in AllocationMeters. */
  readonly meter: number;
  readonly dontFragment: boolean;
  /** The Allocate that made it, to know its retransmissions; signed 32-bit words. */
  readonly transactionWord0: number;
  readonly transactionWord1: number;
  readonly transactionWord2: number;
  /** One relayed address, or one per family (dual allocation). Empty once deleted. */
  relays: readonly Relay[] = NO_RELAYS;
  reservationToken: bigint | undefined;
  permissions: Permission[] | null = null;
  channelCount = 0;
  /** Channel bindings by number, once there are more than a few; see findChannel. */
  channels: Map<number, PeerPath> | null = null;
  /** The channel used last: most allocations have one busy channel. */
  lastChannel: PeerPath | null = null;
  /** All interned peers, with and without channel, oldest first. */
  firstPeerPath: PeerPath | null = null;
  lastPeerPath: PeerPath | null = null;
  unboundPeerCount = 0;
  connections: Map<number, PeerConnection> | null = null;

  constructor(options: {
    clientPath: PathId;
    clientTransport: Transport;
    protocol: RelayProtocol;
    credential: Credential;
    createdAt: Instant;
    meter: number;
    dontFragment: boolean;
    transactionWords: readonly [number, number, number];
  }) {
    this.clientPath = options.clientPath;
    this.clientTransport = options.clientTransport;
    this.protocol = options.protocol;
    this.credential = options.credential;
    this.createdAt = options.createdAt;
    this.meter = options.meter;
    this.dontFragment = options.dontFragment;
    [this.transactionWord0, this.transactionWord1, this.transactionWord2] = options.transactionWords;
  }
}

/** One relayed transport address with its own time to expiry (RFC 8656 section 5). */
export class Relay implements Timed {
  readonly kind = TimedKind.relay;
  readonly allocation: Allocation;
  readonly socket: SocketId;
  readonly address: TransportAddress;
  timerDeadline: Instant = NEVER;
  timerSlot = NOT_SCHEDULED;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;

  constructor(allocation: Allocation, socket: SocketId, address: TransportAddress) {
    this.allocation = allocation;
    this.socket = socket;
    this.address = address;
  }
}

const NO_RELAYS: readonly Relay[] = [];

/** The relay of an address family, if the allocation has one. */
export function relayOfFamily(allocation: Allocation, family: number): Relay | undefined {
  for (const relay of allocation.relays) if (relay.address.family === family) return relay;
  return undefined;
}
