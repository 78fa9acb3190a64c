import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { contentSecurityPolicy } from './security-headers.js';
import { sendAsset } from './send-asset.js';
import type { AssetManifest } from './static-assets.js';

/**
 * GET /examples/NAME.html: pages that show how the browser SDK is used, each one plain file. Their scripts stand in the
 * page; the policy admits exactly those that were there when the server started.
 */
export function addExamples(app: FastifyInstance, files: AssetManifest): void {
  for (const [name, asset] of files) {
    if (!name.endsWith('.html')) continue;
    const page = asset.content.toString();
    const policy = contentSecurityPolicy({
      scripts: hashesOf(page, /<script[^>]*>([^]*?)<\/script>/g),
      styles: hashesOf(page, /<style[^>]*>([^]*?)<\/style>/g),
    });
    app.get(name === 'index.html' ? '/examples/' : `/examples/${name}`, (request, reply) => {
      reply.header('content-security-policy', policy);
      return sendAsset(request, reply, asset, 'revalidate');
    });
  }
  if (files.has('index.html')) app.get('/examples', (_request, reply) => reply.redirect('/examples/'));
}

/** Hash sources (CSP Level 3 section 2.3.1) of what stands between tags. */
function hashesOf(page: string, pattern: RegExp): string[] {
  return [...page.matchAll(pattern)].map(
    ([, content]) => `sha256-${createHash('sha256').update(content!).digest('base64')}`,
  );
}
