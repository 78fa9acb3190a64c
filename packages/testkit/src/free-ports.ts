import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * `count` neighbouring ports, the first one even, that are free for UDP and TCP on every one of `hosts` now. For
 * programs that cannot choose a port themselves.
 */
export async function findFreePorts(count: number, hosts: readonly string[]): Promise<number[]> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = 30_000 + 2 * Math.floor(Math.random() * 1300);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const checks = ports.flatMap((port) =>
      hosts.flatMap((host) => [isUdpFree(port, host), isTcpFree(port, host)]),
    );
    if ((await Promise.all(checks)).every(Boolean)) return ports;
  }
  throw new Error(`no ${count} free ports on ${hosts.join(', ')}`);
}

/** Whether this machine has the address. */
export function hasAddress(host: string): Promise<boolean> {
  return isUdpFree(0, host);
}

async function isUdpFree(port: number, host: string): Promise<boolean> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const result = new Promise<boolean>((resolve) => {
    socket.once('error', () => {
      resolve(false);
    });
    socket.bind(port, host, () => {
      resolve(true);
    });
  });
  const isFree = await result;
  socket.close();
  return isFree;
}

async function isTcpFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  const result = new Promise<boolean>((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, host, () => {
      resolve(true);
    });
  });
  if (!(await result)) return false;
  server.close();
  await once(server, 'close');
  return true;
}
