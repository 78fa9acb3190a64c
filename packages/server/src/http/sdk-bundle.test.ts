import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { addExamples } from './examples.js';
import { addSdkBundle } from './sdk-bundle.js';
import { addSecurityHeaders } from './security-headers.js';
import type { Asset } from './static-assets.js';

function asset(content: string, type: string): Asset {
  return { content: Buffer.from(content), type, etag: '"1"', encodings: new Map() };
}

const INLINE = "\n  import '/sdk/madang-client.js';\n";
const PAGE = `<!doctype html><style>body{margin:0}</style><script type="module">${INLINE}</script>`;

function start(t: TestContext): FastifyInstance {
  const app = fastify();
  addSecurityHeaders(app);
  addSdkBundle(app, new Map([['madang-client.js', asset('export {};', 'text/javascript')]]));
  addExamples(
    app,
    new Map([
      ['index.html', asset('<!doctype html>', 'text/html')],
      ['call.html', asset(PAGE, 'text/html')],
      ['serve.js', asset('', 'text/javascript')],
    ]),
  );
  t.after(() => app.close());
  return app;
}

test('pages of any site may load the SDK, and nothing else', async (t) => {
  const app = start(t);
  const headers = { origin: 'https://elsewhere.example' };
  const sdk = await app.inject({ url: '/sdk/madang-client.js', headers });
  assert.equal(sdk.statusCode, 200);
  assert.equal(sdk.headers['access-control-allow-origin'], '*');
  assert.equal(sdk.headers['cross-origin-resource-policy'], 'cross-origin');
  assert.equal(sdk.headers['cache-control'], 'no-cache');
  const page = await app.inject({ url: '/examples/call.html', headers });
  assert.equal(page.headers['access-control-allow-origin'], undefined);
  assert.equal(page.headers['cross-origin-resource-policy'], 'same-origin');
});

test('an example may run the script and the style that stand in it, and no other', async (t) => {
  const app = start(t);
  const { headers } = await app.inject('/examples/call.html');
  const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
  const policy = String(headers['content-security-policy']);
  assert.ok(policy.includes(`script-src 'self' 'sha256-${hash(INLINE)}';`), policy);
  assert.ok(policy.includes(`style-src 'self' 'sha256-${hash('body{margin:0}')}';`), policy);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal((await app.inject('/examples')).headers.location, '/examples/');
  assert.equal((await app.inject('/examples/')).statusCode, 200);
  assert.equal((await app.inject('/examples/serve.js')).statusCode, 404);
});
