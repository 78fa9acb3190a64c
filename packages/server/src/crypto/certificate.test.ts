import assert from 'node:assert/strict';
import { X509Certificate, createHash, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { certificateFingerprint, readCertificate } from './certificate.js';
import { derInteger, derObjectIdentifier, derTime } from './der.js';
import { createSelfSignedCertificate } from './self-signed-certificate.js';

const ISSUED = new Date('2026-03-01T12:00:00Z');

test('DER of integers, object identifiers and times', () => {
  assert.equal(derInteger(Buffer.of(0)).toString('hex'), '020100');
  assert.equal(derInteger(Buffer.of(0, 0, 0x80)).toString('hex'), '02020080');
  assert.equal(derInteger(Buffer.of(0x7f)).toString('hex'), '02017f');
  assert.equal(derObjectIdentifier('1.2.840.10045.4.3.2').toString('hex'), '06082a8648ce3d040302');
  assert.equal(derTime(new Date('2049-12-31T23:59:59Z')).toString('latin1', 2), '491231235959Z');
  assert.equal(derTime(new Date('2050-01-01T00:00:00Z')).toString('latin1', 2), '20500101000000Z');
});

test('a self-signed certificate is one X.509 v3 certificate that its own key signed', () => {
  const names = ['turn.example.org', '192.0.2.7', '2001:db8::5', '::ffff:192.0.2.1', '::'];
  const made = createSelfSignedCertificate({
    commonName: 'turn.example.org',
    names,
    issuedAt: ISSUED,
    validDays: 30,
  });
  const parsed = new X509Certificate(made.certificatePem);
  assert.ok(parsed.verify(parsed.publicKey));
  assert.equal(parsed.subject, 'CN=turn.example.org');
  assert.equal(parsed.issuer, parsed.subject);
  assert.equal(parsed.ca, false);
  assert.equal(parsed.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.equal(new Date(parsed.validFrom).toISOString(), '2026-02-28T12:00:00.000Z');
  assert.equal(new Date(parsed.validTo).toISOString(), '2026-03-31T12:00:00.000Z');
  assert.equal(parsed.checkHost('turn.example.org'), 'turn.example.org');
  assert.equal(parsed.checkHost('other.example.org'), undefined);
  for (const address of ['192.0.2.7', '2001:db8::5', '::ffff:192.0.2.1', '::']) {
    assert.notEqual(parsed.checkIP(address), undefined, address);
  }
  assert.equal(parsed.checkIP('192.0.2.8'), undefined);
});

test('two certificates never share key or serial number', () => {
  const [a, b] = [1, 2].map(
    () => new X509Certificate(createSelfSignedCertificate({ issuedAt: ISSUED }).certificatePem),
  );
  assert.notEqual(a!.serialNumber, b!.serialNumber);
  assert.notEqual(a!.fingerprint256, b!.fingerprint256);
});

test('fingerprints are those of SDP', () => {
  const { certificatePem } = createSelfSignedCertificate({ issuedAt: ISSUED });
  const parsed = new X509Certificate(certificatePem);
  assert.equal(certificateFingerprint(certificatePem), parsed.fingerprint256);
  assert.equal(certificateFingerprint(certificatePem, 'sha-512'), parsed.fingerprint512);
  const sha384 = createHash('sha384').update(parsed.raw).digest('hex');
  assert.equal(certificateFingerprint(certificatePem, 'sha-384').replaceAll(':', '').toLowerCase(), sha384);
});

test('a chain and key are read; what does not fit is a reason', () => {
  const mine = createSelfSignedCertificate({ issuedAt: ISSUED });
  const other = createSelfSignedCertificate({ issuedAt: ISSUED });
  const chain = readCertificate({
    ...mine,
    certificatePem: `text\n${mine.certificatePem}${other.certificatePem}`,
  });
  assert.ok(chain.ok && chain.der.chain.length === 2);
  assert.deepEqual(chain.der.chain[0], new X509Certificate(mine.certificatePem).raw);
  const encrypted = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
    .toString();
  for (const [what, bad] of Object.entries({
    empty: { certificatePem: '', privateKeyPem: '' },
    swapped: { certificatePem: mine.privateKeyPem, privateKeyPem: mine.certificatePem },
    'key of another': { certificatePem: mine.certificatePem, privateKeyPem: other.privateKeyPem },
    'encrypted key': { certificatePem: mine.certificatePem, privateKeyPem: encrypted },
    garbage: {
      certificatePem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      privateKeyPem: mine.privateKeyPem,
    },
  })) {
    const result = readCertificate(bad);
    assert.ok(!result.ok && result.reason.length > 0, what);
  }
});
