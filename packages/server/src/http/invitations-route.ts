import type { FastifyInstance } from 'fastify';
import { mintAccessToken, verifyAccessToken } from '../services/auth/access-token.js';
import { bearerToken } from './bearer-token.js';

/**
 * POST /api/invitations, with a host's access token as bearer token: a token that lets whoever has it into the host's
 * room as a member, under a name of their own. It ends when the host's does, and allows no more than that.
 */
export function addInvitationsRoute(app: FastifyInstance, options: { accessSecret: string }): void {
  app.post('/api/invitations', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    const token = bearerToken(request.headers.authorization) ?? '';
    const access = await verifyAccessToken(token, options.accessSecret);
    if (!access.ok || access.grant.role !== 'host') {
      const error =
        "Invitations are made by hosts. Send a host's access token (`madang token --role host`) as bearer token.";
      return reply.code(access.ok ? 403 : 401).send({ error });
    }
    const ttlSeconds = Math.max(1, access.expiresAt - Math.floor(Date.now() / 1000));
    // What a host may not do itself it lets nobody else do.
    const { room, permissions } = access.grant;
    const grant = { room, role: 'member', ...(permissions && { permissions }) } as const;
    const invitation = await mintAccessToken(grant, { secret: options.accessSecret, ttlSeconds });
    return reply.send({ token: invitation, expiresAt: 1000 * access.expiresAt });
  });
}
