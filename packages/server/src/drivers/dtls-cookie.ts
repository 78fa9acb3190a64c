import type { Crypto } from '@madang/core/env/crypto';
import type { Random } from '@madang/core/env/random';
import type { Arrival } from '@madang/core/path/path';
import type { Instant } from '@madang/core/time/instant';
import { DTLS_RANDOM_BYTES } from './dtls-client-hello.js';
import type { ClientHelloView } from './dtls-client-hello.js';

export const COOKIE_BYTES = 32;
/** Bytes of the HelloVerifyRequest written here. The shortest possible ClientHello is longer: nothing is amplified. */
export const HELLO_VERIFY_REQUEST_BYTES = 60;

/**
 * The stateless half of the cookie exchange (RFC 6347 section 4.2.1): a cookie is an HMAC over the two addresses, the
 * client's random and the time, so nothing is kept about a source before it has shown that it receives.
 */
export class DtlsCookie {
  readonly #crypto: Crypto;
  readonly #secret = new Uint8Array(32);
  readonly #message = new Uint8Array(MESSAGE_BYTES);
  readonly #words = new DataView(this.#message.buffer);
  readonly #expected = new Uint8Array(COOKIE_BYTES);
  readonly #request = new Uint8Array(HELLO_VERIFY_REQUEST_BYTES);

  constructor(options: { crypto: Crypto; random: Random }) {
    this.#crypto = options.crypto;
    options.random.fillSecret(this.#secret);
  }

  /** Whether the hello carries the cookie this source was sent less than a minute ago. */
  isRight(now: Instant, arrival: Arrival, bytes: Uint8Array, hello: ClientHelloView): boolean {
    if (hello.cookieLength !== COOKIE_BYTES) return false;
    const period = Math.floor(now / PERIOD_MILLISECONDS);
    for (const candidate of [period, period - 1]) {
      this.#compute(candidate, arrival, bytes, hello, this.#expected, 0);
      if (this.#crypto.timingSafeEqual(this.#expected, 0, bytes, hello.cookieOffset, COOKIE_BYTES))
        return true;
    }
    return false;
  }

  /** A HelloVerifyRequest with the right cookie for this hello; valid until the next call. */
  challenge(now: Instant, arrival: Arrival, bytes: Uint8Array, hello: ClientHelloView): Uint8Array {
    const request = this.#request;
    request.set(REQUEST_FRONT);
    // RFC 6347 section 4.2.1: the answer to a stateless hello repeats its record sequence number.
    for (let i = 0; i < 8; i++) request[3 + i] = bytes[hello.recordSequenceOffset + i]!;
    const period = Math.floor(now / PERIOD_MILLISECONDS);
    this.#compute(period, arrival, bytes, hello, request, REQUEST_FRONT.length);
    return request;
  }

  #compute(
    period: number,
    arrival: Arrival,
    bytes: Uint8Array,
    hello: ClientHelloView,
    out: Uint8Array,
    outOffset: number,
  ): void {
    const words = this.#words;
    words.setUint32(0, period);
    words.setUint32(4, arrival.socket);
    words.setUint16(8, arrival.port);
    words.setUint16(10, arrival.family);
    for (let i = 0; i < 8; i++)
      words.setUint32(12 + 4 * i, arrival.family === 6 || i % 4 === 0 ? arrival.words[i]! : 0);
    for (let i = 0; i < DTLS_RANDOM_BYTES; i++) this.#message[44 + i] = bytes[hello.randomOffset + i]!;
    this.#crypto.hmacSha256(this.#secret, this.#message, 0, MESSAGE_BYTES, out, outOffset);
  }
}

const PERIOD_MILLISECONDS = 30_000;
const MESSAGE_BYTES = 12 + 8 * 4 + DTLS_RANDOM_BYTES;

/**
 * Record header (handshake, DTLS 1.0 as RFC 6347 section 4.2.1 asks for, sequence number to be filled in, 47 bytes),
 * handshake header (hello_verify_request, 35 bytes, message 0, one fragment), server_version DTLS 1.0, cookie length.
 */
const REQUEST_FRONT = Uint8Array.from([
  ...[22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 47],
  ...[3, 0, 0, 35, 0, 0, 0, 0, 0, 0, 0, 35],
  ...[0xfe, 0xff, COOKIE_BYTES],
]);
