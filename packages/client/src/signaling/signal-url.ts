import { UsageError } from '../api/errors.js';

/**
 * The WebSocket of a server: `https://call.example.org` gives `wss://call.example.org/signal`. In a page the URL may be
 * relative.
 * @throws UsageError `invalidArgument`
 */
export function signalUrl(server: string | URL): string {
  const base = (globalThis as { location?: { href: string } }).location?.href;
  const url = URL.canParse(server, base) ? new URL(server, base) : undefined;
  const protocol = url === undefined ? undefined : PROTOCOLS[url.protocol];
  if (url === undefined || protocol === undefined) {
    const reason = `'${server.toString()}' is not the URL of a server. Write https://, http://, wss:// or ws:// and its host.`;
    throw new UsageError('invalidArgument', reason);
  }
  url.protocol = protocol;
  url.search = '';
  url.hash = '';
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith('/signal') ? path : `${path}/signal`;
  return url.href;
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  'http:': 'ws:',
  'https:': 'wss:',
  'ws:': 'ws:',
  'wss:': 'wss:',
};
