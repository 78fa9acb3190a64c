import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import fastify from 'fastify';
import { WireLimit } from '@madang/wire/limits';
import { addSecurityHeaders } from './security-headers.js';
import { readAssets } from './static-assets.js';
import { addWebApp } from './web-app.js';

const PAGE = '<!doctype html><title>Madang</title>';
const SCRIPT = `console.log('${'마당 '.repeat(200)}');`;
const SECRET = 'outside of the folder';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type Get = (url: string, headers?: Record<string, string>, method?: string) => Promise<Answer>;

/** A server with an app of a page, a script and an icon; `secret.txt` and `secret.js` lie beside and outside of it. */
async function start(t: TestContext, { built = true } = {}): Promise<Get> {
  const parent = mkdtempSync(path.join(tmpdir(), 'madang-web-app-'));
  const folder = path.join(parent, 'dist');
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  const write = (name: string, content: string | Buffer): void => {
    writeFileSync(path.join(folder, name), content);
  };
  if (built) write('index.html', PAGE);
  write('assets/main-B4x2.js', SCRIPT);
  write('assets/main-B4x2.js.br', brotliCompressSync(SCRIPT));
  write('assets/main-B4x2.js.gz', gzipSync(SCRIPT));
  write('icon.svg', '<svg/>');
  write('.hidden.js', SECRET);
  write('notes.unknown', SECRET);
  writeFileSync(path.join(parent, 'secret.js'), SECRET);
  symlinkSync(path.join(parent, 'secret.js'), path.join(folder, 'link.js'));
  const app = fastify({ routerOptions: { maxParamLength: 256 } });
  addSecurityHeaders(app);
  addWebApp(app, readAssets(pathToFileURL(`${folder}/`)));
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await app.close();
    rmSync(parent, { recursive: true });
  });
  const { port } = app.server.address() as AddressInfo;
  // node:http sends the path as it is; fetch would tidy it up.
  return (url, headers = {}, method = 'GET') =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: url, method, headers, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) });
        });
      })
        .on('error', reject)
        .end();
    });
}

test('the page is at its addresses, asked for anew each time', async (t) => {
  const get = await start(t);
  const longest = '마'.repeat(WireLimit.roomName);
  for (const url of ['/', '/?x=1', '/r/tea', '/r/tea?join=1', `/r/${encodeURIComponent(longest)}`]) {
    const { status, headers, body } = await get(url);
    assert.equal(status, 200, url);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-cache');
    assert.equal(body.toString(), PAGE);
  }
  const { headers } = await get('/');
  const known = await get('/r/tea', { 'if-none-match': `W/"other", ${headers.etag}` });
  assert.equal(known.status, 304);
  assert.equal(known.body.length, 0);
  assert.equal((await get('/', { 'if-none-match': '"other"' })).status, 200);
  assert.equal((await get('/', {}, 'HEAD')).body.length, 0);
  assert.equal((await get('/', {}, 'POST')).status, 404);
});

test('Cross-Origin-Opener-Policy is for origins that browsers trust', async (t) => {
  const get = await start(t);
  const policyFor = async (headers: Record<string, string>) =>
    (await get('/', headers)).headers['cross-origin-opener-policy'];
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1:8080', '[::1]:80', 'a.localhost']) {
    assert.equal(await policyFor({ host }), 'same-origin', host);
  }
  for (const host of ['192.0.2.1:8080', 'calls.example', 'localhost.example', '127.0.0.1.example']) {
    assert.equal(await policyFor({ host }), undefined, host);
  }
  const proxied = { host: 'calls.example', 'x-forwarded-proto': 'https' };
  assert.equal(await policyFor(proxied), 'same-origin');
});

