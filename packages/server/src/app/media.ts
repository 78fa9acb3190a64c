import type { Config } from '../config/resolve.js';
import type { Certificate } from '../crypto/certificate.js';
import { certificateFingerprint, readCertificate } from '../crypto/certificate.js';
import { createSelfSignedCertificate } from '../crypto/self-signed-certificate.js';
import { systemClock } from '../drivers/clock.js';
import { MEDIA_STREAM_LIMITS } from '../drivers/media/media-limits.js';
import { SfuService } from '../services/sfu/sfu-service.js';
import type { SfuServiceOptions } from '../services/sfu/sfu-service.js';
import type { MediaEngines, MediaPlan } from './engine-host.js';
import type { NetworkPlan } from './network-plan.js';
import { DataFolderError, readOrCreate } from './secrets.js';

/** What the media engines are told, undefined where no media is to be carried. Throws DataFolderError. */
export function planMedia(config: Config, network: NetworkPlan): MediaPlan | undefined {
  const { mediaPorts, hosts } = network;
  if (mediaPorts === undefined) return undefined;
  return {
    hosts,
    firstPort: mediaPorts.first,
    certificate: loadMediaCertificate(config.dataDir),
    limits: MEDIA_STREAM_LIMITS,
    transportLimits: {
      ingressBitrateBps: config.mediaIngressBitrateBps,
      ingressPacketsPerSecond: config.mediaIngressPacketsPerSecond,
      handshakesTotal: config.mediaHandshakesTotal,
      consentSeconds: config.mediaConsentSeconds,
    },
    maximumDownBps: config.mediaEgressBitrateBps,
    receiveBufferBytes: config.receiveBufferBytes,
    sendBufferBytes: config.sendBufferBytes,
  };
}

/** Connects negotiation with the media engines. */
export function createSfu(
  engines: MediaEngines,
  plan: MediaPlan,
  network: NetworkPlan,
  options: Omit<SfuServiceOptions, 'workers' | 'clock'>,
): SfuService {
  const { certificatePem } = plan.certificate;
  const sfu = new SfuService({
    ...options,
    clock: systemClock,
    workers: {
      count: engines.count,
      command: (worker, command) => {
        engines.send(worker, command);
      },
      endpoints: (worker) => ({ addresses: network.announcedHosts, port: plan.firstPort + worker }),
      fingerprint: { algorithm: 'sha-256', value: certificateFingerprint(certificatePem) },
    },
  });
  engines.onReport((worker, report) => {
    sfu.handleReport(worker, report);
  });
  engines.onReplaced((worker) => {
    sfu.handleWorkerReplaced(worker);
  });
  return sfu;
}

/** Where media goes, as the ready line says it. */
export function mediaUrls({ mediaPorts, announcedHosts }: NetworkPlan): string[] {
  if (mediaPorts === undefined) return [];
  const ports = Array.from(
    { length: mediaPorts.last - mediaPorts.first + 1 },
    (_, i) => mediaPorts.first + i,
  );
  return announcedHosts.flatMap((host) =>
    ports.map((port) => `udp:${host.includes(':') ? `[${host}]` : host}:${port}`),
  );
}

/**
 * The certificate of DTLS with browsers, made at the first start. It outlives the process, because workers do: the next
 * control process tells clients its fingerprint.
 */
function loadMediaCertificate(dataDir: string): Certificate {
  const pem = readOrCreate(dataDir, MEDIA_CERTIFICATE_FILE, () => {
    const made = createSelfSignedCertificate({
      commonName: 'madang media',
      issuedAt: new Date(),
      validDays: 3650,
    });
    return made.privateKeyPem + made.certificatePem;
  });
  const certificate = { certificatePem: pem, privateKeyPem: pem };
  const read = readCertificate(certificate);
  if (read.ok) return certificate;
  throw new DataFolderError(
    `${dataDir}/${MEDIA_CERTIFICATE_FILE} cannot be used (${read.reason}); delete it and a new one is made`,
  );
}

export const MEDIA_CERTIFICATE_FILE = 'media-certificate.pem';
