import { createRequire } from 'node:module';
import path from 'node:path';
import { Child } from './child-server.js';
import { freePort } from './ports.js';

/** The server of PeerJS, as its package starts it, on a free port of this machine. */
export async function startPeerServer(
  cpu = 0,
): Promise<{ port: number; pid: number; stop(): Promise<void> }> {
  const port = await freePort();
  const child = new Child({
    command: process.execPath,
    args: [BIN, '--port', String(port), '--host', '127.0.0.1', '--path', '/'],
    cpu,
  });
  await child.waitUntil(
    async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.ok === true,
  );
  return { port, pid: child.pid, stop: () => child.stop() };
}

const BIN = path.join(path.dirname(createRequire(import.meta.url).resolve('peer')), ...['bin', 'peerjs.js']);
