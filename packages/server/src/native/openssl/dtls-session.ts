import { ffi, pointerOf } from '../ffi.js';
import type { DtlsContext } from './dtls-context.js';
import { DTLS_MAXIMUM_PLAINTEXT_BYTES, DTLS_PLAINTEXT_HEADROOM_BYTES } from './dtls-context.js';
import { clearErrors, drainErrors, opensslError } from './error-queue.js';
import { SslError, sslFunctions } from './ssl-functions.js';

export type DtlsState = 'handshaking' | 'established' | 'closed' | 'failed';

/** Where a session puts its results. Bytes are lent until the call returns. */
export interface DtlsSink {
  /** One datagram to send. Must not call back into a session. */
  transmit(bytes: Uint8Array, offset: number, length: number): void;
  /** Decrypted data, with headroom in front. May write to sessions, close and free them. */
  plaintext(bytes: Uint8Array, offset: number, length: number): void;
}

/**
 * One DTLS 1.2 association over memory: datagrams in, datagrams out, plaintext out. It has no socket and no clock of
 * its own but for OpenSSL's retransmission timer, which runs on real time. Input of the peer never throws.
 */
export class DtlsSession {
  readonly #native = sslFunctions();
  readonly #context: DtlsContext;
  readonly #sink: DtlsSink;
  #ssl: number;
  readonly #input: number;
  readonly #output: number;
  #state: DtlsState = 'handshaking';
  #failure = '';

