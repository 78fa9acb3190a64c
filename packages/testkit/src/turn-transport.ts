import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { StreamDeframer } from '@madang/core/turn/stream-framing';

/** How a TURN client reaches its server. `onMessage` is given whole STUN and ChannelData messages. */
export interface TurnTransport {
  /** Whether what is sent arrives: nothing need be sent again, and ChannelData is padded (RFC 8656 section 12.5). */
  readonly isReliable: boolean;
  readonly localPort: number;
  onMessage: (message: Buffer) => void;
  /** Resolves when the server has closed the connection; never on UDP. */
  readonly closed: Promise<void>;
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface TurnServerAddress {
  readonly host: string;
  readonly port: number;
  /** Address to send from. Default: the system's choice. */
  readonly localAddress?: string;
  /** Port to send from. Default: any. */
  readonly localPort?: number;
}

/** A UDP socket for one server. */
export async function openUdpTransport(server: TurnServerAddress): Promise<TurnTransport> {
  const socket = createSocket({
    type: server.host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: 4 * 1024 * 1024,
  });
  // ICMP errors of what was sent: a client hears no answer, and that is all it needs to know.
  socket.on('error', () => undefined);
  socket.bind(server.localPort ?? 0, server.localAddress);
  await once(socket, 'listening');
  const transport: TurnTransport = {
    isReliable: false,
    localPort: socket.address().port,
    onMessage: () => undefined,
    closed: new Promise(() => undefined),
    send: (bytes) => {
      socket.send(bytes, server.port, server.host);
    },
    close: () => {
      socket.close();
    },
  };
  socket.on('message', (message) => {
    transport.onMessage(message);
  });
  return transport;
}

/** A TCP connection to one server. */
export async function openTcpTransport(server: TurnServerAddress): Promise<TurnTransport> {
  const { host, port, localAddress } = server;
  const socket = connectTcp({ host, port, ...(localAddress !== undefined && { localAddress }) });
  await once(socket, 'connect');
  return streamTransport(socket);
}

/** A TLS connection to one server, whose certificate is not checked. */
export async function openTlsTransport(server: TurnServerAddress): Promise<TurnTransport> {
  const socket = connectTls({ host: server.host, port: server.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return streamTransport(socket);
}

function streamTransport(socket: Socket): TurnTransport {
  socket.setNoDelay(true);
  const deframer = new StreamDeframer({ maximumFrameLength: 65_539 });
  const transport: TurnTransport = {
    isReliable: true,
    localPort: (socket.address() as AddressInfo).port,
    onMessage: () => undefined,
    closed: new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    }),
    send: (bytes) => {
      socket.write(bytes);
    },
    close: () => {
      socket.destroy();
    },
  };
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    deframer.push(chunk, 0, chunk.length, {
      handleFrame(bytes, offset, length) {
        transport.onMessage(Buffer.from(bytes.subarray(offset, offset + length)));
        return 'continue';
      },
    });
  });
  return transport;
}
