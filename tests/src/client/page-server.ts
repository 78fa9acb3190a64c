import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');

const PAGE = `<!doctype html><meta charset="utf-8"><title>Madang</title>
<script type="importmap">{ "imports": { "@madang/wire/": "/packages/wire/dist/", "@madang/client": "/packages/client/dist/index.js", "@madang/client/": "/packages/client/dist/" } }</script>`;

/** Serves an empty page whose scripts can import what was compiled from the packages and from here. */
export interface PageServer {
  readonly url: string;
  close(): void;
}

export async function servePages(): Promise<PageServer> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (!/^\/(packages|tests)\/[\w/-]+(\.js)?$/.test(name)) {
      response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
      return;
    }
    // The package's name for a module leads to the one that modules beside it import: else there would be two of it.
    if (!name.endsWith('.js')) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(`export * from '${name}.js';`);
      return;
    }
    readFile(path.join(ROOT, name)).then(
      (text) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(text),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
