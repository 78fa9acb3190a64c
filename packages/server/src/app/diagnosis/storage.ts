import { X509Certificate } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../config/resolve.js';
import { readCertificate } from '../../crypto/certificate.js';
import { SELF_SIGNED_FILE } from '../certificate-source.js';
import { TURN_SECRET_FILE } from '../secrets.js';
import type { Finding, FindingGroup } from './findings.js';

/** The data folder and the certificate. Nothing is made or changed. */
export function checkStorage(config: Config, nowMs: number): FindingGroup {
  return {
    title: 'Files',
    findings: [
      checkDataFolder(config.dataDir),
      ...checkSecret(config.dataDir),
      ...checkCertificate(config, nowMs),
    ],
  };
}

function checkDataFolder(dataDir: string): Finding {
  const folder = resolve(dataDir);
  const found = { subject: 'data folder' };
  if (!existsSync(folder)) {
    const parent = nearestFolder(folder);
    return isWritable(parent)
      ? { ...found, verdict: 'note', text: `${folder} is made at the first start` }
      : {
          ...found,
          verdict: 'broken',
          text: `${folder} cannot be made: ${parent} is not writable; write another --data-dir`,
        };
  }
  if (!statSync(folder).isDirectory())
    return { ...found, verdict: 'broken', text: `${folder} is no folder; write another --data-dir` };
  if (!isWritable(folder))
    return {
      ...found,
      verdict: 'broken',
      text: `${folder} is not writable for this user; check who owns it`,
    };
  return { ...found, verdict: 'ok', text: folder };
}

function checkSecret(dataDir: string): Finding[] {
  const file = join(dataDir, TURN_SECRET_FILE);
  if (!existsSync(file)) return [];
  const mode = statSync(file).mode & 0o777;
  if (process.platform === 'win32' || (mode & 0o077) === 0)
    return [{ verdict: 'ok', subject: 'TURN secret', text: 'readable by its owner only' }];
  return [
    {
      verdict: 'broken',
      subject: 'TURN secret',
      text: `others on this machine can read it (mode ${mode.toString(8)}); run: chmod 600 ${resolve(file)}`,
    },
  ];
}

function checkCertificate(config: Config, nowMs: number): Finding[] {
  const subject = 'certificate';
  const isOwn = config.tlsCert === 'auto' || config.tlsKey === 'auto';
  const certificateFile = isOwn ? join(config.dataDir, SELF_SIGNED_FILE) : config.tlsCert;
  const keyFile = isOwn ? certificateFile : config.tlsKey;
  if (isOwn && !existsSync(certificateFile)) {
    return [
      { verdict: 'warning', subject, text: `a self-signed one is made at the first start. ${NOT_TRUSTED}` },
    ];
  }
  let certificatePem: string;
  let privateKeyPem: string;
  try {
    certificatePem = readFileSync(certificateFile, 'utf8');
    privateKeyPem = readFileSync(keyFile, 'utf8');
  } catch (error) {
    return [{ verdict: 'broken', subject, text: `${(error as Error).message}; check tlsCert and tlsKey` }];
  }
  const read = readCertificate({ certificatePem, privateKeyPem });
  if (!read.ok) {
    return [
      {
        verdict: 'broken',
        subject,
        text: `${certificateFile}: ${read.reason}; write PEM files that belong together`,
      },
    ];
  }
  return describeCertificate(new X509Certificate(read.der.chain[0]!), nowMs);
}

/** Names, expiry, and who signed it. */
function describeCertificate(certificate: X509Certificate, nowMs: number): Finding[] {
  const subject = 'certificate';
  const names = certificate.subjectAltName?.replace(/DNS:|IP Address:/g, '') ?? certificate.subject;
  const expiresAt = Date.parse(certificate.validTo);
  const days = Math.floor((expiresAt - nowMs) / DAY_MS);
  const date = new Date(expiresAt).toISOString().slice(0, 10);
  const findings: Finding[] = [{ verdict: 'ok', subject, text: `for ${names}` }];
  if (days < 0)
    findings.push({ verdict: 'broken', subject: 'expiry', text: `it expired on ${date}; renew it` });
  else if (days < 14)
    findings.push({
      verdict: 'warning',
      subject: 'expiry',
      text: `it expires on ${date}, in ${days} days; renew it`,
    });
  else findings.push({ verdict: 'ok', subject: 'expiry', text: `valid until ${date}` });
  if (certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey)) {
    findings.push({ verdict: 'warning', subject: 'signed by', text: `itself. ${NOT_TRUSTED}` });
  } else
    findings.push({ verdict: 'ok', subject: 'signed by', text: certificate.issuer.replaceAll('\n', ', ') });
  return findings;
}

function nearestFolder(folder: string): string {
  let parent = dirname(folder);
  while (!existsSync(parent) && parent !== dirname(parent)) parent = dirname(parent);
  return parent;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const NOT_TRUSTED =
  'Browsers do not trust it, so TURN over TLS will not work for them: set --tls-cert and --tls-key to one from a public authority';
const DAY_MS = 86_400_000;
