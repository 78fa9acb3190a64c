import type { Crypto } from '../env/crypto.js';
import type { Random } from '../env/random.js';
import type { DatagramOutput } from '../path/datagram-output.js';
import type { Arrival } from '../path/path.js';
import type { TransportAddress } from '../path/transport-address.js';
import type { StunMessageView } from '../stun/message-view.js';
import type { Instant } from '../time/instant.js';
import type { Credentials } from './credentials.js';
import type { TurnHost } from './turn-host.js';

/** Who answers Binding messages that arrive at the same sockets (BindingServer, or NAT discovery for those that have it). */
export interface BindingHandler {
  handleBinding(view: StunMessageView, arrival: Arrival, output: DatagramOutput): void;
}

/** Which peers may be reached. Anything but 'allowed' is the reason why not. */
export interface PeerDecider {
  decide(address: TransportAddress, protocol: 17 | 6): string;
}

/** Whether one more answer may be sent to somebody who has not authenticated (reflection and guessing cost us nothing). */
export type AdmitUnauthenticatedReply = (now: Instant, arrival: Arrival) => 'admitted' | 'limited';

/** Times, in seconds, and counts; defaults in DEFAULT_TURN_LIMITS. */
export interface TurnLimits {
  readonly defaultLifetimeSeconds: number;
  readonly maximumLifetimeSeconds: number;
  readonly permissionLifetimeSeconds: number;
  readonly channelLifetimeSeconds: number;
  readonly reservationLifetimeSeconds: number;
  /** How long a driver may take to open a relay. */
  readonly openRelayTimeoutSeconds: number;
  /** How long answers to Allocate and deleting Refresh are kept for retransmitted requests. */
  readonly answerCacheSeconds: number;
  readonly maximumCachedAnswers: number;
  readonly maximumPermissionsPerAllocation: number;
  readonly maximumChannelsPerAllocation: number;
  /** Peers reached by Send indications, without a channel, whose path is kept interned. */
  readonly maximumUnboundPeersPerAllocation: number;
  readonly maximumPendingAllocations: number;
  /** Each way, per allocation; 0 is unlimited. */
  readonly allocationBytesPerSecond: number;
  /** How far an allocation may run ahead of its rate. */
  readonly burstSeconds: number;
  /** RFC 6062. */
  readonly maximumConnectionsPerAllocation: number;
  readonly connectTimeoutSeconds: number;
  readonly connectionBindTimeoutSeconds: number;
  readonly lowestTcpPeerPort: number;
  /** An allocation outlives the expiry of its credential by no more than this after its creation. */
  readonly maximumAgeOfExpiredSeconds: number;
}

export const DEFAULT_TURN_LIMITS: TurnLimits = {
  defaultLifetimeSeconds: 600,
  maximumLifetimeSeconds: 3600,
  permissionLifetimeSeconds: 300,
  channelLifetimeSeconds: 600,
  reservationLifetimeSeconds: 30,
  openRelayTimeoutSeconds: 10,
  answerCacheSeconds: 40,
  maximumCachedAnswers: 10_000,
  maximumPermissionsPerAllocation: 256,
  maximumChannelsPerAllocation: 256,
  maximumUnboundPeersPerAllocation: 64,
  maximumPendingAllocations: 10_000,
  allocationBytesPerSecond: 1_250_000,
  burstSeconds: 0.5,
  maximumConnectionsPerAllocation: 4,
  connectTimeoutSeconds: 30,
  connectionBindTimeoutSeconds: 30,
  lowestTcpPeerPort: 1024,
  maximumAgeOfExpiredSeconds: 86_400,
};

/** What is switched on; defaults in DEFAULT_TURN_FEATURES. */
export interface TurnFeatures {
  /** Relay sockets opened with `dontFragment` send with DF; otherwise DONT-FRAGMENT is answered 420. */
  readonly dontFragment: 'supported' | 'unsupported';
  /** ICMP errors about a permitted peer become Data indications with an ICMP attribute. */
  readonly icmpReporting: 'on' | 'off';
  /** RFC 6062. */
  readonly tcpRelay: 'on' | 'off';
  /**
   * Whether a participant may name a relayed address of its own as peer. Refused by default: relays chained to
   * themselves multiply traffic. Fixed users, whose name many share, are only kept from the very same allocation.
   */
  readonly ownRelayedPeers: 'denied' | 'allowed';
  /** Whether the nonce cookie asks clients for USERHASH instead of USERNAME; see Credentials about who can be found. */
  readonly usernameAnonymity: 'requested' | 'notRequested';
}

export const DEFAULT_TURN_FEATURES: TurnFeatures = {
  dontFragment: 'unsupported',
  icmpReporting: 'off',
  tcpRelay: 'off',
  ownRelayedPeers: 'denied',
  usernameAnonymity: 'notRequested',
};

export interface TurnServerOptions {
  readonly host: TurnHost;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly credentials: Credentials;
  /** Key of the stateless nonces, at least 32 bytes; the same in every process that shares a listening address. */
  readonly nonceKey: Uint8Array;
  readonly peerPolicy: PeerDecider;
  /**
   * Whether an address may be a relayed address of another process of this server (relay IP, port in the relay
   * range): an Allocate from there is 403, as from one of our own. Default: never.
   */
  readonly isRelayedAddress?: (address: TransportAddress) => boolean;
  readonly binding: BindingHandler;
  /** Comprehension-required attributes of Binding beyond RFC 8489 (NAT_DISCOVERY_ATTRIBUTES); none by default. */
  readonly bindingAttributes?: readonly number[];
  readonly admitUnauthenticatedReply: AdmitUnauthenticatedReply;
  readonly limits?: Partial<TurnLimits>;
  readonly features?: Partial<TurnFeatures>;
}
