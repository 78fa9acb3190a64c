import { readU16 } from '../bytes/big-endian.js';
import { encodeUtf8 } from '../bytes/utf8.js';
import { DropReason } from '../path/drop-reason.js';
import type { Arrival, PathId, SocketId } from '../path/path.js';
import type { TransportAddress } from '../path/transport-address.js';
import { STUN_ATTRIBUTES, TURN_ATTRIBUTES } from '../stun/attributes.js';
import { KnownAttributes } from '../stun/known-attributes.js';
import { MessageClass, methodOf } from '../stun/message-type.js';
import { StunMessageView } from '../stun/message-view.js';
import { Method } from '../stun/methods.js';
import { SecurityFeature } from '../stun/nonce-cookie.js';
import { dropReasonOf, StunParseResult } from '../stun/parse-result.js';
import type { Instant, WallClockSeconds } from '../time/instant.js';
import { TimerWheel } from '../time/timer-wheel.js';
import type { DeletionReason } from './allocation/allocation-lifecycle.js';
import { deleteAllocation, deleteRelay } from './allocation/allocation-lifecycle.js';
import type { TrafficCount } from './allocation/allocation-meters.js';
import { AllocationMeters, Direction } from './allocation/allocation-meters.js';
import { unbindChannel } from './allocation/channel.js';
import { expirePeerConnection, forgetPeerConnection } from './allocation/peer-connection.js';
import { abandonPending } from './allocation/pending-allocation.js';
import { expirePermission } from './allocation/permission.js';
import type { Allocation } from './allocation/records.js';
import { RelayedAddresses } from './allocation/relayed-addresses.js';
import { claimReservation, expireReservation } from './allocation/reservation.js';
import { AnswerCache } from './answer-cache.js';
import { Authenticator } from './authenticator.js';
import { DataIndicationWriter } from './data-indication.js';
import { NonceSigner } from './nonce.js';
import type { PeerIcmpError } from './peer-events.js';
import { admitPeerConnection, reportPeerIcmp } from './peer-events.js';
import { PacketRelay } from './relay.js';
import { ReplyWriter } from './reply-writer.js';
import { RequestDispatcher } from './request-dispatcher.js';
import { finishAllocate } from './requests/allocate.js';
import { finishConnect } from './requests/connect.js';
import { handleSendIndication } from './requests/send-indication.js';
import { TimedKind } from './timed-kind.js';
import { TransactionIds } from './transaction-ids.js';
import type { PeerConnected, PeerConnectionId, RelayOpened } from './turn-host.js';
import type { BindingHandler, TurnServerOptions } from './turn-options.js';
import { DEFAULT_TURN_FEATURES, DEFAULT_TURN_LIMITS } from './turn-options.js';
import type { TurnState, TurnTimed } from './turn-state.js';

/** Numbers for metrics. */
export interface TurnCounts {
  readonly allocations: number;
  readonly pendingAllocations: number;
  readonly reservations: number;
  readonly peerConnections: number;
  readonly toPeer: TrafficCount;
  readonly toClient: TrafficCount;
}

/** What a client's stream connection may do from now on. */
export type ClientStanding = 'authenticated' | 'unauthenticated';

/**
 * A TURN server (RFC 8656, RFC 6062) with STUN on the same sockets, without sockets: it is told what arrived and what
 * time it is, and asks its host to send. After every call read `nextDeadline` and call `handleTimeout` by then.
 */
export class TurnServer {
  readonly #turn: TurnState;
  readonly #relay: PacketRelay;
  readonly #indications: DataIndicationWriter;
  readonly #dispatcher: RequestDispatcher;
  readonly #binding: BindingHandler;
  readonly #turnView = new StunMessageView(new KnownAttributes([...STUN_ATTRIBUTES, ...TURN_ATTRIBUTES]));
  readonly #bindingView: StunMessageView;

