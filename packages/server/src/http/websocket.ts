import type { Socket } from 'node:net';
import websocketPlugin from '@fastify/websocket';
import type { WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Cidr } from '@madang/core/policy/cidr';
import { WireLimit } from '@madang/wire/limits';
import { clientAddress } from './client-address.js';
import { TurnOfWriting } from './turn-of-writing.js';
import type { SignalingSocket } from '../services/signaling/session.js';
import type { SignalingServer } from '../services/signaling/signaling-server.js';

/**
 * WebSocket `/signal`. Who comes from a page of another site is refused before the upgrade (threat G1): browsers send
 * Origin and let no page forge it. Clients without one are no browsers, and no cookie speaks for them either.
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
  const turn = new TurnOfWriting();
  const addressOf = ({ socket, headers }: FastifyRequest): string =>
    clientAddress(socket.remoteAddress ?? '', headers['x-forwarded-for'], trustedProxies);
  app.register(websocketPlugin, {
    options: {
      maxPayload: WireLimit.sdpMessageBytes,
      // Threat G6: tiny fragments cost more than they carry, and so does what has to be inflated.
      maxFragments: 64,
      maxBufferedChunks: 1024,
      perMessageDeflate: false,
    } as object,
    errorHandler: (_error, socket) => {
      socket.terminate();
    },
    // The signaling server closes its sockets itself.
    preClose: (done) => {
      done();
    },
  });
  // Without this every other route would take the upgrade, past the checks below, and then close.
  app.addHook('preValidation', async (request, reply) => {
    if (request.raw.headers.upgrade !== undefined && request.routeOptions.url !== '/signal') {
      return reply.code(404).send({ error: 'There is no WebSocket here; it is at /signal.' });
    }
    return undefined;
  });
  app.register((scope, _options, done) => {
    scope.route({
      method: 'GET',
      url: '/signal',
      preValidation: async (request, reply) => {
        if (!isOurs(request, allowedOrigins)) {
          return reply.code(403).send({ error: 'Pages of other sites may not connect; see allowedOrigins.' });
        }
        if (!request.ws) return undefined;
        const address = addressOf(request);
        if (!signaling.admit(address)) {
          return reply
            .code(429)
            .header('retry-after', '1')
            .send({ error: 'Too many connections of this address.' });
        }
        // The upgrade may still fail: what was counted belongs to the TCP connection.
        request.raw.socket.once('close', () => {
          signaling.release(address);
        });
        return undefined;
      },
      handler: (_request, reply) =>
        reply.code(426).header('upgrade', 'websocket').send({ error: 'This is a WebSocket.' }),
      wsHandler: (socket, request) => {
        const input = signaling.accept(wrap(socket, request.raw.socket, turn), addressOf(request));
        socket.on('message', (data: Buffer, isBinary: boolean) => {
          if (isBinary) input.handleBinary();
          else input.handleText(data.toString());
        });
        socket.on('pong', input.handlePong);
        socket.on('close', input.handleClose);
      },
    });
    done();
  });
}

/** A WebSocket as sessions use it. */
function wrap(socket: WebSocket, stream: Socket, turn: TurnOfWriting): SignalingSocket {
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send: (text) => {
      turn.join(stream);
      socket.send(text);
    },
    ping: () => {
      socket.ping();
    },
    close: (code) => {
      socket.close(code);
    },
    terminate: () => {
      socket.terminate();
    },
  };
}

/** Whether the page is one of this server or of a site on the list; compared whole, not by suffix. */
function isOurs(request: FastifyRequest, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (allowedOrigins.includes(origin)) return true;
  const site = /^https?:\/\/([^/?#@\s]+)$/.exec(origin)?.[1];
  return site !== undefined && host !== undefined && site.toLowerCase() === host.toLowerCase();
}