test('files named by their content are kept for good, others are not', async (t) => {
  const get = await start(t);
  const script = await get('/assets/main-B4x2.js');
  assert.equal(script.status, 200);
  assert.equal(script.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(script.body.toString(), SCRIPT);
  const icon = await get('/icon.svg');
  assert.equal(icon.headers['content-type'], 'image/svg+xml');
  assert.equal(icon.headers['cache-control'], 'no-cache');
  assert.equal((await get('/favicon.ico')).headers['content-type'], 'image/svg+xml');
});

test('a file goes out in the best encoding the client takes', async (t) => {
  const get = await start(t);
  const cases: [string | undefined, string | undefined][] = [
    ['gzip, deflate, br', 'br'],
    ['gzip;q=0.5, BR', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
    ['br;q=0.0, gzip; q=0', undefined],
    ['identity', undefined],
    ['brotli', undefined],
    [undefined, undefined],
  ];
  const etags = new Map<string | undefined, string | undefined>();
  for (const [accepted, encoding] of cases) {
    const headers: Record<string, string> = accepted === undefined ? {} : { 'accept-encoding': accepted };
    const answer = await get('/assets/main-B4x2.js', headers);
    assert.equal(answer.headers['content-encoding'], encoding, accepted);
    assert.equal(answer.headers['vary'], 'accept-encoding');
    const decode = { br: brotliDecompressSync, gzip: gunzipSync }[encoding as 'br' | 'gzip'];
    assert.equal((decode?.(answer.body) ?? answer.body).toString(), SCRIPT);
    etags.set(encoding, answer.headers.etag);
  }
  assert.equal(new Set(etags.values()).size, 3);
});

test('who follows a broken link gets the page, programs get a sentence', async (t) => {
  const get = await start(t);
  for (const url of ['/nowhere', '/r/a/b', '/assets/gone.js']) {
    const page = await get(url, { accept: 'text/html,*/*;q=0.8' });
    assert.equal(page.status, 404, url);
    assert.equal(page.body.toString(), PAGE);
    assert.equal((await get(url, { accept: 'text/html', 'if-none-match': page.headers.etag! })).status, 404);
    const other = await get(url, { accept: '*/*' });
    assert.equal(other.status, 404);
    assert.match(other.body.toString(), /nothing here/);
  }
});

test('every answer carries the policies: own scripts only, and devices of a call only', async (t) => {
  const get = await start(t);
  for (const url of ['/', '/assets/main-B4x2.js', '/nothing']) {
    const { headers } = await get(url);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; /);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.match(policy, /frame-ancestors 'none'/);
    const permissions = String(headers['permissions-policy']).split(', ');
    const granted = permissions.filter((one) => !one.endsWith('=()')).map((one) => one.split('=')[0]);
    assert.deepEqual(granted, ['camera', 'microphone', 'display-capture', 'speaker-selection']);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  }
});

test('without a build the page says what to do', async (t) => {
  const get = await start(t, { built: false });
  for (const url of ['/', '/r/tea']) {
    const { status, headers, body } = await get(url);
    assert.equal(status, 503);
    assert.match(String(headers['content-type']), /^text\/plain/);
    assert.match(body.toString(), /`npm start`/);
  }
});

test('G11: what is not in the build is not found, however it is written', async (t) => {
  const get = await start(t);
  const ups = [
    '..',
    '%2e%2e',
    '%2E%2e',
    '.%2e',
    '%252e%252e',
    '..%00',
    '..;',
    '%c0%ae%c0%ae',
    '....',
    '.%00.',
    '..%20',
  ];
  const slashes = ['/', '%2f', '%5c', '\\', '%252f', '//', '%c0%af'];
  const table = ups.flatMap((up) =>
    slashes.flatMap((slash) => `/assets/${up}${slash}${up}${slash}secret.js`),
  );
  table.push(
    ...['/../secret.js', '/..%5csecret.js', '/%2e%2e/secret.js', '/%2e%2e%2fsecret.js', '/..\\secret.js'],
    ...['/.hidden.js', '/%2ehidden.js', '/notes.unknown', '/link.js', '/secret.js', '/dist/index.html'],
    ...['/assets', '/assets/', '/assets/.', '/assets/main-B4x2.js/', '/assets/main-B4x2.js%00'],
    ...[
      '/assets/main-B4x2.js%00.svg',
      '/assets//main-B4x2.js',
      '//assets/main-B4x2.js',
      '/ASSETS/main-b4x2.js',
    ],
    ...['/index.html', '/index.html%00', '/assets/main-B4x2.js.br', '/assets/main-B4x2.js.gz', '/./icon.svg'],
    ...['/icon.svg%20', '/icon.svg.', '/icon.svg::$DATA', '/file:///etc/passwd', '/etc/passwd', '/r'],
    ...['/r/a/../../secret.js', '/r/a/b', '/r/%2e%2e/secret.js', '/r/a%2fb/c'],
  );
  assert.ok(table.length >= 60, `${table.length} cases`);
  for (const url of table) {
    const { status, body } = await get(url);
    assert.ok(!body.toString().includes(SECRET), url);
    // What is not UTF-8 is no path at all.
    assert.equal(status, url.includes('%c0') ? 400 : 404, url);
  }
  // A name that a room has in its address picks the page, never a file.
  for (const url of ['/r/', '/r/..', '/r/%2e%2e', '/r/..%5csecret.js', '/r/%2e%2e%2fsecret.js', '/r/%00']) {
    const { status, body } = await get(url);
    assert.equal(status, 200, url);
    assert.equal(body.toString(), PAGE, url);
  }
});
