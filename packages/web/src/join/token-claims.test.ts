import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTokenClaims } from './token-claims.js';

const token = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

test('name and role of the holder are read, letters of any script included', () => {
  assert.deepEqual(readTokenClaims(token({ name: '김미나', role: 'viewer' })), {
    name: '김미나',
    role: 'viewer',
  });
  assert.deepEqual(readTokenClaims(token({ name: 'Joon ???>>>', role: 'host' })), {
    name: 'Joon ???>>>',
    role: 'host',
  });
});

test('what is no token says nothing', () => {
  for (const bad of [
    '',
    'a',
    'a.b.c',
    'a.%%%.c',
    token(null),
    token({ name: 7 }),
    token({ name: 'x'.repeat(65), role: 'owner' }),
  ]) {
    assert.deepEqual(readTokenClaims(bad), {}, bad.slice(0, 20));
  }
});
