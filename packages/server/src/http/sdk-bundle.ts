import type { FastifyInstance } from 'fastify';
import { sendAsset } from './send-asset.js';
import type { AssetManifest } from './static-assets.js';

/**
 * GET /sdk/madang-client.js: the browser SDK as one ES module, and its types beside it. Pages of any site may load it;
 * which of them may connect is for `allowedOrigins` to say.
 */
export function addSdkBundle(app: FastifyInstance, files: AssetManifest): void {
  for (const [name, asset] of files) {
    app.get(`/sdk/${name}`, (request, reply) => {
      reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
      return sendAsset(request, reply, asset, 'revalidate');
    });
  }
}
