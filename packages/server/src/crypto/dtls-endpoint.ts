import { loadFfi } from '../native/ffi.js';
import { DtlsContext } from '../native/openssl/dtls-context.js';
import type { SrtpProfileName } from '../native/openssl/dtls-context.js';
import { DtlsSession } from '../native/openssl/dtls-session.js';
import type { DtlsSink } from '../native/openssl/dtls-session.js';
import { readCertificate } from './certificate.js';
import type { Certificate } from './certificate.js';

export interface DtlsEndpointOptions {
  readonly role: 'server' | 'client';
  /** Needed by a server. */
  readonly certificate?: Certificate;
  /** required: the peer must show a certificate; its digest is compared by the caller. */
  readonly peerCertificate?: 'required' | 'none';
  readonly srtpProfiles?: readonly SrtpProfileName[];
  readonly mtuBytes?: number;
  readonly retransmissionMilliseconds?: number;
}

export type DtlsEndpointResult =
  { readonly ok: true; readonly endpoint: DtlsEndpoint } | { readonly ok: false; readonly reason: string };

/** A certificate and settings from which DTLS sessions of one role are made. */
export interface DtlsEndpoint {
  /** A new association; the caller frees it. Throws when memory is out. */
  createSession(sink: DtlsSink): DtlsSession;
  /** Gives the certificate up; sessions that exist go on. */
  free(): void;
}

/**
 * Opens a DTLS endpoint on the OpenSSL inside Node. Without FFI, and with a certificate that cannot be used, there is
 * a reason instead: DTLS has no portable implementation. Never throws.
 */
export function openDtlsEndpoint(options: DtlsEndpointOptions): DtlsEndpointResult {
  const ffi = loadFfi();
  if (!ffi.ok) return { ok: false, reason: ffi.reason };
  const { certificate, ...rest } = options;
  try {
    if (certificate === undefined) return { ok: true, endpoint: endpointOf(new DtlsContext(rest)) };
    const read = readCertificate(certificate);
    if (!read.ok) return read;
    return { ok: true, endpoint: endpointOf(new DtlsContext({ ...rest, certificate: read.der })) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function endpointOf(context: DtlsContext): DtlsEndpoint {
  return {
    createSession: (sink) => new DtlsSession(context, sink),
    free: () => context.free(),
  };
}

export type { DtlsSession, DtlsSink };
