import type { Crypto } from '../env/crypto.js';
import type { Random } from '../env/random.js';
import type { PathId } from '../path/path.js';
import type { TransportAddress } from '../path/transport-address.js';
import type { TimerWheel } from '../time/timer-wheel.js';
import type { AllocationMeters } from './allocation/allocation-meters.js';
import type {
  Allocation,
  Relay,
  PeerPath,
  Permission,
  Reservation,
  PendingAllocation,
  PeerConnection,
} from './allocation/records.js';
import type { RelayedAddresses } from './allocation/relayed-addresses.js';
import type { AnswerCache } from './answer-cache.js';
import type { ReplyWriter } from './reply-writer.js';
import type { TransactionIds } from './transaction-ids.js';
import type { TurnHost } from './turn-host.js';
import type { PeerDecider, TurnFeatures, TurnLimits } from './turn-options.js';

/** Everything that waits for its time. */
export type TurnTimed = Relay | Permission | PeerPath | Reservation | PendingAllocation | PeerConnection;

/**
 * What the parts of the TURN server share. The arrays are indexed by the small integers of the host and have no
 * holes; undefined where nothing is.
 */
export interface TurnState {
  readonly host: TurnHost;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly limits: TurnLimits;
  readonly features: TurnFeatures;
  readonly peerPolicy: PeerDecider;
  readonly isRelayedAddress: (address: TransportAddress) => boolean;
  readonly wheel: TimerWheel<TurnTimed>;
  readonly meters: AllocationMeters;
  readonly replies: ReplyWriter;
  readonly answers: AnswerCache;
  readonly transactionIds: TransactionIds;
  /** By client path. */
  readonly allocations: (Allocation | undefined)[];
  /** By relay socket. */
  readonly relays: (Relay | undefined)[];
  /** By path between relay and peer. */
  readonly peerPaths: (PeerPath | undefined)[];
  readonly relayedAddresses: RelayedAddresses;
  /** By request number; and by client path while the relay is being opened. */
  readonly pending: Map<number, PendingAllocation>;
  readonly pendingByPath: Map<PathId, PendingAllocation>;
  readonly reservations: Map<bigint, Reservation>;
  /** RFC 6062: by CONNECTION-ID, and by request number while connecting. */
  readonly peerConnections: Map<number, PeerConnection>;
  readonly connecting: Map<number, PeerConnection>;
  /** RFC 6062: joined or waiting, by the driver's number. */
  readonly peerConnectionsByHandle: Map<number, PeerConnection>;
  allocationCount: number;
  nextRequestId: number;
  mode: 'serving' | 'draining';
}
