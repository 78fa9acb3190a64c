import type { Crypto } from '../env/crypto.js';
import type { Arrival } from '../path/path.js';
import { Attribute } from '../stun/attributes.js';
import { MessageClass, messageType } from '../stun/message-type.js';
import type { StunMessageView } from '../stun/message-view.js';
import { StunMessageWriter } from '../stun/message-writer.js';
import type { WallClockSeconds } from '../time/instant.js';
import type { Authenticated } from './authenticator.js';
import { OFFERED_PASSWORD_ALGORITHMS } from './authenticator.js';
import type { NonceSigner } from './nonce.js';
import { NONCE_LENGTH } from './nonce.js';
import type { Rejection } from './rejection.js';

/** What of a request an answer needs, when the request itself is gone by the time it is given. */
export interface RequestOrigin {
  readonly method: number;
  readonly transactionId: Uint8Array;
  readonly authenticated: Authenticated;
  readonly hasFingerprint: boolean;
}

/** Writes every answer of the TURN server, one at a time, into one slab. No reason phrases, no SOFTWARE: short answers. */
export class ReplyWriter {
  readonly writer = new StunMessageWriter({ buffer: new Uint8Array(4096) });
  readonly #crypto: Crypto;
  readonly #nonces: NonceSigner;
  readonly #realm: Uint8Array;
  readonly #nonce = new Uint8Array(NONCE_LENGTH);

  constructor(options: { crypto: Crypto; nonces: NonceSigner; realm: Uint8Array }) {
    this.#crypto = options.crypto;
    this.#nonces = options.nonces;
    this.#realm = options.realm;
  }

  /** Remembers what a later answer to the request in `view` needs. */
  originOf(view: StunMessageView, authenticated: Authenticated): RequestOrigin {
    const at = view.transactionIdOffset;
    return {
      method: view.method,
      // Not slice: a Buffer's slice is no copy, and the answer may come after the Buffer has been used again.
      transactionId: new Uint8Array(view.buf.subarray(at, at + 12)),
      authenticated,
      hasFingerprint: view.hasFingerprint,
    };
  }

  /** Starts a success response; add attributes to `writer`, then `finish`. */
  beginSuccess(origin: RequestOrigin): StunMessageWriter {
    return this.writer.begin(
      messageType(origin.method, MessageClass.successResponse),
      origin.transactionId,
      0,
    );
  }

  /** Writes a whole error response to a request that has authenticated. */
  writeError(origin: RequestOrigin, rejection: Rejection): void {
    this.writer.begin(messageType(origin.method, MessageClass.errorResponse), origin.transactionId, 0);
    this.#writeRejection(rejection);
    this.finish(origin);
  }

  /**
   * Writes a whole error response to somebody who has not authenticated: 401 and 438 with REALM, a fresh NONCE and
   * PASSWORD-ALGORITHMS (RFC 8489 section 9.2.4), nothing protected.
   */
  writeChallenge(
    view: StunMessageView,
    rejection: Rejection,
    wallClock: WallClockSeconds,
    arrival: Arrival,
  ): void {
    this.writer.beginAnswer(view, MessageClass.errorResponse);
    this.#writeRejection(rejection);
    if (rejection.code === 401 || rejection.code === 438) {
      this.#nonces.write(wallClock, arrival, this.#nonce, 0);
      this.writer
        .bytes(Attribute.realm, this.#realm)
        .bytes(Attribute.nonce, this.#nonce)
        .bytes(Attribute.passwordAlgorithms, OFFERED_PASSWORD_ALGORITHMS);
    }
    if (view.hasFingerprint) this.writer.fingerprint();
  }

  /** Protects the message as its request was protected. */
  finish(origin: RequestOrigin): void {
    const { credential, integrity } = origin.authenticated;
    if (integrity === 'sha256') this.writer.messageIntegritySha256(this.#crypto, credential.key);
    else this.writer.messageIntegrity(this.#crypto, credential.key);
    if (origin.hasFingerprint) this.writer.fingerprint();
  }

  #writeRejection(rejection: Rejection): void {
    this.writer.errorCode(rejection.code);
    if (rejection.unknownAttributes !== undefined) this.writer.unknownAttributes(rejection.unknownAttributes);
  }
}
