import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { SECRET, SignalServer } from '../../http/signal-harness.test-support.js';
import { mintAccessToken, verifyAccessToken } from './access-token.js';
import type { AccessGrant } from './access-token.js';

const GRANT: AccessGrant = { room: 'tea', name: 'Mina', role: 'host' };

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token made by hand, with whatever header, claims and signature. */
function craft(header: object, claims: object, signature: (input: string) => Buffer): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signature(input).toString('base64url')}`;
}

const hmac = (hash: string, key: string | Buffer) => (input: string) =>
  createHmac(hash, key).update(input).digest();

const now = Math.floor(Date.now() / 1000);
const CLAIMS = { ...GRANT, aud: 'madang', exp: now + 600 };
const HS256 = { alg: 'HS256', typ: 'JWT' };

test('a minted token is what it says', async () => {
  const grant = { ...GRANT, permissions: ['chat'] };
  const token = await mintAccessToken(grant, { secret: SECRET, ttlSeconds: 60 });
  const read = await verifyAccessToken(token, SECRET);
  assert.ok(read.ok);
  assert.deepEqual(read.grant, grant);
  assert.ok(Math.abs(read.expiresAt - (Date.now() / 1000 + 60)) < 5);
  assert.equal((await verifyAccessToken(craft(HS256, CLAIMS, hmac('sha256', SECRET)), SECRET)).ok, true);
});

test('G2: none, swapped algorithms, other keys, expired, other audience, missing claims', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
  const good = hmac('sha256', SECRET);
  const rows: [string, string, string][] = [
    ['none', craft({ alg: 'none' }, CLAIMS, () => Buffer.alloc(0)), 'unauthorized'],
    ['None', craft({ alg: 'None' }, CLAIMS, () => Buffer.alloc(0)), 'unauthorized'],
    ['signature of nothing', craft(HS256, CLAIMS, () => Buffer.alloc(0)), 'unauthorized'],
    ['HS512', craft({ alg: 'HS512' }, CLAIMS, hmac('sha512', SECRET)), 'unauthorized'],
    [
      'RS256',
      craft({ alg: 'RS256' }, CLAIMS, (text) => sign('sha256', Buffer.from(text), rsa.privateKey)),
      'unauthorized',
    ],
    ['a public key as secret', craft(HS256, CLAIMS, hmac('sha256', pem)), 'unauthorized'],
    ['another secret', craft(HS256, CLAIMS, hmac('sha256', `${SECRET}x`)), 'unauthorized'],
    ['crit', craft({ ...HS256, crit: ['x'], x: 1 }, CLAIMS, good), 'unauthorized'],
    ['expired', craft(HS256, { ...CLAIMS, exp: now - 60 }, good), 'tokenExpired'],
    ['not yet', craft(HS256, { ...CLAIMS, nbf: now + 600 }, good), 'unauthorized'],
    ['without expiry', craft(HS256, { ...CLAIMS, exp: undefined }, good), 'unauthorized'],
    ['other audience', craft(HS256, { ...CLAIMS, aud: 'else' }, good), 'unauthorized'],
    ['no role', craft(HS256, { ...CLAIMS, role: undefined }, good), 'unauthorized'],
    ['made-up role', craft(HS256, { ...CLAIMS, role: 'root' }, good), 'unauthorized'],
    ['no room', craft(HS256, { ...CLAIMS, room: '' }, good), 'unauthorized'],
    ['garbage', 'a.b.c', 'unauthorized'],
    ['nothing', '', 'unauthorized'],
  ];
  for (const [what, token, code] of rows) {
    assert.deepEqual(await verifyAccessToken(token, SECRET), { ok: false, code }, what);
  }
});

test('G2, G8: with tokens nobody joins without, into another room, or under another name or role', async (t) => {
  const server = await SignalServer.start({ access: 'token' });
  t.after(() => server.stop());
  const token = await mintAccessToken({ ...GRANT, role: 'member' }, { secret: SECRET, ttlSeconds: 60 });
  const codeOf = async (fields: Record<string, unknown>) => {
    const client = await server.connect();
    await client.join({ room: 'tea', ...fields });
    return client.last('error')?.code;
  };
  assert.equal(await codeOf({ name: 'Mina' }), 'unauthorized');
  assert.equal(await codeOf({ token, room: 'coffee' }), 'unauthorized');
  assert.equal(await codeOf({ token: `${token}x` }), 'unauthorized');
  const expired = craft(HS256, { ...CLAIMS, exp: now - 60 }, hmac('sha256', SECRET));
  assert.equal(await codeOf({ token: expired }), 'tokenExpired');
  const client = await server.join('Root', { token, role: 'host' });
  const [self] = client.last('joined')!.room.participants;
  assert.deepEqual([self?.name, self?.role], ['Mina', 'member']);
  assert.equal(await client.ask({ type: 'lock', locked: true }), 'forbidden');
  const resumeToken = client.resumeToken;
  assert.equal(await codeOf({ token: resumeToken }), 'unauthorized');
  assert.equal((await verifyAccessToken(resumeToken, SECRET)).ok, false);
});
