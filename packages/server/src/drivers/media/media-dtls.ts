import type { Crypto } from '@madang/core/env/crypto';
import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import type { Instant } from '@madang/core/time/instant';
import { after, NEVER } from '@madang/core/time/instant';
import type { DtlsSession } from '../../crypto/dtls-endpoint.js';
import { ClientHelloView, DTLS_RANDOM_BYTES } from '../dtls-client-hello.js';
import { DtlsHandshakeGuard } from '../dtls-handshake-guard.js';
import type { DtlsSrtpKeys } from './dtls-srtp-keys.js';
import { exportSrtpKeys } from './dtls-srtp-keys.js';
import type { HandshakeBudget } from './handshake-budget.js';
import { MediaDropReason } from './media-drop-reason.js';
import type { MediaEndpoints } from './media-endpoints.js';
import { hasAnnouncedCertificate } from './peer-fingerprints.js';

export interface MediaDtlsHost {
  /** Sends one datagram to the peer. */
  transmitDtls(bytes: Uint8Array, offset: number, length: number): void;
  drop(reason: MediaDropReason): void;
}

export interface MediaDtlsOptions {
  readonly endpoints: MediaEndpoints;
  readonly crypto: Crypto;
  readonly budget: HandshakeBudget;
  readonly handshakeTimeoutMilliseconds: number;
  readonly host: MediaDtlsHost;
}

/**
 * waiting: no handshake yet. handshaking: also while the peer is not known to compare its certificate with. proven: the
 * certificate is the announced one, keys may be exported. `closed` and `failed` are for good.
 */
export type MediaDtlsState = 'waiting' | 'handshaking' | 'proven' | 'closed' | 'failed';

/**
 * The DTLS of one transport, whatever path its datagrams take: one session that nothing but the peer itself ends. A
 * handshake that fails leaves room for another until its time is up, because whoever can write to the path can spoil one.
 */
export class MediaDtls {
  readonly #options: MediaDtlsOptions;
  readonly #host: MediaDtlsHost;
  readonly #hello = new ClientHelloView();
  readonly #clientRandom = new Uint8Array(DTLS_RANDOM_BYTES);
  #remote: RemoteTransportParameters | undefined;
  #role: 'server' | 'client' = 'server';
  #session: DtlsSession | undefined;
  #guard: DtlsHandshakeGuard | undefined;
  #holdsBudget: 'no' | 'yes' = 'no';
  #state: MediaDtlsState = 'waiting';
  #failure = '';
  #attempts = 0;
  #handshakeBy = NEVER;

  constructor(options: MediaDtlsOptions) {
    this.#options = options;
    this.#host = options.host;
  }

  get state(): MediaDtlsState {
    return this.#state;
  }

  /** Why the state is `failed`. */
  get failure(): string {
    return this.#failure;
  }

