import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * The first of `count` neighbouring ports that are free for TCP and UDP on every one of `hosts` at this moment, none of
 * them in `taken`; near one the system chooses. Rejects when the system refuses to listen on a host at all.
 */
export async function findFreePorts(
  hosts: readonly string[],
  count: number,
  taken: readonly (number | 'off')[],
): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const first = await systemChoice(hosts[0]!);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const checks = ports.flatMap((port) =>
      hosts.flatMap((host) => [isTcpFree(port, host), isUdpFree(port, host)]),
    );
    const areFree = (await Promise.all(checks)).every(Boolean) && !ports.some((port) => taken.includes(port));
    if (areFree || attempt > 50) return first;
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
