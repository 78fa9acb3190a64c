import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { IceServers } from '../services/turn/ice-servers.js';

/**
 * GET /api/ice-servers: an RTCConfiguration with fresh time-limited TURN credentials. In open mode for anybody; else
 * nobody gets one over HTTP, and `madang turn-credentials` on the server mints them.
 */
export function addIceServersRoute(
  app: FastifyInstance,
  options: { access: 'open' | 'token'; iceServers: (identity: string) => IceServers },
): void {
  app.get('/api/ice-servers', (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    if (options.access === 'token') {
      return reply.code(401).send({
        error:
          'TURN credentials are not given to strangers. Mint one on the server with `madang turn-credentials`, or start it with --open.',
      });
    }
    return reply.send(options.iceServers(`guest-${randomBytes(6).toString('hex')}`));
  });
}
