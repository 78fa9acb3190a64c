import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DataFolderError, readOrCreate } from './secrets.js';

/**
 * The secret that signs access and resume tokens: 32 random bytes as hex, made at the first start and kept in the data
 * folder, readable by the owner only. Throws DataFolderError.
 */
export function loadAccessSecret(dataDir: string): string {
  const name = 'access-secret';
  const secret = readOrCreate(dataDir, name, () => `${randomBytes(32).toString('hex')}\n`).trim();
  // RFC 7518 section 3.2: a key of HS256 has at least the 256 bits of the hash.
  if (secret.length >= 32) return secret;
  throw new DataFolderError(
    `${join(dataDir, name)} holds fewer than 32 characters, which can be guessed; delete it and a new one is made`,
  );
}
