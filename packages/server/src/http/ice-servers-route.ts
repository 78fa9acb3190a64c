import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { verifyAccessToken } from '../services/auth/access-token.js';
import type { IceServers } from '../services/turn/ice-servers.js';
import { bearerToken } from './bearer-token.js';

/**
 * GET /api/ice-servers: an RTCConfiguration with fresh time-limited TURN credentials. In open mode for anybody; else
 * for who sends an access token as bearer token. `madang turn-credentials` on the server mints them too.
 */
export function addIceServersRoute(
  app: FastifyInstance,
  options: { access: 'open' | 'token'; iceServers: (identity: string) => IceServers; accessSecret: string },
): void {
  app.get('/api/ice-servers', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    if (
      options.access === 'token' &&
      !(await hasAccess(request.headers.authorization, options.accessSecret))
    ) {
      return reply.code(401).send({
        error:
          'TURN credentials are not given to strangers. Send an access token (`madang token`) as bearer token, mint credentials on the server with `madang turn-credentials`, or start it with --open.',
      });
    }
    return reply.send(options.iceServers(`guest-${randomBytes(6).toString('hex')}`));
  });
}

async function hasAccess(header: string | undefined, secret: string): Promise<boolean> {
  const token = bearerToken(header);
  return token !== undefined && (await verifyAccessToken(token, secret)).ok;
}
