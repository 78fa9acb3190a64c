import type { Certificate } from '../../crypto/certificate.js';
import type { DtlsEndpoint } from '../../crypto/dtls-endpoint.js';
import { openDtlsEndpoint } from '../../crypto/dtls-endpoint.js';

/** The same certificate in both roles: which one is played, the peer decides. */
export interface MediaEndpoints {
  readonly server: DtlsEndpoint;
  readonly client: DtlsEndpoint;
  free(): void;
}

export type MediaEndpointsResult =
  { readonly ok: true; readonly endpoints: MediaEndpoints } | { readonly ok: false; readonly reason: string };

/** DTLS-SRTP endpoints that ask for the peer's certificate. A reason where OpenSSL cannot be reached. Never throws. */
export function openMediaEndpoints(certificate: Certificate): MediaEndpointsResult {
  const opened = (['server', 'client'] as const).map((role) =>
    openDtlsEndpoint({
      role,
      certificate,
      peerCertificate: 'required',
      srtpProfiles: ['SRTP_AEAD_AES_128_GCM', 'SRTP_AEAD_AES_256_GCM', 'SRTP_AES128_CM_SHA1_80'],
      mtuBytes: HANDSHAKE_MTU_BYTES,
      retransmissionMilliseconds: 200,
    }),
  );
  const [server, client] = opened as [(typeof opened)[0], (typeof opened)[0]];
  if (!server.ok) return server;
  if (!client.ok) {
    server.endpoint.free();
    return client;
  }
  const endpoints: MediaEndpoints = {
    server: server.endpoint,
    client: client.endpoint,
    free: () => {
      server.endpoint.free();
      client.endpoint.free();
    },
  };
  return { ok: true, endpoints };
}

/** What fits through IPv6 and common tunnels with a UDP header. */
const HANDSHAKE_MTU_BYTES = 1200;
