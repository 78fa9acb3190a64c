import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../observe/prometheus.js';

/**
 * GET /metrics in the text format of Prometheus: for this machine only, or, with `metricsToken`, for who has the
 * token (threat G12: figures tell an attacker how well an attack works).
 */
export function addMetricsRoute(app: FastifyInstance, options: { metrics: Metrics; token: string }): void {
  app.get('/metrics', async (request, reply) => {
    if (options.token === 'off') {
      if (!isLoopback(request.socket.remoteAddress ?? '')) {
        return reply.code(403).send({
          error:
            'Metrics are given to this machine only. Set metricsToken and send it as bearer token to read them elsewhere.',
        });
      }
    } else if (!hasToken(request.headers.authorization, options.token)) {
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({ error: 'Send metricsToken as bearer token.' });
    }
    return reply.type(options.metrics.contentType).send(await options.metrics.text());
  });
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function hasToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(
    createHash('sha256').update(given).digest(),
    createHash('sha256').update(token).digest(),
  );
}
