import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import type { Certificate } from './certificate.js';
import {
  derBitString,
  derTrue,
  derContext,
  derInteger,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSet,
  derTime,
  derUtf8String,
} from './der.js';

export interface SelfSignedOptions {
  readonly commonName?: string;
  /** Host names and IP addresses the certificate is for (subjectAltName). */
  readonly names?: readonly string[];
  /** Now; the certificate is valid from a day before, because clocks differ. */
  readonly issuedAt: Date;
  readonly validDays?: number;
}

/** Makes a fresh ECDSA P-256 key and a certificate signed with it (X.509 v3, RFC 5280). */
export function createSelfSignedCertificate(options: SelfSignedOptions): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = certificateBody(options, spki);
  const certificate = derSequence(body, ECDSA_WITH_SHA256, derBitString(sign('sha256', body, privateKey)));
  return {
    certificatePem: pem('CERTIFICATE', certificate),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const DAY_MILLISECONDS = 86_400_000;
const ECDSA_WITH_SHA256 = derSequence(derObjectIdentifier('1.2.840.10045.4.3.2'));

/** TBSCertificate (RFC 5280 section 4.1). */
function certificateBody(options: SelfSignedOptions, spki: Buffer): Buffer {
  const { commonName = 'Madang', names = [], issuedAt, validDays = 365 } = options;
  const name = derSequence(derSet(derSequence(derObjectIdentifier('2.5.4.3'), derUtf8String(commonName))));
  const start = issuedAt.getTime() - DAY_MILLISECONDS;
  const validity = derSequence(
    derTime(new Date(start)),
    derTime(new Date(start + (validDays + 1) * DAY_MILLISECONDS)),
  );
  // Positive, unpredictable and never zero: 127 random bits below a set bit.
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return derSequence(
    derContext(0, 'explicit', derInteger(Buffer.of(2))),
    derInteger(serial),
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    spki,
    derContext(3, 'explicit', derSequence(...extensions(names, spki))),
  );
}

function extensions(names: readonly string[], spki: Buffer): Buffer[] {
  const keyIdentifier = createHash('sha1').update(spki).digest();
  const list = [
    // Critical: a server certificate that may not sign others, usable for signatures only.
    derSequence(derObjectIdentifier('2.5.29.19'), derTrue(), derOctetString(derSequence())),
    derSequence(
      derObjectIdentifier('2.5.29.15'),
      derTrue(),
      derOctetString(Buffer.of(0x03, 0x02, 0x07, 0x80)),
    ),
    derSequence(derObjectIdentifier('2.5.29.14'), derOctetString(derOctetString(keyIdentifier))),
  ];
  if (names.length > 0) {
    const alternatives = derSequence(...names.map(generalName));
    list.push(derSequence(derObjectIdentifier('2.5.29.17'), derOctetString(alternatives)));
  }
  return list;
}

/** dNSName [2] or iPAddress [7] of subjectAltName (RFC 5280 section 4.2.1.6). */
function generalName(name: string): Buffer {
  const family = isIP(name);
  if (family === 0) return derContext(2, 'implicit', Buffer.from(name, 'latin1'));
  if (family === 4) return derContext(7, 'implicit', Buffer.from(name.split('.').map(Number)));
  return derContext(7, 'implicit', ipv6Bytes(name));
}

function ipv6Bytes(text: string): Buffer {
  // The URL parser writes the canonical form without embedded IPv4.
  const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = new Array<string>(8 - front.length - back.length).fill('0');
  return Buffer.from([...front, ...zeros, ...back].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
