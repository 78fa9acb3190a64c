import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import type { ServerProcess } from '@madang/testkit/server-process';

const EXECUTABLE = '/usr/bin/chromium';

/** Why tests in Chromium cannot run here, or false: the value of `skip`. */
export const skipWithoutChromium: string | false = existsSync(EXECUTABLE)
  ? false
  : `${EXECUTABLE} is missing (Debian package chromium)`;

/**
 * Headless Chromium that keeps to itself. Of certificates no authority has signed it accepts exactly the given
 * servers', named by their keys.
 */
export function launchChromium(
  trusted: readonly ServerProcess[] = [],
  more: readonly string[] = [],
): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...(trusted.length > 0
        ? [`--ignore-certificate-errors-spki-list=${trusted.map(keyHash).join(',')}`]
        : []),
      ...more,
    ],
  });
}

/** Base64 of the SHA-256 of the SubjectPublicKeyInfo of the server's self-signed certificate. */
function keyHash(server: ServerProcess): string {
  const certificate = new X509Certificate(readFileSync(path.join(server.dataDir, 'tls-self-signed.pem')));
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}
