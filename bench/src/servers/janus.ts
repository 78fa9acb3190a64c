import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import WebSocket from 'ws';
import { Child } from './child-server.js';
import { freePort } from './ports.js';
import { createScratchFolder } from './scratch-folder.js';

/** Janus with its VideoRoom plugin alone, reached over WebSocket; no logs, no events, one loop for all connections. */
export interface JanusServer {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startJanus(options: { readonly cpu: number }): Promise<JanusServer> {
  const port = await freePort();
  const folder = createScratchFolder('janus');
  const write = (name: string, lines: readonly string[]): void => {
    writeFileSync(path.join(folder.path, name), `${lines.join('\n')}\n`);
  };
  write('janus.jcfg', [
    'general: {',
    `  configs_folder = "${folder.path}"`,
    '  debug_level = 1',
    '  event_loops = 1',
    '  session_timeout = 0',
    '}',
    'certificates: { dtls_accept_selfsigned = true }',
    'media: { rtp_port_range = "32240-40239", ipv6 = false }',
    // Lite, as Madang is: who connects makes the checks.
    'nat: { ice_lite = true, full_trickle = false }',
    `plugins: { disable = "${others(PLUGINS, 'videoroom')}" }`,
    `transports: { disable = "${others(TRANSPORTS, 'websockets')}" }`,
  ]);
  write('janus.plugin.videoroom.jcfg', ['general: { }']);
  write('janus.transport.websockets.jcfg', [
    `general: { json = "compact", ws = true, ws_port = ${port}, ws_ip = "127.0.0.1", wss = false }`,
    'admin: { admin_ws = false, admin_wss = false }',
  ]);
  const child = new Child({
    command: 'janus',
    args: ['--configs-folder', folder.path, '--config', path.join(folder.path, 'janus.jcfg')],
    cpu: options.cpu,
  });
  const url = `ws://127.0.0.1:${port}`;
  await child.waitUntil(() => opens(url));
  return {
    pid: child.pid,
    url,
    stop: async () => {
      await child.stop();
      folder.remove();
    },
  };
}

/** '1.1.2', or undefined where it is not installed. It says so and then complains of the option. */
export function janusVersion(): string | undefined {
  const { stdout } = spawnSync('janus', ['--version'], { encoding: 'utf8' });
  // Of what does not run there is no output at all.
  return /\d+\.\d+\.\d+/.exec(String(stdout))?.[0];
}

function others(names: readonly string[], kept: string): string {
  return names
    .filter((name) => name !== kept)
    .map((name) => `libjanus_${name}.so`)
    .join(',');
}

function opens(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, 'janus-protocol');
    socket.once('open', () => {
      socket.close();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

const PLUGINS = [
  ...['audiobridge', 'duktape', 'echotest', 'lua', 'nosip', 'recordplay', 'sip', 'streaming', 'textroom'],
  ...['videocall', 'videoroom', 'voicemail'],
];
const TRANSPORTS = ['http', 'mqtt', 'nanomsg', 'pfunix', 'rabbitmq', 'websockets'];
