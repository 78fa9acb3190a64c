import type { Crypto } from '@madang/core/env/crypto';
import type { Random } from '@madang/core/env/random';
import { NO_PATH } from '@madang/core/path/path';
import type { Arrival, PathId } from '@madang/core/path/path';
import { after } from '@madang/core/time/instant';
import type { Instant } from '@madang/core/time/instant';
import { TimerWheel } from '@madang/core/time/timer-wheel';
import type { DtlsEndpoint, DtlsSession } from '../crypto/dtls-endpoint.js';
import { DtlsAdmission } from './dtls-admission.js';
import { DtlsAssociation } from './dtls-association.js';
import type { DtlsLeg } from './dtls-association.js';
import { ClientHelloView, DTLS_RANDOM_BYTES } from './dtls-client-hello.js';
import { DtlsCookie } from './dtls-cookie.js';
import { DtlsHandshakeGuard } from './dtls-handshake-guard.js';
import { DEFAULT_DTLS_LIMITS, zeroDtlsCounters } from './dtls-limits.js';
import type { DtlsLimits } from './dtls-limits.js';

/** What a listener asks of its driver. Bytes are lent until the call returns; transmitting must not call back. */
export interface DtlsListenerHost {
  /** Answers the sender of the datagram being handled, for whom no path is kept. */
  reply(arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void;
  /** The source has shown that it receives: interns (or confirms) its path. NO_PATH when the table is full. */
  retainPath(arrival: Arrival): PathId;
  /** Gives back what `retainPath` gave: once, however often it gave the same path. */
  releasePath(path: PathId): void;
  transmit(path: PathId, bytes: Uint8Array, offset: number, length: number): void;
  /** A handshake is complete. On a path that had a session, that one was `closed` before. */
  opened(path: PathId, session: DtlsSession): void;
  /** Decrypted data; 64 bytes in front of it may be written. May call `write`, `close` and `setIdleTimeout`. */
  plaintext(path: PathId, bytes: Uint8Array, offset: number, length: number): void;
  /** A session that was `opened` is over. */
  closed(path: PathId, reason: DtlsCloseReason): void;
}

export type DtlsCloseReason = 'peer' | 'local' | 'idle' | 'replaced' | 'failed';

export interface DtlsListenerOptions {
  readonly endpoint: DtlsEndpoint;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly host: DtlsListenerHost;
  /**
   * required: a source is answered statelessly until it returns a cookie (RFC 7350: anybody may write to us).
   * validatedPaths: hellos are taken at once, but only from interned paths (ICE has validated them).
   */
  readonly cookies?: 'required' | 'validatedPaths';
  readonly limits?: Partial<DtlsLimits>;
}

/**
 * DTLS server for many clients on one socket: stateless cookies, bounded handshakes, timers told by the driver. Peer
 * input never throws; what is not taken is counted.
 */
export class DtlsListener {
  readonly counters = zeroDtlsCounters();
  readonly #options: DtlsListenerOptions;
  readonly #host: DtlsListenerHost;
  readonly #limits: DtlsLimits;
  readonly #admission: DtlsAdmission;
  readonly #cookie: DtlsCookie;
  readonly #hello = new ClientHelloView();
  readonly #associations = new Map<PathId, DtlsAssociation>();
  readonly #timers: TimerWheel<DtlsAssociation>;
  #endpoint: DtlsEndpoint;
  /** The time of the input being handled. */
  #now: Instant;

