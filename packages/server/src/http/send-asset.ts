import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Asset } from './static-assets.js';

/** How long browsers may use what they have: files named by their content for good, others after asking. */
export type Caching = 'immutable' | 'revalidate';

/** Answers with a file: compressed as the client takes it, or 304 when it has it already. */
export function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  asset: Asset,
  caching: Caching,
): FastifyReply {
  const encoding = chooseEncoding(asset, request.headers['accept-encoding']);
  // Two encodings are two representations, each with its own validator.
  const etag = encoding === undefined ? asset.etag : asset.etag.replace(/"$/, `-${encoding}"`);
  reply.headers({
    'cache-control': caching === 'immutable' ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
    ...(asset.encodings.size > 0 && { vary: 'accept-encoding' }),
  });
  const isKnown = reply.statusCode === 200 && matches(request.headers['if-none-match'], etag);
  if (isKnown) return reply.code(304).send();
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  const content = encoding === undefined ? asset.content : asset.encodings.get(encoding)!;
  return reply.type(asset.type).send(content);
}

/** The best encoding the client accepts; whoever says `q=0` or nothing gets the file as it is. */
function chooseEncoding(asset: Asset, accepted: string | string[] | undefined): 'br' | 'gzip' | undefined {
  const offers = String(accepted ?? '')
    .split(',')
    .map((offer) =>
      offer
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .filter(([, quality]) => quality === undefined || !/^q=0(?:\.0*)?$/.test(quality))
    .map(([name]) => name);
  return (['br', 'gzip'] as const).find((name) => asset.encodings.has(name) && offers.includes(name));
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}
