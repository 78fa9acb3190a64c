import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { formatIpAddress } from '@madang/core/path/address-text';
import type { Config } from '../config/resolve.js';
import { createSelfSignedCertificate } from '../crypto/self-signed-certificate.js';
import type { TlsIdentity } from '../net/stream-listener.js';
import type { Log } from '../observe/log.js';
import { DataFolderError, readOrCreate } from './secrets.js';

/**
 * Certificate and key of HTTPS and of TURN over TLS and DTLS: the configured files, watched so that a renewed
 * certificate is used without a restart, or a self-signed pair made once and kept in the data folder.
 */
export class TlsIdentitySource {
  #identity: TlsIdentity;
  readonly #files: readonly string[];
  readonly #log: Log;
  #listener: (identity: TlsIdentity) => void = () => undefined;

  /** Throws DataFolderError when the files do not hold a certificate and its key. */
  static open(config: Config, log: Log): TlsIdentitySource {
    if (config.tlsCert !== 'auto' && config.tlsKey !== 'auto') {
      return new TlsIdentitySource([config.tlsCert, config.tlsKey], log);
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
    return new TlsIdentitySource([file, file], log);
  }

  private constructor(files: readonly [certificate: string, key: string], log: Log) {
    this.#files = files;
    this.#log = log;
    this.#identity = this.#read();
    for (const file of files) {
      watchFile(file, { interval: WATCH_INTERVAL_MS, persistent: false }, () => {
        this.#reload();
      });
    }
  }

  get identity(): TlsIdentity {
    return this.#identity;
  }

  /** Sets who is told of a new certificate. */
  onChange(listener: (identity: TlsIdentity) => void): void {
    this.#listener = listener;
  }

  close(): void {
    for (const file of this.#files) unwatchFile(file);
  }

  #reload(): void {
    try {
      const identity = this.#read();
      if (identity.certificate === this.#identity.certificate && identity.key === this.#identity.key) return;
      this.#identity = identity;
      this.#listener(identity);
      this.#log('info', 'The new certificate is used from now on', { file: this.#files[0]! });
    } catch (error) {
      // Renewal writes two files one after the other: between them they do not fit, and the old pair goes on.
      this.#log('warn', 'The certificate files changed and do not fit together; the former pair is used on', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #read(): TlsIdentity {
    const [certificateFile, keyFile] = this.#files as [string, string];
    try {
      const identity = {
        certificate: readFileSync(certificateFile, 'utf8'),
        key: readFileSync(keyFile, 'utf8'),
      };
      const certificate = new X509Certificate(identity.certificate);
      if (certificate.checkPrivateKey(createPrivateKey(identity.key))) return identity;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DataFolderError(
        `${certificateFile} and ${keyFile} cannot be used as certificate and key (${reason}); write PEM files that belong together`,
      );
    }
    throw new DataFolderError(
      `${keyFile} is not the key of the certificate in ${certificateFile}; write PEM files that belong together`,
    );
  }
}

const SELF_SIGNED_FILE = 'tls-self-signed.pem';
const WATCH_INTERVAL_MS = 2000;
