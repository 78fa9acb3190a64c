import { decodeBase64Into, writeBase64 } from '../bytes/base64.js';
import { readU32, writeU16, writeU32 } from '../bytes/big-endian.js';
import type { Crypto } from '../env/crypto.js';
import type { Arrival } from '../path/path.js';
import { Transport } from '../path/transport-address.js';
import { NONCE_COOKIE_LENGTH, nonceCookie } from '../stun/nonce-cookie.js';
import type { WallClockSeconds } from '../time/instant.js';

/** Bytes of every nonce made here: cookie with features (13), time and MAC in base64 (22). */
export const NONCE_LENGTH = 35;

/**
 * Nonces that need no memory: the time and a MAC over time and source address. They hold for `lifetimeSeconds`, only
 * for the address and port they were given to (over TCP and TLS: for every connection from that address), and in every
 * process that has the key. The nonce cookie is part of what must match, so nobody can strip the announced features on
 * the way (bid-down protection).
 */
export class NonceSigner {
  readonly #crypto: Crypto;
  readonly #key: Uint8Array;
  readonly #lifetimeSeconds: number;
  readonly #cookie = new Uint8Array(NONCE_COOKIE_LENGTH);
  /** Input of the MAC, the MAC, and a decoded nonce; one slab, because small typed arrays move. */
  readonly #scratch = new Uint8Array(4096);
  readonly #decoded = new Uint8Array(TOKEN_LENGTH);

  /** `features`: bits of SecurityFeature. */
  constructor(options: { crypto: Crypto; key: Uint8Array; features: number; lifetimeSeconds?: number }) {
    if (options.key.length < 32) throw new RangeError('the nonce key needs at least 32 bytes');
    this.#crypto = options.crypto;
    this.#key = options.key;
    this.#lifetimeSeconds = options.lifetimeSeconds ?? 600;
    const cookie = nonceCookie(options.features);
    for (let i = 0; i < cookie.length; i++) this.#cookie[i] = cookie.charCodeAt(i);
  }

  /** Writes a fresh nonce of NONCE_LENGTH bytes for the source of `arrival` at `offset`. */
  write(wallClock: WallClockSeconds, arrival: Arrival, into: Uint8Array, offset: number): void {
    const scratch = this.#scratch;
    into.set(this.#cookie, offset);
    writeU32(scratch, TOKEN, Math.floor(wallClock));
    this.#mac(arrival, TOKEN, scratch, MAC);
    for (let i = 0; i < MAC_LENGTH; i++) scratch[TOKEN + 4 + i] = scratch[MAC + i]!;
    writeBase64(scratch, TOKEN, TOKEN_LENGTH, into, offset + NONCE_COOKIE_LENGTH);
  }

  /** Whether the `length` bytes at `offset` are a nonce of ours, for this source, not older than the lifetime. */
  isValid(
    wallClock: WallClockSeconds,
    arrival: Arrival,
    nonce: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    if (length !== NONCE_LENGTH) return false;
    for (let i = 0; i < NONCE_COOKIE_LENGTH; i++) if (nonce[offset + i] !== this.#cookie[i]) return false;
    const decoded = this.#decoded;
    const tokenText = NONCE_LENGTH - NONCE_COOKIE_LENGTH;
    if (decodeBase64Into(nonce, offset + NONCE_COOKIE_LENGTH, tokenText, decoded) !== TOKEN_LENGTH)
      return false;
    const age = wallClock - readU32(decoded, 0);
    if (age < -SKEW_SECONDS || age > this.#lifetimeSeconds + SKEW_SECONDS) return false;
    const scratch = this.#scratch;
    scratch.set(decoded, TOKEN);
    this.#mac(arrival, TOKEN, scratch, MAC);
    return this.#crypto.timingSafeEqual(scratch, MAC, scratch, TOKEN + 4, MAC_LENGTH);
  }

  #mac(arrival: Arrival, timeAt: number, out: Uint8Array, outOffset: number): void {
    const scratch = this.#scratch;
    for (let i = 0; i < 4; i++) scratch[INPUT + i] = scratch[timeAt + i]!;
    const count = arrival.family === 4 ? 1 : 4;
    for (let i = 0; i < 4; i++) writeU32(scratch, INPUT + 4 + 4 * i, i < count ? arrival.words[i]! : 0);
    // RFC 6062: the connections of one client share its nonce, and a handshake has proven their address already.
    const isStream = arrival.transport === Transport.tcp || arrival.transport === Transport.tls;
    writeU16(scratch, INPUT + 20, isStream ? 0 : arrival.port);
    scratch[INPUT + 22] = arrival.family;
    this.#crypto.hmacSha256(this.#key, scratch, INPUT, INPUT_LENGTH, out, outOffset);
  }
}

/** 96 bits of MAC: forging takes 2^95 answered requests. */
const MAC_LENGTH = 12;
const TOKEN_LENGTH = 4 + MAC_LENGTH;
/** Offsets in the scratch slab. */
const INPUT = 0;
const INPUT_LENGTH = 23;
const MAC = 64;
const TOKEN = 128;
const SKEW_SECONDS = 5;
