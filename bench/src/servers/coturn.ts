import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { Child } from './child-server.js';
import type { MeasuredServer } from './child-server.js';
import { answersStun, freePort } from './ports.js';
import { createScratchFolder } from './scratch-folder.js';
import { CREDENTIAL } from './server-options.js';
import type { ServerOptions } from './server-options.js';

/** coturn as fast as its options make it: one relay thread, no logs, no bandwidth limits, shortest answers. */
export async function startCoturn(options: ServerOptions): Promise<MeasuredServer> {
  const port = await freePort();
  const folder = createScratchFolder('coturn');
  const child = new Child({
    command: 'turnserver',
    args: [
      ...['-n', '--listening-port', String(port), '--listening-ip', '127.0.0.1', '--relay-ip', '127.0.0.1'],
      ...['--lt-cred-mech', '--user', `${CREDENTIAL.username}:${CREDENTIAL.password}`, '--realm', 'bench'],
      ...['--relay-threads', '1', '--allow-loopback-peers', '--max-bps', '0', '--bps-capacity', '0'],
      ...['--min-port', String(options.relayPorts[0]), '--max-port', String(options.relayPorts[1])],
      ...['--no-tls', '--no-dtls', '--no-cli', '--no-tcp-relay', '--no-rfc5780', '--no-software-attribute'],
      ...['--no-stun-backward-compatibility', '--response-origin-only-with-rfc5780'],
      ...['--log-file', '/dev/null', '--no-stdout-log', '--simple-log'],
      ...['--userdb', path.join(folder.path, 'turndb'), '--pidfile', path.join(folder.path, 'pid')],
    ],
    cpu: options.cpu,
  });
  await child.waitUntil(() => answersStun(port));
  return {
    name: 'coturn',
    pid: child.pid,
    port,
    stop: async () => {
      await child.stop();
      folder.remove();
    },
  };
}

/** '4.6.1', or undefined where it is not installed. */
export function coturnVersion(): string | undefined {
  try {
    const text = execFileSync('turnserver', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /\d+\.\d+(\.\d+)?/.exec(text)?.[0];
  } catch {
    return undefined;
  }
}
