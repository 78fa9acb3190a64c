import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../api/errors.js';
import { signalUrl } from './signal-url.js';

test('the WebSocket of a server', () => {
  const cases: readonly (readonly [string | URL, string])[] = [
    ['https://call.example.org', 'wss://call.example.org/signal'],
    ['http://127.0.0.1:8080/', 'ws://127.0.0.1:8080/signal'],
    ['wss://[2001:db8::1]:8443', 'wss://[2001:db8::1]:8443/signal'],
    [new URL('https://example.org/madang/?a=1#b'), 'wss://example.org/madang/signal'],
    ['ws://example.org/signal', 'ws://example.org/signal'],
  ];
  for (const [server, socket] of cases) assert.equal(signalUrl(server), socket);
});

test('what is no URL of a server is said to be none', () => {
  for (const wrong of ['', 'call.example.org', 'ftp://example.org', 'https://']) {
    assert.throws(
      () => signalUrl(wrong),
      (error) =>
        error instanceof UsageError && error.code === 'invalidArgument' && /https:/.test(error.message),
    );
  }
});
