import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { StreamDeframer } from '@madang/core/turn/stream-framing';
import { openDtlsEndpoint } from '../../crypto/dtls-endpoint.js';

export type WireKind = 'udp' | 'tcp' | 'tls' | 'dtls';

/** A way to the server that carries whole STUN messages. */
export interface StunWire {
  readonly transport: 'reliable' | 'unreliable';
  /** Words about the connection itself: the protocol agreed on. */
  readonly detail: string;
  onMessage: (message: Uint8Array) => void;
  send(bytes: Uint8Array): void;
  close(): void;
}

/** Opens a way to the server. Rejects with a reason in words when that takes more than 3 s or fails. */
export async function openWire(kind: WireKind, host: string, port: number): Promise<StunWire> {
  switch (kind) {
    case 'udp':
      return openUdp(host, port);
    case 'tcp':
      return streamWire(connectTcp({ host, port }), 'connect', () => '');
    case 'tls': {
      // Who has signed the certificate is said elsewhere; here the question is whether TLS is spoken at all.
      const socket = connectTls({ host, port, rejectUnauthorized: false });
      return streamWire(socket, 'secureConnect', () => socket.getProtocol() ?? '');
    }
    case 'dtls':
      return openDtls(host, port);
  }
}

async function openUdp(host: string, port: number): Promise<StunWire> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  // "Refused" comes as an error here; the missing answer says the same.
  socket.on('error', () => undefined);
  socket.bind();
  await once(socket, 'listening');
  const wire: StunWire = {
    transport: 'unreliable',
    detail: '',
    onMessage: () => undefined,
    send: (bytes) => {
      socket.send(bytes, port, host);
    },
    close: () => {
      socket.close();
    },
  };
  socket.on('message', (message) => {
    wire.onMessage(message);
  });
  return wire;
}

async function streamWire(socket: Socket, opened: string, detailOf: () => string): Promise<StunWire> {
  try {
    await once(socket, opened, { signal: AbortSignal.timeout(OPEN_TIMEOUT_MS) });
  } catch (error) {
    socket.destroy();
    throw new Error(reasonOf(error));
  }
  socket.on('error', () => undefined);
  const deframer = new StreamDeframer({ maximumFrameLength: MAXIMUM_MESSAGE_BYTES });
  const wire: StunWire = {
    transport: 'reliable',
    detail: detailOf(),
    onMessage: () => undefined,
    send: (bytes) => {
      socket.write(bytes);
    },
    close: () => {
      socket.destroy();
    },
  };
  socket.on('data', (chunk) => {
    deframer.push(chunk, 0, chunk.length, {
      handleFrame(bytes, offset, length) {
        wire.onMessage(bytes.slice(offset, offset + length));
        return 'continue';
      },
    });
  });
  return wire;
}

/** DTLS 1.2 over a UDP wire, with OpenSSL's retransmission driven from here. */
async function openDtls(host: string, port: number): Promise<StunWire> {
  const opened = openDtlsEndpoint({ role: 'client' });
  if (!opened.ok) throw new Error(`this machine cannot speak it: ${opened.reason}`);
  const udp = await openUdp(host, port);
  const wire: StunWire = {
    transport: 'unreliable',
    detail: '',
    onMessage: () => undefined,
    send: (bytes) => {
      session.write(bytes, 0, bytes.length);
    },
    close: () => {
      clearInterval(timer);
      session.close();
      session.free();
      opened.endpoint.free();
      udp.close();
    },
  };
  const session = opened.endpoint.createSession({
    transmit: (bytes, offset, length) => {
      udp.send(bytes.slice(offset, offset + length));
    },
    plaintext: (bytes, offset, length) => {
      wire.onMessage(bytes.slice(offset, offset + length));
    },
  });
  let settled: () => void = () => undefined;
  const timer = setInterval(() => {
    if (session.state === 'handshaking' && (session.retransmissionDueMilliseconds() ?? 1) <= 0)
      session.handleTimeout();
  }, 50);
  udp.onMessage = (message) => {
    session.handleDatagram(message, 0, message.length);
    if (session.state !== 'handshaking') settled();
  };
  const finished = new Promise<void>((resolve) => (settled = resolve));
  session.connect();
  const expired = new Promise<void>((resolve) => setTimeout(resolve, OPEN_TIMEOUT_MS).unref());
  await Promise.race([finished, expired]);
  if (session.state === 'established') return Object.assign(wire, { detail: session.agreement().version });
  const reason = session.failure || 'no answer';
  wire.close();
  throw new Error(reason);
}

function reasonOf(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') return 'no answer within 3 s';
  if (code === 'ECONNREFUSED') return 'refused: nobody listens';
  return code ?? message;
}

const OPEN_TIMEOUT_MS = 3000;
const MAXIMUM_MESSAGE_BYTES = 65_539;
