import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { formatIpAddress } from '@madang/core/path/address-text';
import type { Config } from '../config/resolve.js';
import { createSelfSignedCertificate } from '../crypto/self-signed-certificate.js';
import type { Certificate } from '../crypto/certificate.js';
import { readCertificate } from '../crypto/certificate.js';
import type { Log } from '../observe/log.js';
import { DataFolderError, readOrCreate } from './secrets.js';

/**
 * Certificate and key of HTTPS and of TURN over TLS and DTLS: the configured files, watched so that a renewed
 * certificate is used without a restart, or a self-signed pair made once and kept in the data folder.
 */
export class CertificateSource {
  #certificate: Certificate;
  readonly #files: readonly string[];
  readonly #log: Log;
  #listener: (certificate: Certificate) => void = () => undefined;

  /** Throws DataFolderError when the files do not hold a certificate and its key. */
  static open(config: Config, log: Log): CertificateSource {
    if (config.tlsCert !== 'auto' && config.tlsKey !== 'auto') {
      return new CertificateSource([config.tlsCert, config.tlsKey], log);
    }
    // Key and certificate in one file: they can never be half there.
    readOrCreate(config.dataDir, SELF_SIGNED_FILE, () => {
      const names = [...config.host, ...config.publicAddress].map(formatIpAddress);
      const made = createSelfSignedCertificate({
        commonName: 'madang',
        names: ['localhost', ...names],
        issuedAt: new Date(),
        validDays: 3650,
      });
      return made.privateKeyPem + made.certificatePem;
    });
    const file = join(config.dataDir, SELF_SIGNED_FILE);
    return new CertificateSource([file, file], log);
  }

  private constructor(files: readonly [certificate: string, key: string], log: Log) {
    this.#files = files;
    this.#log = log;
    this.#certificate = this.#read();
    for (const file of files) {
      watchFile(file, { interval: WATCH_INTERVAL_MS, persistent: false }, () => {
        this.#reload();
      });
    }
  }

  get certificate(): Certificate {
    return this.#certificate;
  }

  /** Sets who is told of a new certificate. */
  onChange(listener: (certificate: Certificate) => void): void {
    this.#listener = listener;
  }

  close(): void {
    for (const file of this.#files) unwatchFile(file);
  }

  #reload(): void {
    try {
      const certificate = this.#read();
      if (
        certificate.certificatePem === this.#certificate.certificatePem &&
        certificate.privateKeyPem === this.#certificate.privateKeyPem
      )
        return;
      this.#certificate = certificate;
      this.#listener(certificate);
      this.#log('info', 'The new certificate is used from now on', { file: this.#files[0]! });
    } catch (error) {
      // Renewal writes two files one after the other: between them they do not fit, and the old pair goes on.
      this.#log('warn', 'The certificate files changed and do not fit together; the former pair is used on', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #read(): Certificate {
    const [certificateFile, keyFile] = this.#files as [string, string];
    let reason: string;
    try {
      const certificate = {
        certificatePem: readFileSync(certificateFile, 'utf8'),
        privateKeyPem: readFileSync(keyFile, 'utf8'),
      };
      const result = readCertificate(certificate);
      if (result.ok) return certificate;
      ({ reason } = result);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    throw new DataFolderError(
      `${certificateFile} and ${keyFile} cannot be used as certificate and key (${reason}); write PEM files that belong together`,
    );
  }
}

/** Where certificate and key are in the data folder when none is configured. */
export const SELF_SIGNED_FILE = 'tls-self-signed.pem';
const WATCH_INTERVAL_MS = 2000;
