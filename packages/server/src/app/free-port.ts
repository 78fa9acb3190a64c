import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * A port the system chooses that is free for TCP and UDP on every one of `hosts` at this moment, and is not `other`.
 * Rejects when the system refuses to listen on a host at all.
 */
export async function findFreePort(hosts: readonly string[], other?: number): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const port = await systemChoice(hosts[0]!);
    const checks = hosts.flatMap((host) => [isTcpFree(port, host), isUdpFree(port, host)]);
    const isFree = (await Promise.all(checks)).every(Boolean);
    if ((isFree && port !== other) || attempt > 50) return port;
  }
}

async function systemChoice(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function isTcpFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

function isUdpFree(port: number, host: string): Promise<boolean> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    socket.once('error', () => {
      resolve(false);
    });
    socket.bind(port, host, () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
}
