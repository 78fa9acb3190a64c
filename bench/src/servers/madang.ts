import { fileURLToPath } from 'node:url';
import { Child } from './child-server.js';
import type { MeasuredServer } from './child-server.js';
import { freePort } from './ports.js';
import { createScratchFolder } from './scratch-folder.js';
import { CREDENTIAL } from './server-options.js';
import type { ServerOptions } from './server-options.js';

/** Madang with the limits off that coturn has off by default. */
export async function startMadang(
  options: ServerOptions & {
    /** Settings besides. */
    readonly more?: Readonly<Record<string, string | number>>;
    /** Options of Node, for the control process and its workers. */
    readonly nodeOptions?: readonly string[];
  },
): Promise<MeasuredServer & { readonly httpPort: number }> {
  const [port, httpPort, mediaPort] = [await freePort(), await freePort(), await freePort()];
  const folder = createScratchFolder('madang');
  const settings: Record<string, string | number> = {
    host: '127.0.0.1',
    workers: 0,
    log: 'json',
    'log-level': 'warn',
    'turn-port': port,
    'http-port': httpPort,
    'turn-tls-port': 'off',
    'media-port': mediaPort,
    'data-dir': folder.path,
    'turn-user': `${CREDENTIAL.username}:${CREDENTIAL.password}`,
    'allow-peers': '127.0.0.0/8',
    'relay-ports': options.relayPorts.join('-'),
    'allocations-per-user': 0,
    'allocations-per-address': 0,
    'allocations-total': options.relayPorts[1] - options.relayPorts[0],
    'max-bitrate-bps': 0,
    'stun-rate-per-address': 0,
    'stun-rate-per-prefix': 0,
    'stun-rate-total': 0,
    'unauthenticated-reply-rate-per-address': 0,
    'unauthenticated-reply-rate-per-prefix': 0,
    'unauthenticated-reply-rate-total': 0,
    'drain-seconds': 0,
    ...options.more,
  };
  const child = new Child({
    command: process.execPath,
    args: [
      ...(options.nodeOptions ?? []),
      MAIN,
      'serve',
      ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]),
    ],
    cpu: options.cpu,
  });
  await child.waitUntil(() => /"event":"ready"/.test(child.output));
  return {
    name: 'madang',
    pid: child.pid,
    port,
    httpPort,
    stop: async () => {
      await child.stop();
      folder.remove();
    },
  };
}

const MAIN = fileURLToPath(new URL('../../../packages/server/dist/cli/main.js', import.meta.url));
