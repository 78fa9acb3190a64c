import { X509Certificate, createHash, createPrivateKey } from 'node:crypto';

/** A certificate chain (leaf first) and its private key, as PEM. */
export interface Certificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Hash names of SDP's `a=fingerprint` (RFC 8122 section 5). */
export type FingerprintHash = 'sha-256' | 'sha-384' | 'sha-512';

/** A chain and key as DER, ready for a TLS or DTLS context. */
export interface CertificateDer {
  /** Leaf first. */
  readonly chain: readonly Buffer[];
  /** PKCS #8. */
  readonly privateKey: Buffer;
}

export type CertificateResult =
  { readonly ok: true; readonly der: CertificateDer } | { readonly ok: false; readonly reason: string };

/**
 * Reads a PEM chain and key and checks that they belong together. Bad input (not PEM, encrypted key, key of another
 * certificate) is a reason, not an exception: it comes from files of the operator.
 */
export function readCertificate(certificate: Certificate): CertificateResult {
  try {
    const blocks = certificate.certificatePem.match(PEM_CERTIFICATE);
    if (blocks === null) return { ok: false, reason: 'no PEM certificate found' };
    const chain = blocks.map((pem) => new X509Certificate(pem));
    const key = createPrivateKey(certificate.privateKeyPem);
    if (!chain[0]!.checkPrivateKey(key))
      return { ok: false, reason: 'the private key is not the certificate’s' };
    const privateKey = key.export({ type: 'pkcs8', format: 'der' });
    return { ok: true, der: { chain: chain.map((x) => x.raw), privateKey } };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Fingerprint of the first certificate as SDP writes it: `AB:CD:...` (RFC 8122). Throws when it is not PEM. */
export function certificateFingerprint(certificatePem: string, hash: FingerprintHash = 'sha-256'): string {
  const digest = createHash(hash.replace('-', '')).update(new X509Certificate(certificatePem).raw).digest();
  return formatFingerprint(digest);
}

/** Digest bytes as upper-case hex pairs joined by colons (RFC 8122 section 5). */
export function formatFingerprint(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
