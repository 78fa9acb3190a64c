import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { defaultConfig } from '../../config/resolve.js';
import type { Config } from '../../config/resolve.js';
import { createSelfSignedCertificate } from '../../crypto/self-signed-certificate.js';
import { checkStorage } from './storage.js';

const NOW = Date.UTC(2030, 0, 1);
const DAY_MS = 86_400_000;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'madang-storage-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Findings as `mark subject: text`. */
function look(settings: Partial<Config>): string[] {
  const { findings } = checkStorage({ ...defaultConfig(1), ...settings }, NOW);
  return findings.map(({ verdict, subject, text }) => `${verdict} ${subject}: ${text}`);
}

function writeCertificate(folder: string, validDays: number): { tlsCert: string; tlsKey: string } {
  const made = createSelfSignedCertificate({
    commonName: 'calls.example',
    names: ['calls.example', '192.0.2.7'],
    issuedAt: new Date(NOW - 10 * DAY_MS),
    validDays,
  });
  const files = { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') };
  writeFileSync(files.tlsCert, made.certificatePem);
  writeFileSync(files.tlsKey, made.privateKeyPem);
  return files;
}

test('before the first start it says what will be made, and makes nothing', (t) => {
  const folder = folderOf(t);
  const lines = look({ dataDir: join(folder, 'deep', 'data') });
  assert.match(lines[0]!, /^note data folder: .*data is made at the first start$/);
  assert.match(
    lines[1]!,
    /^warning certificate: a self-signed one is made at the first start\. Browsers do not trust/,
  );
  assert.equal(lines.length, 2);
  assert.deepEqual(readdirSync(folder), []);
});

test('a file in place of the data folder is broken', (t) => {
  const file = join(folderOf(t), 'data');
  writeFileSync(file, '');
  assert.match(look({ dataDir: file })[0]!, /^broken data folder: .* is no folder/);
});

test(
  'a secret others can read is broken, and the line says the command that mends it',
  { skip: process.platform === 'win32' && 'no modes on Windows' },
  (t) => {
    const dataDir = join(folderOf(t), 'data');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'turn-secret'), 's');
    chmodSync(join(dataDir, 'turn-secret'), 0o644);
    assert.match(look({ dataDir })[1]!, /^broken TURN secret: .*mode 644.*chmod 600 .*turn-secret$/);
    chmodSync(join(dataDir, 'turn-secret'), 0o600);
    assert.match(look({ dataDir })[1]!, /^ok TURN secret/);
  },
);

test('names, expiry and signer of a certificate', (t) => {
  const folder = folderOf(t);
  const certificateLines = (validDays: number): string[] =>
    look({ dataDir: folder, ...writeCertificate(folder, validDays) }).slice(1);
  const [names, expiry, signer] = certificateLines(100);
  assert.equal(names, 'ok certificate: for calls.example, 192.0.2.7');
  assert.match(expiry!, /^ok expiry: valid until 2030-0[34]-\d\d$/);
  assert.match(signer!, /^warning signed by: itself/);
  assert.match(certificateLines(15)[1]!, /^warning expiry: it expires on 2030-01-0\d, in [45] days/);
  assert.match(certificateLines(5)[1]!, /^broken expiry: it expired on 2029-12-2\d/);
});

test('files that do not belong together, or are missing, are broken', (t) => {
  const folder = folderOf(t);
  const { tlsCert } = writeCertificate(folder, 100);
  const other = join(folder, 'other');
  mkdirSync(other);
  const { tlsKey } = writeCertificate(other, 100);
  assert.match(look({ dataDir: folder, tlsCert, tlsKey })[1]!, /^broken certificate: .*private key/);
  const missing = join(folder, 'none.pem');
  assert.match(
    look({ dataDir: folder, tlsCert: missing, tlsKey })[1]!,
    /^broken certificate: ENOENT.*tlsCert and tlsKey$/,
  );
});
