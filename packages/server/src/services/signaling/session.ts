import type { ConnectionId } from '@madang/core/room/room-contract';
import { TokenBucket } from '@madang/core/limits/token-bucket';
import type { Instant } from '@madang/core/time/instant';
import { encodeServerMessage } from '@madang/wire/encode';
import { CloseCode } from '@madang/wire/error-codes';
import type { ErrorCode } from '@madang/wire/error-codes';
import type { SignalingLimits } from './signaling-limits.js';

/** A WebSocket as a session uses it. */
export interface SignalingSocket {
  /** What was sent and is still here. */
  readonly unsentBytes: number;
  sendText(text: string): void;
  ping(): void;
  close(code: number): void;
  /** Ends the connection without a word. */
  terminate(): void;
}

export type SessionState =
  | { readonly kind: 'new' }
  /** Its token is being checked. */
  | { readonly kind: 'joining' }
  | { readonly kind: 'joined'; readonly participantId: string }
  | { readonly kind: 'closing'; readonly since: Instant };

/** One socket: whether it lives, how fast it may send, how fast it reads. */
export class Session {
  readonly connection: ConnectionId;
  readonly address: string;
  state: SessionState = { kind: 'new' };
  /** Whom the socket spoke for last, also while it closes. */
  participantId: string | undefined;
  readonly #socket: SignalingSocket;
  readonly #limits: SignalingLimits;
  readonly #openedAt: Instant;
  /** Buckets are made when something is taken from them: a full one tells nothing. */
  #messages: TokenBucket | undefined;
  #negotiation: TokenBucket | undefined;
  #strikes: TokenBucket | undefined;
  #heardAt: Instant;
  #pingedAt: Instant;
  #queued = 0;
  #taken = 0;
  #progressAt: Instant;

  constructor(options: {
    now: Instant;
    connection: ConnectionId;
    address: string;
    socket: SignalingSocket;
    limits: SignalingLimits;
  }) {
    const { now, limits } = options;
    this.connection = options.connection;
    this.address = options.address;
    this.#socket = options.socket;
    this.#limits = limits;
    this.#openedAt = now;
    this.#heardAt = now;
    this.#pingedAt = now;
    this.#progressAt = now;
  }

  /** From now on the socket speaks for a participant. */
  attach(participantId: string): void {
    this.participantId = participantId;
    if (this.state.kind !== 'closing') this.state = { kind: 'joined', participantId };
  }

  /** Any frame, pongs too. */
  heard(now: Instant): void {
    this.#heardAt = now;
  }

  /** Whether a message of that kind is within the rate (threat G4). */
  mayHandle(now: Instant, kind: 'negotiation' | 'other'): boolean {
    const limits = this.#limits;
    if (kind === 'other') {
      this.#messages ??= new TokenBucket({
        ratePerSecond: limits.messagesPerSecond,
        burst: limits.messageBurst,
      });
      return this.#messages.take(now);
    }
    this.#negotiation ??= new TokenBucket({
      ratePerSecond: limits.negotiationPerSecond,
      burst: limits.negotiationBurst,
    });
    return this.#negotiation.take(now);
  }

  /** Counts a message nobody should send; closes the socket when there were too many (threat G3). */
  strike(now: Instant): void {
    const { strikesForgivenPerSecond: ratePerSecond, strikes: burst } = this.#limits;
    this.#strikes ??= new TokenBucket({ ratePerSecond, burst });
    if (!this.#strikes.take(now)) this.close(now, CloseCode.policy);
  }

  /** Sends a text, or ends the connection of a reader that lets too much wait (threat G5). */
  send(text: string): void {
    if (this.state.kind === 'closing') return;
    this.#queued += text.length;
    this.#socket.sendText(text);
    if (this.#socket.unsentBytes > this.#limits.bufferedBytes) this.#socket.terminate();
  }

  sendError(code: ErrorCode): void {
    this.send(encodeServerMessage({ type: 'error', code, message: code }));
  }

  /** Says why and closes. */
  refuse(now: Instant, code: ErrorCode): void {
    this.sendError(code);
    this.close(now, CloseCode.refused);
  }

  close(now: Instant, code: number): void {
    if (this.state.kind === 'closing') return;
    this.state = { kind: 'closing', since: now };
    this.#socket.close(code);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Looks after the socket, about once a second. */
  tend(now: Instant): void {
    const limits = this.#limits;
    if (this.state.kind === 'closing') {
      if (now - this.state.since >= CLOSING_MS) this.#socket.terminate();
      return;
    }
    if (now - this.#heardAt >= limits.deadMs || this.#isStalled(now)) {
      this.#socket.terminate();
      return;
    }
    if (this.state.kind !== 'joined' && now - this.#openedAt >= limits.joinMs) {
      this.close(now, CloseCode.joinTimeout);
      return;
    }
    if (now - this.#pingedAt >= limits.pingMs) {
      this.#pingedAt = now;
      this.#socket.ping();
    }
  }

  /** Whether something waits and nothing of it was taken for too long. */
  #isStalled(now: Instant): boolean {
    const waiting = this.#socket.unsentBytes;
    const taken = this.#queued - waiting;
    if (waiting === 0 || taken > this.#taken) {
      this.#taken = taken;
      this.#progressAt = now;
      return false;
    }
    return now - this.#progressAt >= this.#limits.stalledMs;
  }
}

/** How long a client has to answer our close frame. */
const CLOSING_MS = 2000;