  constructor(options: DtlsListenerOptions) {
    this.#options = options;
    this.#host = options.host;
    this.#endpoint = options.endpoint;
    this.#limits = { ...DEFAULT_DTLS_LIMITS, ...options.limits };
    this.#admission = new DtlsAdmission(this.#limits);
    this.#cookie = new DtlsCookie(options);
    this.#now = -Infinity as Instant;
    this.#timers = new TimerWheel({
      tickMilliseconds: 10,
      slotCount: 1024,
      onDue: (association, now) => this.#handleDue(association, now),
    });
  }

  /** Handshakes running now. */
  get handshakes(): number {
    return this.#admission.handshakes;
  }

  /** Sessions and running handshakes. */
  get sessions(): number {
    return this.#admission.sessions;
  }

  /** Makes new sessions with another certificate; those that exist keep theirs. Frees the endpoint used until now. */
  useEndpoint(endpoint: DtlsEndpoint): void {
    this.#endpoint.free();
    this.#endpoint = endpoint;
  }

  /** One datagram whose first byte says DTLS (20 to 63, RFC 7983). `path` is the arrival's, or NO_PATH. */
  handleDatagram(
    now: Instant,
    path: PathId,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#now = now;
    const association = path === NO_PATH ? undefined : this.#associations.get(path);
    // Epoch in bytes 3 and 4: encrypted records of a session are the common case.
    if (association !== undefined && length > 13 && (bytes[offset + 3] !== 0 || bytes[offset + 4] !== 0)) {
      this.#handleEncrypted(association, bytes, offset, length);
      return;
    }
    const kind = this.#hello.parse(bytes, offset, length);
    if (kind === 'hello') this.#handleHello(association, path, arrival, bytes, offset, length);
    else if (kind === 'malformed' || association === undefined) this.counters.dropped++;
    else this.#handleHandshake(association, bytes, offset, length);
  }

  /** Encrypts and sends; false when the path has no established session or the data is over 16,384 bytes. */
  write(path: PathId, bytes: Uint8Array, offset: number, length: number): boolean {
    return this.#associations.get(path)?.established?.session.write(bytes, offset, length) ?? false;
  }

  /** The established session of a path. */
  session(path: PathId): DtlsSession | undefined {
    return this.#associations.get(path)?.established?.session;
  }

  /** How long the session of this path may receive nothing (an allocation makes it worth keeping). */
  setIdleTimeout(now: Instant, path: PathId, idleMilliseconds: number): void {
    const association = this.#associations.get(path);
    if (association === undefined) return;
    association.idleMilliseconds = idleMilliseconds;
    this.#schedule(association, now);
  }

  /** Ends the session of a path with close_notify, and any handshake on it. */
  close(path: PathId): void {
    const association = this.#associations.get(path);
    if (association === undefined) return;
    this.#dropPending(association);
    this.#endEstablished(association, 'local');
    this.#forgetIfEmpty(association);
  }

  /** Ends everything and frees the endpoint. */
  closeAll(): void {
    for (const path of [...this.#associations.keys()]) this.close(path);
    this.#endpoint.free();
  }

  handleTimeout(now: Instant): void {
    this.#now = now;
    this.#timers.advance(now);
  }

  nextDeadline(): Instant {
    return this.#timers.nextDeadline();
  }

  #handleEncrypted(association: DtlsAssociation, bytes: Uint8Array, offset: number, length: number): void {
    const { established, pending } = association;
    if (established !== undefined) {
      established.session.handleDatagram(bytes, offset, length);
      this.#settleEstablished(association, established);
    }
    // Both may be asked: only the one that has the keys can read the record, the other drops it.
    if (pending !== undefined) this.#feedPending(association, pending, bytes, offset, length);
    if (association.pending === undefined && association.established === established) {
      // Moved further away only: the timer is looked at when it comes round.
      if (established !== undefined)
        this.#timers.schedule(association, this.#now, this.#idleDeadline(association));
      return;
    }
    this.#schedule(association, this.#now);
  }

  /** Plaintext records that are not hellos: the rest of a running handshake, or of one that has just ended. */
  #handleHandshake(association: DtlsAssociation, bytes: Uint8Array, offset: number, length: number): void {
    const { pending, established } = association;
    if (pending !== undefined) {
      this.#feedPending(association, pending, bytes, offset, length);
    } else if (established !== undefined) {
      // A client whose last flight was answered, but the answer lost, sends it again: OpenSSL repeats the answer.
      if (established.guard.judge(bytes, offset, length) !== 'pass') {
        this.counters.guarded++;
        return;
      }
      established.session.handleDatagram(bytes, offset, length);
      this.#settleEstablished(association, established);
    }
    this.#schedule(association, this.#now);
  }

  #handleHello(
    association: DtlsAssociation | undefined,
    path: PathId,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const leg = association?.legOfRandom(bytes, this.#hello.randomOffset);
    if (association !== undefined && leg !== undefined) {
      // Retransmitted while its handshake runs, or a replay of the hello of an established session.
      if (leg === association.pending) this.#feedPending(association, leg, bytes, offset, length);
      else this.counters.dropped++;
      this.#schedule(association, this.#now);
      return;
    }
    if (this.#options.cookies === 'validatedPaths') {
      if (path === NO_PATH) this.counters.dropped++;
      else this.#begin(association, arrival, bytes, offset, length);
    } else if (this.#cookie.isRight(this.#now, arrival, bytes, this.#hello)) {
      this.#begin(association, arrival, bytes, offset, length);
    } else {
      this.counters.helloVerifyRequests++;
      const request = this.#cookie.challenge(this.#now, arrival, bytes, this.#hello);
      this.#host.reply(arrival, request, 0, request.length);
    }
  }

  /** Begins a handshake: from here on something is kept about the source. */
  #begin(
    known: DtlsAssociation | undefined,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    // The client has begun yet another handshake: the one that runs is not wanted any more.
    if (known !== undefined) this.#dropPending(known);
    const guard = new DtlsHandshakeGuard({
      messageBytes: this.#limits.messageBytes,
      fragments: this.#limits.fragmentsPerHandshake,
    });
    const source =
      guard.judge(bytes, offset, length) === 'pass' ? this.#admission.admit(this.#now, arrival) : undefined;
    const association = source === undefined ? undefined : (known ?? this.#associate(arrival));
    if (source === undefined || association === undefined) {
      if (source !== undefined) this.#release(source);
      if (known !== undefined) this.#forgetIfEmpty(known);
      this.counters.limitHit++;
      return;
    }
    const { randomOffset } = this.#hello;
    const leg: DtlsLeg = {
      session: this.#createSession(association),
      source,
      guard,
      // A copy: Buffer's own slice would be a view into the lent receive buffer.
      clientRandom: Uint8Array.from(bytes.subarray(randomOffset, randomOffset + DTLS_RANDOM_BYTES)),
      handshakeDeadline: after(this.#now, this.#limits.handshakeTimeoutMilliseconds),
    };
    association.pending = leg;
    this.counters.handshakesStarted++;
    if (this.#options.cookies === 'validatedPaths') leg.session.handleDatagram(bytes, offset, length);
    else leg.session.acceptVerifiedHello(bytes, offset, length);
    this.#settlePending(association, leg);
    this.#schedule(association, this.#now);
  }

  #associate(arrival: Arrival): DtlsAssociation | undefined {
    const path = this.#host.retainPath(arrival);
    if (path === NO_PATH) return undefined;
    const known = this.#associations.get(path);
    if (known !== undefined) {
      // The caller did not say that the source has a path. Paths are not counted: releasing it would take it from
      // the association that goes on, and its number might become another source's.
      this.#dropPending(known);
      return known;
    }
    const association = new DtlsAssociation(path, this.#now, this.#limits.idleMilliseconds);
    this.#associations.set(path, association);
    return association;
  }

  #createSession(association: DtlsAssociation): DtlsSession {
    const session: DtlsSession = this.#endpoint.createSession({
      transmit: (bytes, offset, length) => this.#host.transmit(association.path, bytes, offset, length),
      plaintext: (bytes, offset, length) => {
        // Data may stand in the datagram that completed the handshake.
        if (association.pending?.session === session) this.#settlePending(association, association.pending);
        if (association.established?.session === session) {
          association.lastReceived = this.#now;
          this.#host.plaintext(association.path, bytes, offset, length);
        }
      },
    });
    return session;
  }

  #feedPending(
    association: DtlsAssociation,
    leg: DtlsLeg,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    // The session it was fed to beside may have closed the path.
    if (association.pending !== leg) return;
    const verdict = leg.guard.judge(bytes, offset, length);
    if (verdict !== 'pass') {
      this.counters.guarded++;
      // Nobody has authenticated an alert at this stage, so it ends nothing; but patience becomes shorter.
      const soon = after(this.#now, ALERTED_PATIENCE_MILLISECONDS);
      if (verdict === 'plaintextAlert' && soon < leg.handshakeDeadline) leg.handshakeDeadline = soon;
      return;
    }
    leg.session.handleDatagram(bytes, offset, length);
    this.#settlePending(association, leg);
  }

  /** After anything that may have changed the state of a handshake. */
  #settlePending(association: DtlsAssociation, leg: DtlsLeg): void {
    if (association.pending !== leg || leg.session.state === 'handshaking') return;
    if (leg.session.state !== 'established') {
      this.counters.handshakesFailed++;
      this.#dropPending(association);
      this.#forgetIfEmpty(association);
      return;
    }
    this.#endEstablished(association, 'replaced');
    this.#admission.releaseHandshake(leg.source);
    association.pending = undefined;
    association.established = leg;
    association.lastReceived = this.#now;
    this.counters.handshakesCompleted++;
    this.#host.opened(association.path, leg.session);
  }

  #settleEstablished(association: DtlsAssociation, leg: DtlsLeg): void {
    if (association.established !== leg || leg.session.state === 'established') return;
    this.#endEstablished(association, leg.session.state === 'closed' ? 'peer' : 'failed');
    this.#forgetIfEmpty(association);
  }

  #endEstablished(association: DtlsAssociation, reason: DtlsCloseReason): void {
    const leg = association.established;
    if (leg === undefined) return;
    association.established = undefined;
    leg.session.close();
    leg.session.free();
    this.#admission.releaseSession(leg.source);
    this.#host.closed(association.path, reason);
  }

  #dropPending(association: DtlsAssociation): void {
    const leg = association.pending;
    if (leg === undefined) return;
    association.pending = undefined;
    leg.session.free();
    this.#release(leg.source);
  }

  #release(source: DtlsLeg['source']): void {
    this.#admission.releaseHandshake(source);
    this.#admission.releaseSession(source);
  }

  #forgetIfEmpty(association: DtlsAssociation): void {
    const { established, pending, path } = association;
    if (established !== undefined || pending !== undefined) return;
    if (this.#associations.get(path) !== association) return;
    this.#associations.delete(path);
    this.#timers.cancel(association);
    this.#host.releasePath(path);
  }

  #handleDue(association: DtlsAssociation, now: Instant): void {
    const { pending } = association;
    if (pending !== undefined) {
      if (pending.handshakeDeadline <= now) {
        this.counters.handshakesTimedOut++;
        this.#dropPending(association);
      } else {
        pending.session.handleTimeout();
        this.#settlePending(association, pending);
      }
    }
    if (association.established !== undefined && this.#idleDeadline(association) <= now) {
      this.#endEstablished(association, 'idle');
    }
    this.#forgetIfEmpty(association);
    this.#schedule(association, now);
  }

  #schedule(association: DtlsAssociation, now: Instant): void {
    if (this.#associations.get(association.path) !== association) return;
    this.#timers.schedule(association, now, association.nextDeadline(now));
  }

  #idleDeadline(association: DtlsAssociation): Instant {
    return after(association.lastReceived, association.idleMilliseconds);
  }
}

const ALERTED_PATIENCE_MILLISECONDS = 3000;
