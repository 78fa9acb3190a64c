import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the data folder cannot be used; the message says which, why, and what to do. */
export class DataFolderError extends Error {}

/**
 * The secret behind time-limited TURN credentials: 32 random bytes as hex, made at the first start and kept in the
 * data folder, readable by the owner only. Throws DataFolderError.
 */
export function loadTurnSecret(dataDir: string): string {
  const secret = readOrCreate(dataDir, TURN_SECRET_FILE, () => `${randomBytes(32).toString('hex')}\n`).trim();
  if (secret.length >= MINIMUM_SECRET_CHARACTERS) return secret;
  const path = join(dataDir, TURN_SECRET_FILE);
  throw new DataFolderError(
    `${path} holds fewer than ${MINIMUM_SECRET_CHARACTERS} characters, which can be guessed; delete it and a new one is made`,
  );
}

/** The content of a file of the data folder, made by `create` (mode 0600) when it is not there. */
export function readOrCreate(dataDir: string, name: string, create: () => string): string {
  const path = join(dataDir, name);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const content = create();
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    chmodSync(path, 0o600);
    return content;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DataFolderError(
      `${path} cannot be used (${code ?? String(error)}); check who owns the folder or write another --data-dir`,
    );
  }
}

/** Name of the file in the data folder. */
export const TURN_SECRET_FILE = 'turn-secret';
const MINIMUM_SECRET_CHARACTERS = 32;
