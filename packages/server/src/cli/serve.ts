import { loadAccessSecret } from '../app/access-secret.js';
import { findPortHolder } from '../app/port-holder.js';
import { MadangServer } from '../app/server.js';
import type { Config } from '../config/resolve.js';
import { createStandardErrorLog } from '../observe/log.js';
import type { Log } from '../observe/log.js';
import { mintAccessToken } from '../services/auth/access-token.js';
import { help } from './help.js';
import { EXIT_CONFIGURATION, loadCommandConfig } from './load-config.js';

/** `madang serve`: starts everything and runs until SIGTERM or SIGINT; a second signal ends at once. */
export async function serve(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) return help();
  const config = loadCommandConfig(args);
  if (config === undefined) return EXIT_CONFIGURATION;
  const log = createStandardErrorLog({ format: config.log, level: config.logLevel });
  let server: MadangServer;
  try {
    server = await MadangServer.start(config, log);
  } catch (error) {
    log('error', explain(error));
    return 1;
  }
  // Whoever reads the ready line may send a signal at once; unheard it would leave the workers alone.
  const ended = runUntilSignal(server, log);
  await announce(server, config, log);
  return ended;
}

/** A failed start in words; a port in use names who could hold it. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const port = /^Cannot listen on (udp|tcp) .*port (\d+).*EADDRINUSE/.exec(message);
  if (port !== null) {
    const holder = findPortHolder(port[1] as 'udp' | 'tcp', Number(port[2]));
    const who = holder === undefined ? 'another process has it' : `${holder} has it`;
    return `${message.replace(': EADDRINUSE', '')}: ${who}; stop that one or choose another port`;
  }
  if (message.includes('EACCES')) {
    return `${message}; ports below 1024 need privilege (CAP_NET_BIND_SERVICE) or another port`;
  }
  if (message.includes('EADDRNOTAVAIL')) {
    return `${message}; no interface of this machine has that address, write another --host`;
  }
  return message;
}

async function announce(server: MadangServer, config: Config, log: Log): Promise<void> {
  const { http, https, turn, media } = server.addresses;
  if (config.log === 'json') {
    const ready = { event: 'ready', http, ...(https && { https }), turn, media, pid: process.pid };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
  } else {
    const base = https ?? http;
    const token = await operatorToken(config);
    const entrance = token === '' ? '/' : `/r/${OPERATOR_ROOM}${token}`;
    process.stdout.write(
      [
        '',
        '  Madang is open.',
        '',
        `  Start a call  ${base}${entrance}`,
        `  Doctor        ${base}/doctor${token}`,
        ...turn.map((url, index) => `  ${index === 0 ? 'STUN and TURN' : '             '} ${url}`),
        '  Credentials   madang turn-credentials',
        '',
        '',
      ].join('\n'),
    );
  }
  if (process.getuid?.() === 0) {
    log('warn', 'Running as root is not needed: ports below 1024 need only CAP_NET_BIND_SERVICE');
  }
}

/**
 * Where strangers are not let in, the operator at the terminal gets a token for one room with the addresses: a fragment,
 * which browsers do not send, and never logged. Empty on an open server.
 */
async function operatorToken(config: Config): Promise<string> {
  if (config.access === 'open') return '';
  const grant = { room: OPERATOR_ROOM, role: 'host' } as const;
  const options = { secret: loadAccessSecret(config.dataDir), ttlSeconds: OPERATOR_TOKEN_SECONDS };
  return `#token=${await mintAccessToken(grant, options)}`;
}

const OPERATOR_ROOM = 'madang';
const OPERATOR_TOKEN_SECONDS = 12 * 3600;

function runUntilSignal(server: MadangServer, log: Log): Promise<number> {
  return new Promise((resolve) => {
    let firstSignalAt: number | undefined;
    const handle = (): void => {
      const now = performance.now();
      // Ctrl-C under npm arrives twice: from the terminal, and passed on by npm.
      if (firstSignalAt !== undefined && now - firstSignalAt < SAME_SIGNAL_MS) return;
      const ending = firstSignalAt === undefined ? server.drain() : server.stop();
      firstSignalAt ??= now;
      ending.then(
        () => {
          resolve(0);
          // Nothing is left to do; a stray handle must not keep the process.
          setTimeout(() => process.exit(0), 500).unref();
        },
        (error: unknown) => {
          log('error', 'Stopping failed', { reason: String(error) });
          resolve(1);
        },
      );
    };
    process.on('SIGTERM', handle);
    process.on('SIGINT', handle);
  });
}

const SAME_SIGNAL_MS = 500;
