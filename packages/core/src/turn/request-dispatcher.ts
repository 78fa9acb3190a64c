import { DropReason } from '../path/drop-reason.js';
import type { Arrival } from '../path/path.js';
import { Attribute } from '../stun/attributes.js';
import type { StunMessageView } from '../stun/message-view.js';
import { Method } from '../stun/methods.js';
import type { Instant, WallClockSeconds } from '../time/instant.js';
import type { Allocation } from './allocation/records.js';
import { answerKey } from './answer-cache.js';
import type { Authenticated, Authenticator } from './authenticator.js';
import type { Rejection } from './rejection.js';
import { reject, rejectUnknown } from './rejection.js';
import { handleAllocate } from './requests/allocate.js';
import { handleChannelBind } from './requests/channel-bind.js';
import { handleConnect } from './requests/connect.js';
import { handleConnectionBind } from './requests/connection-bind.js';
import { handleCreatePermission } from './requests/create-permission.js';
import { handleRefresh } from './requests/refresh.js';
import type { AdmitUnauthenticatedReply } from './turn-options.js';
import type { RequestHandler, RequestOutcome, TurnRequest } from './turn-request.js';
import { repeatAnswer } from './turn-request.js';
import type { TurnState } from './turn-state.js';

/** Takes a TURN request through authentication and the checks all methods share, then to its handler. */
export class RequestDispatcher {
  readonly #turn: TurnState;
  readonly #authenticator: Authenticator;
  readonly #admitUnauthenticatedReply: AdmitUnauthenticatedReply;
  readonly #handlers: ReadonlyMap<number, RequestHandler>;

  constructor(options: {
    turn: TurnState;
    authenticator: Authenticator;
    admitUnauthenticatedReply: AdmitUnauthenticatedReply;
  }) {
    this.#turn = options.turn;
    this.#authenticator = options.authenticator;
    this.#admitUnauthenticatedReply = options.admitUnauthenticatedReply;
    const tcpHandlers = options.turn.features.tcpRelay === 'on' ? TCP_HANDLERS : [];
    this.#handlers = new Map([...HANDLERS, ...tcpHandlers]);
  }

  /** Answers a parsed request; `allocation` is that of its 5-tuple. Says whether its sender proved a password. */
  dispatch(
    now: Instant,
    wallClock: WallClockSeconds,
    arrival: Arrival,
    view: StunMessageView,
    allocation: Allocation | undefined,
  ): 'authenticated' | 'unauthenticated' {
    const handler = this.#handlers.get(view.method);
    if (handler === undefined) {
      this.#turn.host.drop(DropReason.stun_unexpected_class);
      return 'unauthenticated';
    }
    const result = this.#authenticate(wallClock, arrival, view, allocation);
    if (result.kind === 'reject') {
      this.#refuseStranger(now, wallClock, arrival, view, result);
      return 'unauthenticated';
    }
    const turn = this.#turn;
    const origin = turn.replies.originOf(view, result);
    const request: TurnRequest = { now, wallClock, arrival, view, origin, allocation };
    const outcome = this.#handle(handler, request);
    if (typeof outcome === 'object') {
      turn.replies.writeError(origin, outcome);
      const { buffer, offset, length } = turn.replies.writer;
      turn.host.reply(buffer, offset, length);
    }
    return 'authenticated';
  }

  #authenticate(
    wallClock: WallClockSeconds,
    arrival: Arrival,
    view: StunMessageView,
    allocation: Allocation | undefined,
  ): Authenticated | Rejection {
    const hasIntegrity = view.integrityIndex >= 0 || view.integritySha256Index >= 0;
    // Not worth a challenge four times as long: no client forgets REQUESTED-TRANSPORT.
    if (!hasIntegrity && view.method === Method.allocate && !view.has(Attribute.requestedTransport)) {
      return reject(400);
    }
    return this.#authenticator.authenticate(wallClock, arrival, view, allocation?.credential);
  }

  #handle(handler: RequestHandler, request: TurnRequest): RequestOutcome {
    const { view, allocation, origin, now } = request;
    if (view.unknownRequiredCount > 0) {
      return rejectUnknown([...view.unknownRequired.subarray(0, view.unknownRequiredCount)]);
    }
    if (handler.needs === 'nothing') return handler.handle(this.#turn, request);
    if (allocation === undefined) return this.#withoutAllocation(request);
    // RFC 8656 section 5: the same username as the Allocate, or 441.
    const { credential } = origin.authenticated;
    if (credential.username !== allocation.credential.username) return reject(441);
    if (this.#isTooOld(now, request.wallClock, allocation)) return reject(401);
    return handler.handle(this.#turn, { ...request, allocation });
  }

  /** A retransmitted Refresh that deleted its allocation is answered again; everything else is 437. */
  #withoutAllocation(request: TurnRequest): RequestOutcome {
    const { view, arrival, now } = request;
    const earlier =
      view.method === Method.refresh ? this.#turn.answers.find(now, answerKey(view, arrival)) : undefined;
    return earlier === undefined ? reject(437) : repeatAnswer(this.#turn, earlier);
  }

  /** A call may outlast the expiry in its credential, but not by days. */
  #isTooOld(now: Instant, wallClock: WallClockSeconds, allocation: Allocation): boolean {
    if (wallClock < allocation.credential.expiresAt) return false;
    return now - allocation.createdAt > this.#turn.limits.maximumAgeOfExpiredSeconds * 1000;
  }

  #refuseStranger(
    now: Instant,
    wallClock: WallClockSeconds,
    arrival: Arrival,
    view: StunMessageView,
    rejection: Rejection,
  ): void {
    const { host, replies } = this.#turn;
    if (this.#admitUnauthenticatedReply(now, arrival) === 'limited') {
      return host.drop(DropReason.unauthenticated_reply_rate_limited);
    }
    replies.writeChallenge(view, rejection, wallClock, arrival);
    const { buffer, offset, length } = replies.writer;
    host.reply(buffer, offset, length);
  }
}

const HANDLERS: readonly (readonly [number, RequestHandler])[] = [
  [Method.allocate, { needs: 'nothing', handle: handleAllocate }],
  [Method.refresh, { needs: 'allocation', handle: handleRefresh }],
  [Method.createPermission, { needs: 'allocation', handle: handleCreatePermission }],
  [Method.channelBind, { needs: 'allocation', handle: handleChannelBind }],
];

/** RFC 6062. */
const TCP_HANDLERS: readonly (readonly [number, RequestHandler])[] = [
  [Method.connect, { needs: 'allocation', handle: handleConnect }],
  [Method.connectionBind, { needs: 'nothing', handle: handleConnectionBind }],
];
