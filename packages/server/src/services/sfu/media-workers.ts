import type { MediaCommand } from '@madang/core/sfu/media-commands';

/** Where the media sockets of a worker are reached. */
export interface MediaEndpoints {
  /** As clients are told them (IPv4 or IPv6 in text), most wanted first. At least one. */
  readonly addresses: readonly string[];
  /** One number for UDP and for TCP. */
  readonly port: number;
}

/** Digest of a certificate (RFC 8122): `value` is `AB:CD:...`. */
export interface CertificateDigest {
  readonly algorithm: 'sha-256' | 'sha-384' | 'sha-512';
  readonly value: string;
}

/**
 * The media workers, numbered from 0. Their reports go to `SfuService.handleReport`; when one has died and another has
 * taken its place, `SfuService.handleWorkerReplaced` is told. Commands to a worker that is not there are lost.
 */
export interface MediaWorkers {
  /** At least 1. */
  readonly count: number;
  /** Must not throw, and must not report from inside. */
  command(worker: number, command: MediaCommand): void;
  endpoints(worker: number): MediaEndpoints;
  /** Of the certificate they show in DTLS handshakes now. */
  readonly fingerprint: CertificateDigest;
}
