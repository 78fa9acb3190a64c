import { allocateSlab, ffi, pointerOf } from '../ffi.js';
import type { Slab } from '../ffi.js';
import { opensslError } from './error-queue.js';
import { SlabInput } from './slab-input.js';
import { sslFunctions } from './ssl-functions.js';

/** SRTP protection profiles by their OpenSSL names (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
export type SrtpProfileName = 'SRTP_AEAD_AES_128_GCM' | 'SRTP_AEAD_AES_256_GCM' | 'SRTP_AES128_CM_SHA1_80';

export interface DtlsContextOptions {
  readonly role: 'server' | 'client';
  /** DER certificates, leaf first, and the PKCS #8 key. A client may go without. */
  readonly certificate?: { readonly chain: readonly Uint8Array[]; readonly privateKey: Uint8Array };
  /** required: the peer must show a certificate (any; compare its fingerprint). none: a server does not ask. */
  readonly peerCertificate?: 'required' | 'none';
  /** Offered or accepted with use_srtp, most wanted first. */
  readonly srtpProfiles?: readonly SrtpProfileName[];
  /** Largest handshake datagram. */
  readonly mtuBytes?: number;
  /** First retransmission; doubles up to 60 s (RFC 6347 section 4.2.4.1). */
  readonly retransmissionMilliseconds?: number;
  /** Cipher suites in OpenSSL's words; for tests. */
  readonly ciphers?: string;
}

/** Bytes before each decrypted message that its receiver may write into. */
export const DTLS_PLAINTEXT_HEADROOM_BYTES = 64;
/** A DTLS record carries at most this many bytes (RFC 6347 section 4.1). */
export const DTLS_MAXIMUM_PLAINTEXT_BYTES = 16_384;
/** Certificates and other handshake messages above this are refused. */
export const DTLS_MAXIMUM_MESSAGE_BYTES = 16_384;

/**
 * An SSL_CTX for DTLS 1.2: one per certificate and role, shared by many sessions together with the slabs they work in.
 * Only forward-secret AEAD suites, extended master secret on, no renegotiation, no session tickets, no cache.
 */
export class DtlsContext {
  readonly role: 'server' | 'client';
  readonly mtuBytes: number;
  /** For sessions: SSL_CTX, the timer callback, and memory used during one call. */
  readonly pointer: number;
  readonly timerCallback: number;
  readonly plaintext: Slab = allocateSlab(DTLS_PLAINTEXT_HEADROOM_BYTES + DTLS_MAXIMUM_PLAINTEXT_BYTES + 64);
  readonly output: Slab = allocateSlab(OUTPUT_BYTES);
  readonly input = new SlabInput();
  readonly scratch: Slab = allocateSlab(4096);

  /** Throws when the options do not fit together or OpenSSL lacks what they ask for. */
  constructor(options: DtlsContextOptions) {
    const native = sslFunctions();
    this.role = options.role;
    this.mtuBytes = options.mtuBytes ?? 1200;
    const method = options.role === 'server' ? native.serverMethod : native.clientMethod;
    this.pointer = pointerOf(native.contextNew(method));
    if (this.pointer === 0) throw opensslError('SSL_CTX_new');
    this.timerCallback = timerCallback(options.retransmissionMilliseconds ?? 1000);
    try {
      this.#configure(options);
    } catch (error) {
      native.contextFree(this.pointer);
      throw error;
    }
  }

  /** Gives up this reference; sessions that exist keep what they need until they are freed. */
  free(): void {
    sslFunctions().contextFree(this.pointer);
  }