  /** What the peer has announced; once its certificate was compared it cannot become another. */
  setRemote(remote: RemoteTransportParameters): void {
    this.#remote = remote;
    // A peer that has begun to shake hands is the client, whatever it is said to be.
    if (this.#session === undefined) this.#role = remote.dtlsRole === 'server' ? 'client' : 'server';
    if (this.#session?.state !== 'established') return;
    if (this.#state === 'handshaking') this.#prove();
    else if (!hasAnnouncedCertificate(this.#session, remote.fingerprints, this.#options.crypto))
      this.#fail('the peer has announced another certificate than it has shown');
  }

  /** The peer has answered on a path: begins the handshake where the peer is the server. May be called again. */
  handlePath(now: Instant): void {
    if (this.#state !== 'waiting' || this.#role !== 'client' || this.#remote === undefined) return;
    if (this.#begin(now, 'client')) {
      this.#session!.connect();
      this.#settle();
    }
  }

  /** One datagram, from a path the peer was found on. */
  handleDatagram(now: Instant, bytes: Uint8Array, offset: number, length: number): void {
    if (this.#state === 'closed' || this.#state === 'failed') return;
    const session = this.#session;
    if (session === undefined) {
      this.#handleFirst(now, bytes, offset, length);
      return;
    }
    // Epoch in bytes 3 and 4: encrypted records. What is not authentic OpenSSL drops.
    const encrypted = length > 13 && (bytes[offset + 3] !== 0 || bytes[offset + 4] !== 0);
    if (!encrypted && !this.#admits(session, bytes, offset, length)) return;
    session.handleDatagram(bytes, offset, length);
    this.#settle();
  }

  /** Repeats what was not answered, and gives up a handshake whose time is up. */
  handleTimeout(now: Instant): void {
    if (this.#state !== 'handshaking' && this.#state !== 'waiting') return;
    if (now >= this.#handshakeBy) {
      this.#fail(this.#failure === '' ? 'the handshake took too long' : this.#failure);
      return;
    }
    if (this.#session === undefined) return;
    this.#session.handleTimeout();
    this.#settle();
  }

  /** The keys of a proven session; undefined, and the state `failed`, when no profile was agreed on. */
  exportKeys(): DtlsSrtpKeys | undefined {
    if (this.#state !== 'proven' || this.#session === undefined) return undefined;
    const keys = exportSrtpKeys(this.#session, this.#role);
    if (keys === undefined) this.#fail('no SRTP profile was agreed on');
    return keys;
  }

  /** Says close_notify and forgets everything. */
  close(): void {
    this.#session?.close();
    this.#forget();
    if (this.#state !== 'failed') this.#state = 'closed';
  }

  #handleFirst(now: Instant, bytes: Uint8Array, offset: number, length: number): void {
    if (this.#role === 'client' || this.#hello.parse(bytes, offset, length) !== 'hello') {
      this.#host.drop(MediaDropReason.dtls_unexpected);
      return;
    }
    const guard = new DtlsHandshakeGuard(HANDSHAKE_LIMITS);
    if (guard.judge(bytes, offset, length) !== 'pass') {
      this.#host.drop(MediaDropReason.dtls_guarded);
      return;
    }
    if (!this.#begin(now, 'server', guard)) return;
    for (let i = 0; i < DTLS_RANDOM_BYTES; i++) this.#clientRandom[i] = bytes[this.#hello.randomOffset + i]!;
    this.#session!.handleDatagram(bytes, offset, length);
    this.#settle();
  }

  #begin(now: Instant, role: 'server' | 'client', guard = new DtlsHandshakeGuard(HANDSHAKE_LIMITS)): boolean {
    if (!this.#options.budget.take()) {
      this.#host.drop(MediaDropReason.dtls_handshake_limit);
      return false;
    }
    this.#holdsBudget = 'yes';
    this.#attempts++;
    this.#guard = guard;
    this.#state = 'handshaking';
    if (this.#handshakeBy === NEVER)
      this.#handshakeBy = after(now, this.#options.handshakeTimeoutMilliseconds);
    this.#session = this.#options.endpoints[role].createSession({
      transmit: (bytes, offset, length) => {
        // An alert that cannot be authenticated would end the handshake of a peer in whose name another has spoken.
        if (!isPlaintextAlert(bytes, offset)) this.#host.transmitDtls(bytes, offset, length);
      },
      // Data channels are not the media worker's business.
      plaintext: () => {
        this.#host.drop(MediaDropReason.dtls_unexpected);
      },
    });
    return true;
  }

  /** Whether a plaintext record may be given to the session: nothing that only costs memory, or ends what it must not. */
  #admits(session: DtlsSession, bytes: Uint8Array, offset: number, length: number): boolean {
    const kind = this.#hello.parse(bytes, offset, length);
    const isOwnHello = kind === 'hello' && session.state === 'handshaking' && this.#isOwnHello(bytes);
    // Another hello begins nothing: a handshake runs, or is over (no renegotiation).
    const unexpected = kind === 'malformed' || (kind === 'hello' && !isOwnHello);
    if (unexpected) this.#host.drop(MediaDropReason.dtls_unexpected);
    else if (this.#guard!.judge(bytes, offset, length) !== 'pass')
      this.#host.drop(MediaDropReason.dtls_guarded);
    else return true;
    return false;
  }

  #isOwnHello(bytes: Uint8Array): boolean {
    for (let i = 0; i < DTLS_RANDOM_BYTES; i++)
      if (this.#clientRandom[i] !== bytes[this.#hello.randomOffset + i]) return false;
    return this.#role === 'server';
  }

  /** After anything that may have changed the session. */
  #settle(): void {
    const session = this.#session;
    if (session === undefined || session.state === 'handshaking') return;
    if (session.state === 'established') {
      this.#releaseBudget();
      if (this.#state === 'handshaking' && this.#remote !== undefined) this.#prove();
    } else if (session.state === 'closed') {
      this.#forget();
      this.#state = 'closed';
    } else if (this.#state === 'proven') {
      this.#fail(`DTLS: ${session.failure}`);
    } else {
      this.#failure = `DTLS: ${session.failure}`;
      this.#forget();
      this.#state = 'waiting';
      if (this.#attempts >= MAXIMUM_ATTEMPTS) this.#fail(this.#failure);
    }
  }

  /** Before any key is exported (RFC 8827 section 6.5): the certificate, and that the keys are bound to this handshake. */
  #prove(): void {
    const session = this.#session!;
    if (!session.agreement().extendedMasterSecret) this.#fail('DTLS without extended master secret');
    else if (hasAnnouncedCertificate(session, this.#remote!.fingerprints, this.#options.crypto))
      this.#state = 'proven';
    else this.#fail('the certificate is not the one the peer has announced');
  }

  #fail(reason: string): void {
    this.#failure = reason;
    this.#session?.close();
    this.#forget();
    this.#state = 'failed';
  }

  #forget(): void {
    this.#releaseBudget();
    this.#session?.free();
    this.#session = undefined;
    this.#guard = undefined;
  }

  #releaseBudget(): void {
    if (this.#holdsBudget === 'yes') this.#options.budget.release();
    this.#holdsBudget = 'no';
  }
}

const HANDSHAKE_LIMITS = { messageBytes: 16_384, fragments: 64 };

/** Handshakes a transport may begin: each costs milliseconds. */
const MAXIMUM_ATTEMPTS = 8;

const CONTENT_ALERT = 21;

/** Whether a record of ours is an alert of epoch 0. */
function isPlaintextAlert(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === CONTENT_ALERT && bytes[offset + 3] === 0 && bytes[offset + 4] === 0;
}
