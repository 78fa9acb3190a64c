import { randomFillSync } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { formatIpAddress, parseIpAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';
import type { NatDiscoveryResult } from '@madang/core/stun/nat-behaviour';
import type { NatDiscoveryClientOutput } from '@madang/core/stun/nat-discovery-client';
import { NatDiscoveryClient } from '@madang/core/stun/nat-discovery-client';
import { instant } from '@madang/core/time/instant';

/** Runs NAT behaviour discovery from a UDP socket on `local` (its port 0: any) against `server`. */
export async function discoverNat(
  server: TransportAddress,
  local: TransportAddress,
): Promise<NatDiscoveryResult> {
  const socket = createSocket(local.family === 4 ? 'udp4' : 'udp6');
  socket.bind(local.port, formatIpAddress(local));
  await once(socket, 'listening');
  try {
    return await new Promise((resolve, reject) => {
      const output: NatDiscoveryClientOutput = {
        sendTo: (destination, bytes, offset, length) => {
          socket.send(bytes, offset, length, destination.port, formatIpAddress(destination), () => undefined);
        },
      };
      const client = new NatDiscoveryClient({
        server,
        localAddress: { ...local, port: socket.address().port },
        random: {
          fillPublic: (into) => void randomFillSync(into),
          fillSecret: (into) => void randomFillSync(into),
        },
        // Nothing is far or lossy in a laboratory: 100 ms are a hundred round trips.
        initialRtoMs: 100,
      });
      const now = () => instant(performance.now());
      let timer: NodeJS.Timeout | undefined;
      const proceed = (): void => {
        clearTimeout(timer);
        if (client.result !== undefined) {
          resolve(client.result);
          return;
        }
        timer = setTimeout(() => {
          client.handleTimeout(now(), output);
          proceed();
        }, client.nextDeadline() - now());
      };
      socket.once('error', reject);
      socket.on('message', (bytes, from) => {
        const source = { ...parseIpAddress(from.address)!, port: from.port };
        client.handleDatagram(now(), source, bytes, 0, bytes.length, output);
        proceed();
      });
      client.start(now(), output);
      proceed();
    });
  } finally {
    socket.close();
  }
}
