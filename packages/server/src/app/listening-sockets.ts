import { parseIpAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { errnoName } from '../native/libc/errno.js';
import { closeDescriptor, openTcpListener, openUdpSocket } from '../native/libc/socket.js';
import type { ListenerSpec, TurnEngineOptions } from '../workers/engine-options.js';

/** What is listened on, for how many workers. */
export interface ListeningOptions {
  readonly workers: number;
  readonly engine: Pick<TurnEngineOptions, 'listeners' | 'receiveBufferBytes' | 'sendBufferBytes'>;
  /** Worker i listens for media on port `firstPort` + i of each host. */
  readonly media: { readonly hosts: readonly string[]; readonly firstPort: number } | undefined;
}

/** A socket, or one for each worker, that stays open while workers come and go. */
export interface ListeningSocket {
  readonly spec: ListenerSpec;
  /** What the sockets are for: TURN is for all workers, each media port for one. */
  readonly use: 'turn' | number;
  /** UDP of TURN: one for each worker; otherwise one. */
  readonly fds: readonly number[];
}

/**
 * The listening sockets: of TURN one UDP socket per worker (SO_REUSEPORT) and one TCP socket for all; of media one of
 * each for each worker, on its own port. Those of before, in the same order, or else new ones.
 */
export function openListeners(options: ListeningOptions, adopted: readonly number[]): ListeningSocket[] {
  const { engine, media, workers } = options;
  const plan: Omit<ListeningSocket, 'fds'>[] = engine.listeners.map((spec) => ({ spec, use: 'turn' }));
  if (media !== undefined) {
    for (let index = 0; index < workers; index++) {
      const specs = media.hosts.flatMap((address) => mediaSpecs(address, media.firstPort + index));
      plan.push(...specs.map((spec) => ({ spec, use: index })));
    }
  }
  let taken = 0;
  return plan.map(({ spec, use }) => {
    const count = use === 'turn' && spec.protocol === 'udp' ? workers : 1;
    if (adopted.length > 0) return { spec, use, fds: adopted.slice(taken, (taken += count)) };
    return { spec, use, fds: openSockets(engine, spec, count) };
  });
}

function openSockets(engine: ListeningOptions['engine'], spec: ListenerSpec, count: number): number[] {
  const { family, bytes } = parseIpAddress(spec.address)!;
  const address = { family, bytes, port: spec.port };
  if (spec.protocol === 'udp') assertNobodyListens(spec, address);
  return Array.from({ length: count }, () => {
    const result =
      spec.protocol === 'tcp'
        ? openTcpListener(address, TCP_BACKLOG)
        : openUdpSocket({
            address,
            reusePort: true,
            packetInfo: bytes.every((byte) => byte === 0),
            receiveOffload: true,
            receiveBufferBytes: engine.receiveBufferBytes,
            sendBufferBytes: engine.sendBufferBytes,
          });
    if (result.ok) return result.fd;
    throw listenError(spec, result.errno);
  });
}

/**
 * With SO_REUSEPORT a second server on the port would silently take part of the flows, and the kernel would not
 * object: a socket without that option finds out.
 */
function assertNobodyListens(spec: ListenerSpec, address: TransportAddress): void {
  const probe = openUdpSocket({ address });
  if (!probe.ok) throw listenError(spec, probe.errno);
  closeDescriptor(probe.fd);
}

function listenError(spec: ListenerSpec, failure: number): ListenError {
  const where = `${spec.protocol} ${spec.address} port ${spec.port}`;
  return new ListenError(`Cannot listen on ${where}: ${errnoName(failure)}`);
}

/** What a media engine listens on at one address. */
export function mediaSpecs(address: string, port: number): ListenerSpec[] {
  return [
    { protocol: 'udp', address, port },
    { protocol: 'tcp', address, port },
  ];
}

/** A listener could not be opened; the message says which one and what could be done. */
export class ListenError extends Error {}

const TCP_BACKLOG = 1024;
