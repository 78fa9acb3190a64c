import { createSelfSignedCertificate } from '../crypto/self-signed-certificate.js';
import type { Certificate } from '../crypto/certificate.js';
import type { TurnEngineOptions } from './engine-options.js';

/** Options of the only engine of a test: no limits, a certificate for `first`, relays nowhere. */
export function engineOptions(listeners: TurnEngineOptions['listeners']): TurnEngineOptions {
  const rate = { perAddress: 0, perAddressBurst: 0, perPrefix: 0, total: 0 };
  return {
    shard: { index: 0, count: 1 },
    network: 'native',
    realm: 'example.org',
    secrets: ['secret'],
    users: [],
    nonceKey: '00'.repeat(32),
    listeners,
    tls: certificateOf('first'),
    relay: { firstPort: 50_000, lastPort: 50_099, addresses: [] },
    peers: { allow: [], deny: [], nat64Prefixes: [], ownAddresses: [] },
    features: { tcpRelay: 'off', icmpReports: 'off' },
    limits: {
      unauthenticatedSeconds: 10,
      halfOpenPerAddress: 0,
      halfOpenTotal: 0,
      writeBufferBytes: 65_536,
      turn: {},
      bindingRate: rate,
      natDiscoveryRate: rate,
      unauthenticatedRate: rate,
      paths: 1024,
      dtlsHandshakesTotal: 8,
      dtlsHandshakesPerAddress: 8,
    },
    receiveBufferBytes: 0,
    sendBufferBytes: 0,
  };
}

export function certificateOf(commonName: string): Certificate {
  return createSelfSignedCertificate({
    commonName,
    names: ['localhost'],
    issuedAt: new Date(),
    validDays: 2,
  });
}
