import type { SocketId } from '@madang/core/path/path';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { parseIpAddress } from '@madang/core/path/address-text';
import type { StreamListener } from '../net/stream-listener.js';
import type { UdpNetwork, UdpReceiver } from '../net/udp-network.js';
import type { ListenerSpec } from './engine-options.js';

/** Where the sockets of an engine go. */
export interface ListenerHome {
  readonly network: UdpNetwork;
  readonly receiver: UdpReceiver;
  readonly listener: StreamListener;
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
  /** Measure how long datagrams waited. */
  readonly timestamps?: boolean;
}

/**
 * Opens a listening socket of an engine, or takes over the one it inherits. Answers the socket where it is UDP. Rejects with
 * a sentence that names the address.
 */
export async function openListener(spec: ListenerSpec, home: ListenerHome): Promise<SocketId | undefined> {
  const { family, bytes } = parseIpAddress(spec.address)!;
  const address: TransportAddress = { family, bytes, port: spec.port };
  const where = `${spec.protocol} ${spec.address} port ${spec.port}`;
  if (spec.protocol === 'udp') return openUdp(spec, address, where, home);
  try {
    await (spec.fd === undefined ? home.listener.listen(address) : home.listener.adopt(spec.fd));
    return undefined;
  } catch (error) {
    throw new Error(`Cannot listen on ${where}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

function openUdp(
  spec: ListenerSpec,
  address: TransportAddress,
  where: string,
  { network, receiver, receiveBufferBytes, sendBufferBytes, timestamps = false }: ListenerHome,
): Promise<SocketId> {
  const packetInfo = address.bytes.every((byte) => byte === 0);
  if (spec.fd !== undefined)
    return Promise.resolve(network.adopt(spec.fd, { receiver, packetInfo, timestamps }));
  return new Promise((resolve, reject) => {
    network.open(
      { address, receiver, packetInfo, timestamps, use: 'listener', receiveBufferBytes, sendBufferBytes },
      (result) => {
        if (result.ok) resolve(result.socket);
        else reject(new Error(`Cannot listen on ${where}: ${result.code}`));
      },
    );
  });
}