  constructor(options: TurnServerOptions) {
    const { host, crypto, credentials } = options;
    const features = { ...DEFAULT_TURN_FEATURES, ...options.features };
    const nonces = new NonceSigner({
      crypto,
      key: options.nonceKey,
      features:
        SecurityFeature.passwordAlgorithms |
        (features.usernameAnonymity === 'requested' ? SecurityFeature.usernameAnonymity : 0),
    });
    const realm = encodeUtf8(credentials.realm);
    this.#turn = createState(options, new ReplyWriter({ crypto, nonces, realm }));
    const turn = this.#turn;
    this.#indications = new DataIndicationWriter({ host, transactionIds: turn.transactionIds });
    this.#relay = new PacketRelay({ turn, indications: this.#indications });
    this.#dispatcher = new RequestDispatcher({
      turn,
      authenticator: new Authenticator({ crypto, credentials, nonces, realm }),
      admitUnauthenticatedReply: options.admitUnauthenticatedReply,
    });
    this.#binding = options.binding;
    const bindingAttributes = [...STUN_ATTRIBUTES, ...(options.bindingAttributes ?? [])];
    this.#bindingView = new StunMessageView(new KnownAttributes(bindingAttributes));
  }

  /**
   * Takes what a client sent to a listening socket: one UDP datagram, one deframed TCP or TLS message, one DTLS
   * record's plaintext. Says 'authenticated' for a request whose sender proved to know a password (drivers then lift
   * the limits of its stream).
   */
  handleClientDatagram(
    now: Instant,
    wallClock: WallClockSeconds,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): ClientStanding {
    const kind = length === 0 ? 2 : bytes[offset]! >>> 6;
    if (kind === 1) this.#relay.relayChannelData(now, arrival.path, bytes, offset, length);
    else if (kind === 0) return this.#handleStun(now, wallClock, arrival, bytes, offset, length);
    else this.#turn.host.drop(DropReason.not_stun_or_channel_data);
    return 'unauthenticated';
  }

  /** As `handleClientDatagram` for a message known to be ChannelData (first two bits 01). */
  handleChannelData(
    now: Instant,
    clientPath: PathId,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#relay.relayChannelData(now, clientPath, bytes, offset, length);
  }

  /** Takes a datagram that arrived at a relay socket. `arrival.path` is the interned path from relay to peer, if any. */
  handlePeerDatagram(
    now: Instant,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#relay.relayPeerDatagram(now, arrival, bytes, offset, length);
  }

  /** Answers `host.openRelay`. What was opened for a client that is gone by now is closed again. */
  handleRelayOpened(now: Instant, requestId: number, opened: RelayOpened): void {
    const turn = this.#turn;
    const pending = turn.pending.get(requestId);
    if (pending !== undefined) return finishAllocate(turn, now, pending, opened);
    if (!opened.ok) return;
    for (const relay of opened.relays) turn.host.closeRelay(relay.socket);
    if (opened.token !== undefined) turn.host.cancelReservation(opened.token);
  }

  /** The client's TCP, TLS or DTLS connection has ended, and with it its allocation. Call before the path is reused. */
  handlePathClosed(now: Instant, path: PathId): void {
    const turn = this.#turn;
    const allocation = this.#allocationOf(path);
    if (allocation !== undefined) deleteAllocation(turn, now, allocation, 'pathClosed');
    const pending = turn.pendingByPath.get(path);
    if (pending !== undefined) abandonPending(turn, pending);
  }

  /** An ICMP error came back from a peer (or a send failed for the same reason). Never ends anything. */
  handlePeerIcmp(now: Instant, error: PeerIcmpError): void {
    reportPeerIcmp(this.#turn, now, this.#indications, error);
  }

  /** Answers `host.connectPeer` (RFC 6062). */
  handlePeerConnected(now: Instant, requestId: number, result: PeerConnected): void {
    finishConnect(this.#turn, now, requestId, result);
  }

  /** A peer has connected to a relay's TCP port (RFC 6062). The driver reads nothing from it before it is bound. */
  handlePeerIncoming(
    now: Instant,
    relay: SocketId,
    connection: PeerConnectionId,
    peer: TransportAddress,
  ): void {
    admitPeerConnection(this.#turn, now, relay, connection, peer);
  }

  /** A peer connection, or the client's data connection joined to it, has ended (RFC 6062). */
  handlePeerConnectionClosed(connection: PeerConnectionId): void {
    const known = this.#turn.peerConnectionsByHandle.get(connection);
    if (known !== undefined) forgetPeerConnection(this.#turn, known);
  }

  /** Does everything that is due. */
  handleTimeout(now: Instant): void {
    this.#turn.wheel.advance(now);
  }

  /** When `handleTimeout` wants to be called next; NEVER when nothing waits. */
  nextDeadline(): Instant {
    return this.#turn.wheel.nextDeadline();
  }

  /**
   * Ends the allocations, and those being made, of an identity (the part of a time-limited username behind the
   * expiry, or a fixed user's name) at once. Returns how many.
   */
  deleteAllocationsOfIdentity(now: Instant, identity: string): number {
    const turn = this.#turn;
    for (const pending of [...turn.pending.values()]) {
      if (pending.origin.authenticated.credential.identity === identity) abandonPending(turn, pending);
    }
    return this.#deleteWhere(now, 'revoked', (allocation) => allocation.credential.identity === identity);
  }

  /**
   * Another process that shares our listening address has an Allocate with a token of ours, from this user: takes the
   * reservation out of the book. 'unknown' when there is none for this user.
   */
  yieldReservation(token: bigint, username: string): 'yielded' | 'unknown' {
    return claimReservation(this.#turn, token, username) === undefined ? 'unknown' : 'yielded';
  }

  /** From now on Allocate is answered 508; what exists goes on. */
  startDrain(): void {
    this.#turn.mode = 'draining';
  }

  /** Ends everything: the drain time is over. */
  deleteAll(now: Instant): number {
    const turn = this.#turn;
    for (const pending of [...turn.pending.values()]) abandonPending(turn, pending);
    for (const reservation of [...turn.reservations.values()]) {
      turn.wheel.cancel(reservation);
      expireReservation(turn, reservation);
    }
    return this.#deleteWhere(now, 'drained', () => true);
  }

  /** Present numbers and totals since the start. Walks all allocations: for metrics, not for every packet. */
  counts(): TurnCounts {
    const turn = this.#turn;
    return {
      allocations: turn.allocationCount,
      pendingAllocations: turn.pending.size,
      reservations: turn.reservations.size,
      peerConnections: turn.peerConnections.size,
      toPeer: turn.meters.readTotal(Direction.toPeer),
      toClient: turn.meters.readTotal(Direction.toClient),
    };
  }

  /** Whether a client path has an allocation, or one being made. */
  hasAllocation(clientPath: PathId): boolean {
    return this.#allocationOf(clientPath) !== undefined || this.#turn.pendingByPath.has(clientPath);
  }

  /** What the allocation of a client path has relayed; undefined when there is none. */
  trafficOf(clientPath: PathId): { toPeer: TrafficCount; toClient: TrafficCount } | undefined {
    const { meters } = this.#turn;
    const meter = this.#allocationOf(clientPath)?.meter;
    if (meter === undefined) return undefined;
    return { toPeer: meters.read(meter, Direction.toPeer), toClient: meters.read(meter, Direction.toClient) };
  }

  #handleStun(
    now: Instant,
    wallClock: WallClockSeconds,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): ClientStanding {
    const { host } = this.#turn;
    const isBinding = length >= 2 && methodOf(readU16(bytes, offset)) === Method.binding;
    const view = isBinding ? this.#bindingView : this.#turnView;
    const result = view.parse(bytes, offset, length);
    if (result !== StunParseResult.ok) {
      host.drop(dropReasonOf(result));
      return 'unauthenticated';
    }
    if (isBinding) {
      this.#binding.handleBinding(view, arrival, host);
      return 'unauthenticated';
    }
    const allocation = this.#allocationOf(arrival.path);
    if (view.messageClass === MessageClass.request) {
      return this.#dispatcher.dispatch(now, wallClock, arrival, view, allocation);
    }
    if (view.messageClass !== MessageClass.indication || view.method !== Method.send) {
      host.drop(DropReason.stun_unexpected_class);
    } else if (allocation === undefined) host.drop(DropReason.indication_no_allocation);
    else handleSendIndication(this.#turn, now, allocation, view);
    return 'unauthenticated';
  }

  #allocationOf(path: PathId): Allocation | undefined {
    const { allocations } = this.#turn;
    return path >= 0 && path < allocations.length ? allocations[path] : undefined;
  }

  #deleteWhere(now: Instant, reason: DeletionReason, matches: (allocation: Allocation) => boolean): number {
    let count = 0;
    for (const allocation of this.#turn.allocations) {
      if (allocation === undefined || !matches(allocation)) continue;
      deleteAllocation(this.#turn, now, allocation, reason);
      count++;
    }
    return count;
  }
}

function createState(options: TurnServerOptions, replies: ReplyWriter): TurnState {
  const limits = { ...DEFAULT_TURN_LIMITS, ...options.limits };
  const turn: TurnState = {
    host: options.host,
    crypto: options.crypto,
    random: options.random,
    limits,
    features: { ...DEFAULT_TURN_FEATURES, ...options.features },
    peerPolicy: options.peerPolicy,
    isRelayedAddress: options.isRelayedAddress ?? (() => false),
    wheel: new TimerWheel<TurnTimed>({
      tickMilliseconds: 500,
      slotCount: 8192,
      onDue: (timed, now) => expire(turn, timed, now),
    }),
    meters: new AllocationMeters({
      bytesPerSecond: limits.allocationBytesPerSecond,
      burstSeconds: limits.burstSeconds,
    }),
    replies,
    answers: new AnswerCache({
      lifetimeSeconds: limits.answerCacheSeconds,
      maximumAnswers: limits.maximumCachedAnswers,
    }),
    transactionIds: new TransactionIds(options.random),
    allocations: [],
    relays: [],
    peerPaths: [],
    relayedAddresses: new RelayedAddresses(),
    pending: new Map(),
    pendingByPath: new Map(),
    reservations: new Map(),
    peerConnections: new Map(),
    connecting: new Map(),
    peerConnectionsByHandle: new Map(),
    allocationCount: 0,
    nextRequestId: 1,
    mode: 'serving',
  };
  return turn;
}

/** What happens when the time of something has come. */
function expire(turn: TurnState, timed: TurnTimed, now: Instant): void {
  switch (timed.kind) {
    case TimedKind.relay:
      return deleteRelay(turn, now, timed, 'expired');
    case TimedKind.permission:
      return expirePermission(turn, timed);
    case TimedKind.peerPath:
      return unbindChannel(turn, now, timed);
    case TimedKind.reservation:
      return expireReservation(turn, timed);
    case TimedKind.pendingAllocation:
      return abandonPending(turn, timed);
    case TimedKind.peerConnection:
      return expirePeerConnection(turn, timed);
  }
}
