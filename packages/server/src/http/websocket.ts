import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { FastifyInstance } from 'fastify';
import type { Cidr } from '@madang/core/policy/cidr';
import { WireLimit } from '@madang/wire/limits';
import type { SignalingServer } from '../services/signaling/signaling-server.js';
import { clientAddress } from './client-address.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { TurnOfWriting } from './turn-of-writing.js';
import { WebSocketConnection } from './websocket-connection.js';

/**
 * WebSocket `/signal`. Who comes from a page of another site is refused before the upgrade (threat G1): browsers send
 * Origin and let no page forge it. Clients without one are no browsers, and no cookie speaks for them either.
 *
 * Upgrades do not go through Fastify: it would keep a request and a reply for each of thousands of idle sockets.
 */
export function addSignalRoute(
  app: FastifyInstance,
  options: {
    signaling: SignalingServer;
    allowedOrigins: readonly string[];
    /** Who may say on whose behalf it connects. */
    trustedProxies: readonly Cidr[];
  },
): void {
  const { signaling, allowedOrigins, trustedProxies } = options;
  const services = { signaling, turn: new TurnOfWriting() };
  const upgrades = new WebSocketServer<typeof WebSocketConnection>({
    noServer: true,
    clientTracking: false,
    WebSocket: WebSocketConnection,
    maxPayload: WireLimit.sdpMessageBytes,
    perMessageDeflate: false,
    ...FRAGMENT_LIMITS,
  });
  app.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (request.url?.split('?', 1)[0] !== PATH) {
      refuse(stream, 404, `There is no WebSocket here; it is at ${PATH}.`);
      return;
    }
    if (!isOurs(request, allowedOrigins)) {
      refuse(stream, 403, FOREIGN);
      return;
    }
    const socket = stream as Socket;
    const forwardedFor = request.headers['x-forwarded-for'];
    const address = clientAddress(socket.remoteAddress ?? '', forwardedFor, trustedProxies);
    if (!signaling.admit(address)) {
      refuse(stream, 429, 'Too many connections of this address.', 'retry-after: 1\r\n');
      return;
    }
    const outcome = { isUpgraded: false };
    upgrades.handleUpgrade(request, socket, head, (connection) => {
      outcome.isUpgraded = true;
      connection.serve(services, socket, address);
    });
    if (outcome.isUpgraded) return;
    // `ws` has said what is wrong; what was counted belongs to the TCP connection.
    socket.once('close', () => {
      signaling.release(address);
    });
  });
  app.get(PATH, (request, reply) => {
    if (!isOurs(request, allowedOrigins)) return reply.code(403).send({ error: FOREIGN });
    return reply.code(426).header('upgrade', 'websocket').send({ error: 'This is a WebSocket.' });
  });
}

/** Answers an upgrade that is not to be, and closes the connection. */
function refuse(stream: Duplex, status: number, error: string, moreHeaders = ''): void {
  const body = JSON.stringify({ error });
  stream.on('error', () => stream.destroy());
  stream.once('finish', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n` +
      `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `${SECURITY_LINES}${moreHeaders}\r\n${body}`,
  );
}

/** Whether the page is one of this server or of a site on the list; compared whole, not by suffix. */
function isOurs(request: Pick<IncomingMessage, 'headers'>, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (allowedOrigins.includes(origin)) return true;
  const site = /^https?:\/\/([^/?#@\s]+)$/.exec(origin)?.[1];
  return site !== undefined && host !== undefined && site.toLowerCase() === host.toLowerCase();
}

const PATH = '/signal';
/** Threat G6: tiny fragments cost more than they carry (and so does what has to be inflated). Its types lack them. */
const FRAGMENT_LIMITS = { maxFragments: 64, maxBufferedChunks: 1024 };
const FOREIGN = 'Pages of other sites may not connect; see allowedOrigins.';
const SECURITY_LINES = Object.entries(SECURITY_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');
