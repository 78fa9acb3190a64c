import type { PathId, SocketId } from '../../path/path.js';
import type { AddressFamily, Transport, TransportAddress } from '../../path/transport-address.js';
import type { Instant } from '../../time/instant.js';
import { NEVER } from '../../time/instant.js';
import type { Timed } from '../../time/timer-wheel.js';
import { NOT_SCHEDULED } from '../../time/timer-wheel.js';
import type { Credential } from '../credentials.js';
import type { RequestOrigin } from '../reply-writer.js';
import { TimedKind } from '../timed-kind.js';
import type { PeerConnectionId } from '../turn-host.js';

// The records of the TURN server. They hold each other, so they share a file; what is done with them is next door.

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

/** `channelNumber` of a peer without a channel. */
export const NO_CHANNEL = 0;

/**
 * A peer whose path from a relay is interned: one a channel is bound to, or one the client has sent to. Found by
 * path id for every datagram of the peer, and by channel number for every ChannelData of the client.
 */
export class PeerPath implements Timed {
  readonly kind = TimedKind.peerPath;
  readonly path: PathId;
  /** Copied from the allocation: the two hot functions read it for every packet. */
  readonly clientPath: PathId;
  readonly allocation: Allocation;
  readonly relay: Relay;
  /** The permission for the peer's address, perhaps expired. */
  permission: Permission;
  channelNumber = NO_CHANNEL;
  channelExpiresAt: Instant = NEVER;
  /** Neighbours in the allocation's list. */
  next: PeerPath | null = null;
  previous: PeerPath | null = null;
  timerDeadline: Instant = NEVER;
  timerSlot = NOT_SCHEDULED;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;

  constructor(relay: Relay, path: PathId, permission: Permission) {
    this.path = path;
    this.clientPath = relay.allocation.clientPath;
    this.allocation = relay.allocation;
    this.relay = relay;
    this.permission = permission;
  }
}

/**
 * Leave for one peer IP address to send to the client (RFC 8656 section 9). Compare `expiresAt` with the present:
 * the object may outlive its permission while a channel of the same peer needs it.
 */
export class Permission implements Timed {
  readonly kind = TimedKind.permission;
  readonly allocation: Allocation;
  readonly family: number;
  /** Big-endian address words as signed 32-bit numbers (family 4: the first only). */
  readonly word0: number;
  readonly word1: number;
  readonly word2: number;
  readonly word3: number;
  /** Until when; kept apart from the timer, which is off once it has fired. */
  expiresAt: Instant = NEVER;
  /** Channels bound to ports of this peer. */
  channelCount = 0;
  timerDeadline: Instant = NEVER;
  timerSlot = NOT_SCHEDULED;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;

  constructor(allocation: Allocation, family: number, words: ArrayLike<number>) {
    this.allocation = allocation;
    this.family = family;
    this.word0 = words[0]! | 0;
    this.word1 = family === 4 ? 0 : words[1]! | 0;
    this.word2 = family === 4 ? 0 : words[2]! | 0;
    this.word3 = family === 4 ? 0 : words[3]! | 0;
  }
}

/** A port kept for a second allocation (EVEN-PORT with R, RFC 8656 section 7.2). */
export class Reservation implements Timed {
  readonly kind = TimedKind.reservation;
  readonly token: bigint;
  readonly username: string;
  /** Family of the reserved port: the second Allocate does not say one. */
  readonly family: AddressFamily;
  timerDeadline: Instant = NEVER;
  timerSlot = NOT_SCHEDULED;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;

  constructor(token: bigint, username: string, family: AddressFamily) {
    this.token = token;
    this.username = username;
    this.family = family;
  }
}

/** An Allocate that was accepted and waits for its relay sockets. */
export class PendingAllocation implements Timed {
  readonly kind = TimedKind.pendingAllocation;
  readonly requestId: number;
  readonly clientPath: PathId;
  readonly clientTransport: Transport;
  readonly client: TransportAddress;
  readonly protocol: RelayProtocol;
  readonly families: readonly AddressFamily[];
  readonly origin: RequestOrigin;
  readonly answerKey: string;
  readonly lifetimeSeconds: number;
  readonly dontFragment: boolean;
  /** The token the client showed. */
  readonly reservationToken: bigint | undefined;
  timerDeadline: Instant = NEVER;
  timerSlot = NOT_SCHEDULED;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;

  constructor(options: {
    requestId: number;
    clientPath: PathId;
    clientTransport: Transport;
    client: TransportAddress;
    protocol: RelayProtocol;
    families: readonly AddressFamily[];
    origin: RequestOrigin;
    answerKey: string;
    lifetimeSeconds: number;
    dontFragment: boolean;
    reservationToken: bigint | undefined;
  }) {
    this.requestId = options.requestId;
    this.clientPath = options.clientPath;
    this.clientTransport = options.clientTransport;
    this.client = options.client;
    this.protocol = options.protocol;
    this.families = options.families;
    this.origin = options.origin;
    this.answerKey = options.answerKey;
    this.lifetimeSeconds = options.lifetimeSeconds;
    this.dontFragment = options.dontFragment;
    this.reservationToken = options.reservationToken;
  }
}

/**
 * RFC 6062: a TCP connection between a relayed address and a peer. connecting: the server opens it for a Connect.
 * waiting: it is open, and the client has 30 s for ConnectionBind. bound: the driver moves the bytes.
 */
export type PeerConnectionState =
  | { readonly kind: 'connecting'; readonly requestId: number; readonly origin: RequestOrigin }
  | { readonly kind: 'waiting'; readonly handle: PeerConnectionId }
  | { readonly kind: 'bound'; readonly handle: PeerConnectionId };

export class PeerConnection implements Timed {
  readonly kind = TimedKind.peerConnection;
  readonly allocation: Allocation;
  /** CONNECTION-ID: random, never zero. */
  readonly connectionId: number;
  readonly peer: TransportAddress;
  state: PeerConnectionState;
  timerDeadline: Instant = NEVER;
  timerSlot = NOT_SCHEDULED;
  timerNext: Timed | null = null;
  timerPrevious: Timed | null = null;

  constructor(options: {
    allocation: Allocation;
    connectionId: number;
    peer: TransportAddress;
    state: PeerConnectionState;
  }) {
    this.allocation = options.allocation;
    this.connectionId = options.connectionId;
    this.peer = options.peer;
    this.state = options.state;
  }
}

/** The relay of an address family, if the allocation has one. */
export function relayOfFamily(allocation: Allocation, family: number): Relay | undefined {
  for (const relay of allocation.relays) if (relay.address.family === family) return relay;
  return undefined;
}

const NO_RELAYS: readonly Relay[] = [];
