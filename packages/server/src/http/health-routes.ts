import type { FastifyInstance } from 'fastify';

/**
 * GET /healthz: the program runs (restart it when this fails). GET /readyz: it takes new clients; 503 while it starts
 * or drains (send clients elsewhere).
 */
export function addHealthRoutes(app: FastifyInstance, options: { isReady: () => boolean }): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    if (options.isReady()) return { status: 'ready' };
    return reply.code(503).send({ status: 'draining' });
  });
}
