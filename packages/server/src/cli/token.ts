import { object, optional, required, word } from '@madang/wire/json-shape';
import { ROLES } from '@madang/wire/room-state';
import type { Role } from '@madang/wire/room-state';
import { personName, roomName } from '@madang/wire/state-shapes';
import { loadAccessSecret } from '../app/access-secret.js';
import { mintAccessToken } from '../services/auth/access-token.js';
import { EXIT_CONFIGURATION, loadCommandConfig } from './load-config.js';

/** `madang token`: mints an access token for one room with the secret of the data folder. */
export async function token(args: readonly string[]): Promise<number> {
  const own = takeOwnOptions(args);
  if (typeof own === 'string') {
    process.stderr.write(`Configuration error: ${own}\n`);
    return EXIT_CONFIGURATION;
  }
  const config = loadCommandConfig(own.rest);
  if (config === undefined) return EXIT_CONFIGURATION;
  let secret: string;
  try {
    secret = loadAccessSecret(config.dataDir);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
  const { ttlSeconds, rest: _, ...grant } = own;
  const minted = await mintAccessToken(grant, { secret, ttlSeconds });
  process.stdout.write(`${minted}\n`);
  // For a person at the terminal; standard output carries the token alone.
  if (process.stdout.isTTY) {
    process.stderr.write(
      `\nAs a link, after the address of the server:\n/r/${encodeURIComponent(grant.room)}#token=${minted}\n`,
    );
  }
  return 0;
}

interface OwnOptions {
  readonly room: string;
  readonly name?: string;
  readonly role: Role;
  readonly ttlSeconds: number;
  readonly rest: readonly string[];
}

/** The options that only this command has; the rest is `serve`'s. A text is what is wrong with them. */
function takeOwnOptions(args: readonly string[]): OwnOptions | string {
  const given: Record<string, string | undefined> = { role: 'member', ttl: `${DEFAULT_TTL_SECONDS}` };
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const match = /^--(room|name|role|ttl)(?:=(.*))?$/s.exec(args[i]!);
    if (match === null) rest.push(args[i]!);
    else given[match[1]!] = match[2] ?? args[++i];
  }
  const { ttl = '' } = given;
  const named = readNames(given);
  if (named === undefined) {
    if (roomName(given['room']) === undefined) return "--room: write the room's name, 1 to 64 characters";
    if (given['name'] !== undefined && personName(given['name']) === undefined)
      return "--name: write the participant's name, 1 to 64 characters, or leave it out";
    return `--role '${given['role'] ?? ''}': write host, member or viewer`;
  }
  if (!/^\d{1,6}$/.test(ttl) || Number(ttl) < 1 || Number(ttl) > 86_400) {
    return `--ttl '${ttl}': it is not a number of seconds; write 1 to 86400`;
  }
  return { ...named, ttlSeconds: Number(ttl), rest };
}

const readNames = object<Pick<OwnOptions, 'room' | 'name' | 'role'>>({
  room: required(roomName),
  name: optional(personName),
  role: required(word(ROLES)),
});

/** A day of meetings: a session ends with its token. Programs renew theirs and ask for less. */
const DEFAULT_TTL_SECONDS = 12 * 3600;
