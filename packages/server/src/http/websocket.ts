import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Cidr } from '@madang/core/policy/cidr';
import type { SignalingServer } from '../services/signaling/signaling-server.js';
import { clientAddress } from './client-address.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { TurnOfWriting } from './turn-of-writing.js';
import { WebSocketConnection } from './websocket-connection.js';
import { shakeHands } from './websocket-handshake.js';

/**
 * WebSocket `/signal`. Who comes from a page of another site is refused before the upgrade (threat G1): browsers send
 * Origin and let no page forge it. Clients without one are no browsers, and no cookie speaks for them either.
 *
 * Upgrades do not go through Fastify: it would keep a request and a reply for each of thousands of idle sockets. Nor is
 * there a library behind them: half of what a relayed message costs would be its streams and events.
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
  app.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (request.url?.split('?', 1)[0] !== PATH) {
      refuse(stream, 404, `There is no WebSocket here; it is at ${PATH}.`);
      return;
    }
    if (!isOurs(request, allowedOrigins)) {
      refuse(stream, 403, FOREIGN);
      return;
    }
    const handshake = shakeHands(request);
    if (!handshake.ok) {
      refuse(stream, handshake.status, handshake.reason, 'sec-websocket-version: 13\r\n');
      return;
    }
    const socket = stream as Socket;
    if (socket.destroyed) return;
    const forwardedFor = request.headers['x-forwarded-for'];
    const address = clientAddress(socket.remoteAddress ?? '', forwardedFor, trustedProxies);
    if (!signaling.admit(address)) {
      refuse(stream, 429, 'Too many connections of this address.', 'retry-after: 1\r\n');
      return;
    }
    socket.write(handshake.response, 'latin1');
    new WebSocketConnection(services, socket, address, head);
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
const FOREIGN = 'Pages of other sites may not connect; see allowedOrigins.';
const SECURITY_LINES = Object.entries(SECURITY_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');