  /** A session that waits for a ClientHello (server) or for `connect` (client). Throws when memory is out. */
  constructor(context: DtlsContext, sink: DtlsSink) {
    const native = this.#native;
    this.#context = context;
    this.#sink = sink;
    this.#ssl = pointerOf(native.sslNew(context.pointer));
    if (this.#ssl === 0) throw opensslError('SSL_new');
    this.#input = pointerOf(native.bioNew(native.bioMemory));
    this.#output = pointerOf(native.bioNew(native.bioMemory));
    native.sslSetBio(this.#ssl, this.#input, this.#output);
    native.sslControl(this.#ssl, Control.setMtu, context.mtuBytes, 0);
    native.sslTimer(this.#ssl, context.timerCallback);
    if (context.role === 'server') native.sslAcceptState(this.#ssl);
    else native.sslConnectState(this.#ssl);
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** Why the state is `failed`, in OpenSSL's words. */
  get failure(): string {
    return this.#failure;
  }

  /** Client: sends the ClientHello. */
  connect(): void {
    this.#handshake();
  }

  /**
   * Server: starts with a hello whose cookie the caller has found right (RFC 6347 section 4.2.1), so that no second
   * HelloVerifyRequest is sent. The first record of the datagram carries the hello, whole or its first fragment.
   */
  acceptVerifiedHello(datagram: Uint8Array, offset: number, length: number): void {
    const native = this.#native;
    const recordBytes = Math.min(length, RECORD_HEADER_BYTES + recordLength(datagram, offset));
    const address = this.#context.input.locate(datagram, offset, length);
    native.bioWrite(this.#input, address, recordBytes);
    clearErrors();
    if (native.sslListen(this.#ssl, native.bioAddress) !== 1) return this.#fail('the hello was not accepted');
    // A session that listened reads one record only; what stands behind it follows now.
    native.bioControl(this.#input, Control.bioReset, 0, 0);
    if (length > recordBytes) native.bioWrite(this.#input, address + recordBytes, length - recordBytes);
    this.#handshake();
  }

  /** One datagram from the peer. Whatever it holds, the only effects are the sink's calls and `state`. */
  handleDatagram(datagram: Uint8Array, offset: number, length: number): void {
    if (length < RECORD_HEADER_BYTES || this.#state === 'closed' || this.#state === 'failed') return;
    const address = this.#context.input.locate(datagram, offset, length);
    this.#native.bioWrite(this.#input, address, length);
    if (this.#state === 'handshaking') this.#handshake();
    if (this.#state !== 'established') return;
    const single =
      datagram[offset] === CONTENT_APPLICATION_DATA &&
      recordLength(datagram, offset) + RECORD_HEADER_BYTES === length;
    this.#read(single ? 'one' : 'all');
  }

  /** Encrypts and sends application data, at most 16,384 bytes. False when the session cannot. */
  write(bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.#state !== 'established' || length <= 0) return false;
    const address = this.#context.input.locate(bytes, offset, length);
    if (this.#native.sslWrite(this.#ssl, address, length) !== length) {
      drainErrors();
      return false;
    }
    this.#flush();
    return true;
  }

  /** Milliseconds until `handleTimeout` is due, from now; undefined when nothing waits for an answer. */
  retransmissionDueMilliseconds(): number | undefined {
    if (this.#state !== 'handshaking') return undefined;
    const { buffer, address } = this.#context.scratch;
    if (this.#native.sslControl(this.#ssl, Control.getTimeout, 0, address) !== 1) return undefined;
    return Number(buffer.readBigInt64LE(0)) * 1000 + Number(buffer.readBigInt64LE(8)) / 1000;
  }

  /** Retransmits the last flight if it is due. */
  handleTimeout(): void {
    if (this.#state !== 'handshaking') return;
    clearErrors();
    const result = this.#native.sslControl(this.#ssl, Control.handleTimeout, 0, 0);
    if (result < 0) this.#fail('the peer does not answer');
    this.#flush();
  }

  /** Says close_notify to an established peer and stops. */
  close(): void {
    if (this.#state === 'established') {
      this.#native.sslShutdown(this.#ssl);
      clearErrors();
      this.#flush();
    }
    if (this.#state !== 'failed') this.#state = 'closed';
  }

  /** Frees the native memory. The session must not be used afterwards, but for `free` and `state`. */
  free(): void {
    if (this.#ssl === 0) return;
    this.#native.sslFree(this.#ssl);
    this.#ssl = 0;
    if (this.#state !== 'failed') this.#state = 'closed';
  }

  /**
   * Digest of the certificate the peer has shown and proven, 32, 48 or 64 bytes; undefined when it showed none. Compare
   * it before any exported key is used (RFC 8827 section 6.5).
   */
  peerCertificateDigest(hash: 'sha-256' | 'sha-384' | 'sha-512' = 'sha-256'): Uint8Array | undefined {
    const native = this.#native;
    const { address, buffer } = this.#context.scratch;
    const x509 = this.#ssl === 0 ? 0 : pointerOf(native.peerCertificate(this.#ssl));
    if (x509 === 0) return undefined;
    const algorithm = pointerOf(native.hashByName(hash.replace('-', '')));
    const ok = native.certificateDigest(x509, algorithm, address, address + 64);
    native.certificateFree(x509);
    if (ok !== 1) throw opensslError('X509_digest');
    return Uint8Array.from(buffer.subarray(0, buffer.readUInt32LE(64)));
  }

  /** Number of the SRTP protection profile agreed on (RFC 5764 section 4.1.2: 1, 7, 8), if any. */
  srtpProfile(): number | undefined {
    this.#assertEstablished();
    const profile = pointerOf(this.#native.sslSrtpProfile(this.#ssl));
    if (profile === 0) return undefined;
    // struct { const char *name; unsigned long id; }
    return new DataView(ffi().copy(profile + 8, 4).buffer).getUint32(0, true);
  }

  /** Keying material (RFC 5705) without context, at most 255 bytes. */
  exportKeyingMaterial(label: string, length: number): Uint8Array {
    this.#assertEstablished();
    if (length < 1 || length > 255) throw new RangeError(`keying material of ${length} bytes`);
    const { address, buffer } = this.#context.scratch;
    const ok = this.#native.sslExport(this.#ssl, address, length, label, label.length, 0, 0, 0);
    if (ok !== 1) throw opensslError('SSL_export_keying_material');
    const material = Uint8Array.from(buffer.subarray(0, length));
    buffer.fill(0, 0, length);
    return material;
  }

  /** What was agreed on: `DTLSv1.2`, the cipher suite, and whether the master secret is the extended one (RFC 7627). */
  agreement(): { version: string; cipher: string; extendedMasterSecret: boolean } {
    this.#assertEstablished();
    return {
      version: this.#native.sslVersion(this.#ssl),
      cipher: this.#native.cipherName(pointerOf(this.#native.sslCipher(this.#ssl))),
      extendedMasterSecret: this.#native.sslControl(this.#ssl, Control.getExtendedMasterSecret, 0, 0) === 1,
    };
  }

  #handshake(): void {
    clearErrors();
    const result = this.#native.sslHandshake(this.#ssl);
    if (result === 1) this.#state = 'established';
    else this.#settle(result);
    this.#flush();
  }

  #read(records: 'one' | 'all'): void {
    const native = this.#native;
    const { buffer, address } = this.#context.plaintext;
    clearErrors();
    for (;;) {
      const length = native.sslRead(
        this.#ssl,
        address + DTLS_PLAINTEXT_HEADROOM_BYTES,
        DTLS_MAXIMUM_PLAINTEXT_BYTES,
      );
      if (length <= 0) {
        this.#settle(length);
        break;
      }
      this.#sink.plaintext(buffer, DTLS_PLAINTEXT_HEADROOM_BYTES, length);
      // One record that was data has been read, and makes no answer: saves two native calls per packet.
      if (records === 'one' || this.state !== 'established') return;
    }
    this.#flush();
  }

  /** What a result other than success means for the state. */
  #settle(result: number): void {
    const error = this.#native.sslError(this.#ssl, result);
    if (error === SslError.wantRead || error === SslError.wantWrite) return;
    if (error === SslError.zeroReturn) {
      this.#state = 'closed';
      // RFC 5246 section 7.2.1: a close_notify is answered with one.
      this.#native.sslShutdown(this.#ssl);
      clearErrors();
    } else this.#fail(drainErrors() || `SSL error ${error}`);
  }

  #fail(reason: string): void {
    const detail = drainErrors();
    this.#state = 'failed';
    this.#failure = detail === '' ? reason : `${reason}: ${detail}`;
  }

  /** Sends what OpenSSL has written: whole records, as many per datagram as the MTU takes. */
  #flush(): void {
    const { buffer, address } = this.#context.output;
    const pending = this.#native.bioRead(this.#output, address, buffer.length);
    let start = 0;
    let end = 0;
    while (end < pending) {
      const next = end + RECORD_HEADER_BYTES + recordLength(buffer, end);
      if (next - start > this.#context.mtuBytes && end > start) {
        this.#sink.transmit(buffer, start, end - start);
        start = end;
      }
      end = next;
    }
    if (end > start) this.#sink.transmit(buffer, start, end - start);
  }

  #assertEstablished(): void {
    if (this.#ssl === 0 || this.#state !== 'established')
      throw new Error(`the DTLS session is ${this.#state}`);
  }
}

const RECORD_HEADER_BYTES = 13;
const CONTENT_APPLICATION_DATA = 23;

const Control = {
  bioReset: 1,
  setMtu: 17,
  getTimeout: 73,
  handleTimeout: 74,
  getExtendedMasterSecret: 122,
} as const;

/** Length field of the record that starts at `offset`. */
function recordLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 11]! << 8) | bytes[offset + 12]!;
}