  #configure(options: DtlsContextOptions): void {
    const native = sslFunctions();
    const context = this.pointer;
    check(native.contextControl(context, Control.setMinimumVersion, DTLS_1_2, 0), 'DTLS 1.2');
    native.contextOptions(context, CONTEXT_OPTIONS);
    native.contextControl(context, Control.setSessionCacheMode, 0, 0);
    native.contextControl(context, Control.setMaximumCertificateList, DTLS_MAXIMUM_MESSAGE_BYTES, 0);
    check(native.contextCiphers(context, options.ciphers ?? CIPHERS), 'the cipher list');
    check(
      native.contextGroups(context, Control.setGroupsList, 0, 'X25519:P-256:P-384'),
      'the list of groups',
    );
    const verify = options.peerCertificate === 'required' ? VERIFY_PEER | VERIFY_FAIL_WITHOUT_CERTIFICATE : 0;
    native.contextVerify(context, verify, native.acceptAnyCertificate);
    native.contextCookieVerify(context, native.acceptVerifiedCookie);
    const profiles = options.srtpProfiles ?? [];
    // This one function gives 0 for success.
    if (profiles.length > 0 && native.contextSrtp(context, profiles.join(':')) !== 0)
      throw opensslError('use_srtp');
    if (options.certificate) this.#useCertificate(options.certificate);
    else if (options.role === 'server') throw new Error('a DTLS server needs a certificate');
  }

  #useCertificate({ chain, privateKey }: NonNullable<DtlsContextOptions['certificate']>): void {
    const native = sslFunctions();
    const [leaf, ...intermediates] = chain;
    if (leaf === undefined) throw new Error('the certificate chain is empty');
    const held = slabOf(leaf);
    check(native.contextCertificate(this.pointer, leaf.length, held.address), 'the certificate');
    const key = pointerOf(withDer(privateKey, (pointer, bytes) => native.keyFromDer(0, pointer, bytes)));
    if (key === 0) throw opensslError('reading the private key');
    const used = native.contextPrivateKey(this.pointer, key);
    native.keyFree(key);
    check(used, 'the private key');
    check(native.contextCheckKey(this.pointer), 'the private key of this certificate');
    for (const der of intermediates) {
      const x509 = pointerOf(withDer(der, (pointer, bytes) => native.certificateFromDer(0, pointer, bytes)));
      if (x509 === 0) throw opensslError('reading an intermediate certificate');
      // The context owns the certificate from here on.
      check(native.contextControl(this.pointer, Control.extraChainCertificate, 0, x509), 'the chain');
    }
  }
}

const DTLS_1_2 = 0xfefd;
const VERIFY_PEER = 1;
const VERIFY_FAIL_WITHOUT_CERTIFICATE = 2;
const OUTPUT_BYTES = 128 * 1024;

/** ECDHE with AES-GCM or ChaCha20-Poly1305, nothing else. */
const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** NO_QUERY_MTU, NO_TICKET, NO_COMPRESSION, CIPHER_SERVER_PREFERENCE, NO_RENEGOTIATION. */
const CONTEXT_OPTIONS = (1 << 12) | (1 << 14) | (1 << 17) | (1 << 22) | (1 << 30);

const Control = {
  extraChainCertificate: 14,
  setSessionCacheMode: 44,
  setMaximumCertificateList: 50,
  setGroupsList: 92,
  setMinimumVersion: 123,
} as const;

function check(result: number, what: string): void {
  if (result !== 1) throw opensslError(what);
}

function slabOf(bytes: Uint8Array): Slab {
  const slab = allocateSlab(bytes.length);
  slab.buffer.set(bytes);
  return slab;
}

/** d2i functions take a pointer to a pointer: both are placed in one slab, which is wiped afterwards (keys). */
function withDer<T>(der: Uint8Array, read: (pointerToDer: number, bytes: number) => T): T {
  const slab = allocateSlab(16 + der.length);
  slab.buffer.set(der, 16);
  slab.buffer.writeBigUInt64LE(BigInt(slab.address + 16), 0);
  const result = read(slab.address, der.length);
  slab.buffer.fill(0);
  return result;
}

const timerCallbacks = new Map<number, number>();

/** OpenSSL asks for the first duration (0 given) and for each following one, in microseconds. */
function timerCallback(firstMilliseconds: number): number {
  let callback = timerCallbacks.get(firstMilliseconds);
  if (callback === undefined) {
    const first = Math.round(firstMilliseconds * 1000);
    callback = ffi().register(
      (_ssl: unknown, last: number) => (last === 0 ? first : Math.min(last * 2, 60_000_000)),
      'unsigned int MadangDtlsTimer(void* ssl, unsigned int last)',
    );
    timerCallbacks.set(firstMilliseconds, callback);
  }
  return callback;
}
