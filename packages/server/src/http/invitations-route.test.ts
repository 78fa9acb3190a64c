import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { mintAccessToken, verifyAccessToken } from '../services/auth/access-token.js';
import type { AccessGrant } from '../services/auth/access-token.js';
import { addInvitationsRoute } from './invitations-route.js';

const SECRET = 'a secret of more than thirty-two characters';

async function ask(authorization: string | undefined) {
  const app = fastify();
  addInvitationsRoute(app, { accessSecret: SECRET });
  const headers = authorization === undefined ? {} : { authorization };
  return app.inject({ method: 'POST', url: '/api/invitations', headers });
}

const mint = (grant: AccessGrant, secret = SECRET) => mintAccessToken(grant, { secret, ttlSeconds: 600 });

test('a host gets an invitation to the own room: nameless, as a member, no longer than its own token', async () => {
  const token = await mint({ room: 'tea', name: 'Mina', role: 'host' });
  const response = await ask(`Bearer ${token}`);
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['cache-control'], 'no-store');
  const invitation = await verifyAccessToken(response.json<{ token: string }>().token, SECRET);
  const own = await verifyAccessToken(token, SECRET);
  assert.ok(invitation.ok && own.ok);
  assert.deepEqual({ ...invitation.grant }, { room: 'tea', role: 'member' });
  assert.ok(invitation.expiresAt <= own.expiresAt + 1);
});

test('an invitation allows no more than the token of the host who asks for it', async () => {
  const permissions = ['offer', 'answer', 'candidate', 'remove'];
  const token = await mint({ room: 'tea', name: 'Mina', role: 'host', permissions });
  const response = await ask(`Bearer ${token}`);
  const invitation = await verifyAccessToken(response.json<{ token: string }>().token, SECRET);
  assert.ok(invitation.ok);
  assert.deepEqual({ ...invitation.grant }, { room: 'tea', role: 'member', permissions });
});

test('who is no host gets none', async () => {
  const cases: readonly [string, string | undefined, number][] = [
    ['nothing', undefined, 401],
    ['no token', 'Bearer a.b.c', 401],
    ['another secret', `Bearer ${await mint({ room: 'tea', role: 'host' }, `${SECRET}!`)}`, 401],
    ['a member', `Bearer ${await mint({ room: 'tea', role: 'member' })}`, 403],
    ['a viewer', `Bearer ${await mint({ room: 'tea', role: 'viewer' })}`, 403],
  ];
  for (const [what, authorization, status] of cases) {
    assert.equal((await ask(authorization)).statusCode, status, what);
  }
});
