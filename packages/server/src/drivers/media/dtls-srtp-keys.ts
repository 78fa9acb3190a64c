import type { SrtpKeys, SrtpProfile } from '@madang/core/env/srtp';
import { SRTP_KEY_BYTES } from '@madang/core/env/srtp';
import type { DtlsSession } from '../../crypto/dtls-endpoint.js';

/** Keys of both directions, as one side sees them. */
export interface DtlsSrtpKeys {
  readonly local: SrtpKeys;
  readonly remote: SrtpKeys;
}

/**
 * Exports the SRTP keys of an established session (RFC 5764 section 4.2); undefined when no profile was agreed on. To be
 * called only after the peer's certificate was found right.
 */
export function exportSrtpKeys(session: DtlsSession, role: 'client' | 'server'): DtlsSrtpKeys | undefined {
  const profile = PROFILES.get(session.srtpProfile() ?? 0);
  if (profile === undefined) return undefined;
  const { key, salt } = SRTP_KEY_BYTES[profile];
  const material = session.exportKeyingMaterial(EXPORTER_LABEL, 2 * (key + salt));
  // Client's key, server's key, client's salt, server's salt.
  const keysOf = (place: 0 | 1): SrtpKeys => ({
    profile,
    masterKey: material.slice(place * key, (place + 1) * key),
    masterSalt: material.slice(2 * key + place * salt, 2 * key + (place + 1) * salt),
  });
  const client = keysOf(0);
  const server = keysOf(1);
  material.fill(0);
  return role === 'client' ? { local: client, remote: server } : { local: server, remote: client };
}

/** Overwrites keys that were given to a cipher. */
export function wipeSrtpKeys(keys: DtlsSrtpKeys): void {
  for (const { masterKey, masterSalt } of [keys.local, keys.remote]) {
    masterKey.fill(0);
    masterSalt.fill(0);
  }
}

const EXPORTER_LABEL = 'EXTRACTOR-dtls_srtp';

/** Numbers of RFC 5764 section 4.1.2 and RFC 7714 section 14.2. */
const PROFILES: ReadonlyMap<number, SrtpProfile> = new Map([
  [7, 'AEAD_AES_128_GCM'],
  [8, 'AEAD_AES_256_GCM'],
  [1, 'AES_CM_128_HMAC_SHA1_80'],
]);
