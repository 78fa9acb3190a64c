import type { FastifyInstance } from 'fastify';
import { sendAsset } from './send-asset.js';
import type { AssetManifest } from './static-assets.js';

/**
 * The web app: its page at the addresses it shows, its files at theirs. Each file of the manifest is a route of its own,
 * so what is not in the manifest is not found, however it is written.
 */
export function addWebApp(app: FastifyInstance, files: AssetManifest): void {
  const page = files.get('index.html');
  for (const url of ['/', '/r/:room']) {
    app.get(url, (request, reply) =>
      page === undefined
        ? reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
        : sendAsset(request, reply, page, 'revalidate'),
    );
  }
  for (const [name, asset] of files) {
    if (asset === page) continue;
    // The build names files in this folder by their content.
    const caching = name.startsWith('assets/') ? 'immutable' : 'revalidate';
    app.get(`/${name}`, (request, reply) => sendAsset(request, reply, asset, caching));
  }
  // Who follows a broken link gets the app, which says so in words; programs get theirs from Fastify.
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '');
    if (wantsPage && page !== undefined) return sendAsset(request, reply.code(404), page, 'revalidate');
    return reply.code(404).send({ error: 'There is nothing here.' });
  });
  // Browsers ask for it where a page names no icon.
  const icon = files.get('icon.svg');
  if (icon !== undefined && !files.has('favicon.ico')) {
    app.get('/favicon.ico', (request, reply) => sendAsset(request, reply, icon, 'revalidate'));
  }
}

const NOT_BUILT =
  'The web app is not built, so there is nothing to show here. Start the server with `npm start`, which builds it, or ' +
  'run `npm run build` and start the server again. Signaling, STUN and TURN work without it; /doctor tries them.\n';
