import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

/** GET /: a page that tries STUN and TURN of this server from the visitor's browser. Files come from this list only. */
export function addStatusPage(app: FastifyInstance): void {
  for (const { path, file, type } of FILES) {
    const content = readFileSync(new URL(`../../page/${file}`, import.meta.url));
    app.get(path, (_request, reply) => reply.type(type).header('cache-control', 'no-cache').send(content));
  }
}

const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
  { path: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/probe.js', file: 'probe.js', type: 'text/javascript; charset=utf-8' },
  { path: '/texts.js', file: 'texts.js', type: 'text/javascript; charset=utf-8' },
  { path: '/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
] as const;
