import type { Crypto } from '@madang/core/env/crypto';
import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import type { DtlsSession } from '../../crypto/dtls-endpoint.js';

/**
 * Whether the certificate the peer has shown and proven is one of those it was announced with (RFC 8122 section 5.1).
 * All are compared, each in constant time. False when it showed none, and when no fingerprint can be read.
 */
export function hasAnnouncedCertificate(
  session: DtlsSession,
  fingerprints: RemoteTransportParameters['fingerprints'],
  crypto: Crypto,
): boolean {
  let matches = 0;
  for (const { algorithm, value } of fingerprints) {
    const digest = session.peerCertificateDigest(algorithm);
    const announced = parseFingerprint(value);
    if (digest === undefined || announced?.length !== digest.length) continue;
    if (crypto.timingSafeEqual(digest, 0, announced, 0, digest.length)) matches++;
  }
  return matches > 0;
}

/** The bytes of `AB:CD:...`, upper or lower case; undefined for anything else. */
function parseFingerprint(value: string): Uint8Array | undefined {
  if (!/^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2})*$/.test(value)) return undefined;
  return Uint8Array.from(value.split(':'), (pair) => Number.parseInt(pair, 16));
}
