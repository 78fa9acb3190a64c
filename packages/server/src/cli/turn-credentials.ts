import { randomBytes } from 'node:crypto';
import type { WallClockSeconds } from '@madang/core/time/instant';
import { mintTimeLimitedCredential } from '@madang/core/turn/credentials';
import { planNetwork } from '../app/network-plan.js';
import { loadTurnSecret } from '../app/secrets.js';
import { turnUrls } from '../app/server.js';
import { NodeCrypto } from '../crypto/node-crypto.js';
import { iceServersAt } from '../services/turn/ice-servers.js';
import { EXIT_CONFIGURATION, loadCommandConfig } from './load-config.js';

/** `madang turn-credentials`: mints a time-limited username and password with the secret of the data folder. */
export async function turnCredentials(args: readonly string[]): Promise<number> {
  const own = takeOwnOptions(args);
  if (typeof own === 'string') {
    process.stderr.write(`${own}\n`);
    return EXIT_CONFIGURATION;
  }
  const config = loadCommandConfig(own.rest);
  if (config === undefined) return EXIT_CONFIGURATION;
  const ttlSeconds = own.ttlSeconds ?? config.credentialTtlSeconds;
  let secret: string;
  try {
    secret = loadTurnSecret(config.dataDir);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
  const credential = mintTimeLimitedCredential({
    crypto: new NodeCrypto(),
    secret,
    identity: own.identity,
    expiresAt: (Math.floor(Date.now() / 1000) + ttlSeconds) as WallClockSeconds,
  });
  const urls = turnUrls(await planNetwork(config, 0));
  if (own.format === 'json') {
    const { iceServers } = iceServersAt(urls)({ ...credential, ttlSeconds });
    process.stdout.write(`${JSON.stringify({ iceServers }, undefined, 2)}\n`);
    return 0;
  }
  const lines = [
    `username  ${credential.username}`,
    `password  ${credential.password}`,
    `realm     ${config.realm}`,
    `valid     ${ttlSeconds} s`,
    ...urls.map((url, index) => `${index === 0 ? 'urls    ' : '        '}  ${url}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

interface OwnOptions {
  readonly ttlSeconds: number | undefined;
  readonly identity: string;
  readonly format: 'text' | 'json';
  readonly rest: readonly string[];
}

/** The options that only this command has; the rest is `serve`'s. A text is what is wrong with them. */
function takeOwnOptions(args: readonly string[]): OwnOptions | string {
  let ttlSeconds: number | undefined;
  // Of its own each time: between two relays of one identity nothing is relayed, and people do share what is printed.
  let identity = `operator-${randomBytes(3).toString('hex')}`;
  let format: 'text' | 'json' = 'text';
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = splitOption(args[i]!);
    if (name === '--json') {
      format = 'json';
      continue;
    }
    if (name !== '--ttl' && name !== '--identity') {
      rest.push(args[i]!);
      continue;
    }
    const value = inline ?? args[++i];
    if (name === '--identity') {
      if (value === undefined || !/^[\w.@-]{1,100}$/.test(value)) {
        return `Configuration error: --identity '${value ?? ''}': it is not a name; write 1 to 100 letters, digits, '.', '_', '@' or '-'`;
      }
      identity = value;
    } else {
      if (value === undefined || !/^\d{1,6}$/.test(value) || Number(value) < 1 || Number(value) > 86_400) {
        return `Configuration error: --ttl '${value ?? ''}': it is not a number of seconds; write 1 to 86400`;
      }
      ttlSeconds = Number(value);
    }
  }
  return { ttlSeconds, identity, format, rest };
}

function splitOption(text: string): [name: string, value: string | undefined] {
  const at = text.indexOf('=');
  return text.startsWith('--') && at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [text, undefined];
}
