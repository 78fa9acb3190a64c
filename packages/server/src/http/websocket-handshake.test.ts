import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shakeHands } from './websocket-handshake.js';

const ASKED = {
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

test('the example of RFC 6455 section 1.3 is accepted', () => {
  const handshake = shakeHands({ method: 'GET', headers: { ...ASKED, upgrade: 'WebSocket' } });
  assert.ok(handshake.ok);
  assert.match(
    handshake.response,
    /^HTTP\/1\.1 101 .*\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n\r\n$/s,
  );
});

test('what is no handshake is refused with the status that says why', () => {
  const wrong: [method: string, headers: Record<string, string>, status: number][] = [
    ['POST', {}, 405],
    ['GET', { upgrade: 'h2c' }, 400],
    ['GET', { 'sec-websocket-version': '8' }, 426],
    ['GET', { 'sec-websocket-key': 'too-short' }, 400],
    ['GET', { 'sec-websocket-key': `${ASKED['sec-websocket-key']}\t` }, 400],
  ];
  for (const [method, headers, status] of wrong) {
    const handshake = shakeHands({ method, headers: { ...ASKED, ...headers } });
    assert.equal(handshake.ok ? 101 : handshake.status, status, JSON.stringify(headers));
  }
});
