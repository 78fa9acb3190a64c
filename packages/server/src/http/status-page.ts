import type { FastifyInstance } from 'fastify';
import { sendAsset } from './send-asset.js';
import { readAssets } from './static-assets.js';

/** GET /doctor: a page that tries STUN and TURN of this server from the visitor's browser. */
export function addStatusPage(app: FastifyInstance): void {
  for (const [name, asset] of readAssets(PAGE)) {
    const url = name === 'index.html' ? '/doctor' : `/doctor/${name}`;
    app.get(url, (request, reply) => sendAsset(request, reply, asset, 'revalidate'));
  }
}

const PAGE = new URL('../../page/', import.meta.url);
