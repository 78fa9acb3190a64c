import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import fastify from 'fastify';
import { mintAccessToken } from '../services/auth/access-token.js';
import type { AccessGrant } from '../services/auth/access-token.js';
import { SECRET, SignalServer } from './signal-harness.test-support.js';
import { addRoomRoute } from './room-route.js';

const mint = (grant: AccessGrant, secret = SECRET) => mintAccessToken(grant, { secret, ttlSeconds: 600 });

/** A signaling server and the door of its rooms. */
async function start(t: TestContext, options: Parameters<typeof SignalServer.start>[0] = {}) {
  const server = await SignalServer.start(options);
  t.after(() => server.stop());
  const app = fastify();
  addRoomRoute(app, {
    access: options.access ?? 'open',
    accessSecret: SECRET,
    signaling: server.signaling,
    trustedProxies: [],
  });
  const ask = async (token?: string, room = 'tea') => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await app.inject({ url: `/api/rooms/${encodeURIComponent(room)}`, headers });
    assert.equal(response.headers['cache-control'], 'no-store');
    return { status: response.statusCode, body: response.json<unknown>() };
  };
  return { server, ask };
}

test('on an open server anybody learns how many are inside, and not who', async (t) => {
  const { server, ask } = await start(t);
  const door = { mayEnter: true, count: 0, locked: false, lobby: false };
  assert.deepEqual((await ask()).body, door);
  const mina = await server.join('Mina');
  await server.join('준');
  assert.deepEqual((await ask()).body, { ...door, count: 2 });
  assert.equal(await mina.ask({ type: 'lock', locked: true }), 'ok');
  assert.deepEqual((await ask()).body, { ...door, count: 2, locked: true });
  assert.equal((await ask(undefined, 'another room')).status, 200);
  assert.equal((await ask(undefined, 'a\u0000b')).status, 404);
});

test('who has a token of the room learns who is inside; hosts alone where people are let in one by one', async (t) => {
  const { server, ask } = await start(t, { access: 'token' });
  const host = await mint({ room: 'tea', name: 'Mina', role: 'host' });
  const member = await mint({ room: 'tea', role: 'member' });
  const mina = await server.join('Mina', { token: host });
  const door = { mayEnter: true, count: 1, locked: false, lobby: false };
  assert.deepEqual((await ask(member)).body, { ...door, names: ['Mina'] });
  assert.equal(await mina.ask({ type: 'setLobby', enabled: true }), 'ok');
  const waiting = await server.join('Joon', { token: member });
  await waiting.next('waiting');
  assert.deepEqual((await ask(member)).body, { ...door, lobby: true });
  assert.deepEqual((await ask(host)).body, { ...door, lobby: true, names: ['Mina'] });
});

test('who may not enter learns that and nothing else', async (t) => {
  const { server, ask } = await start(t, { access: 'token' });
  const grant = { room: 'tea', role: 'member' } as const;
  await server.join('Mina', { token: await mint(grant) });
  const outside = { status: 200, body: { mayEnter: false, code: 'unauthorized' } };
  assert.deepEqual(await ask(), outside);
  assert.deepEqual(await ask('a.b.c'), outside);
  assert.deepEqual(await ask(await mint(grant, `${SECRET}!`)), outside);
  assert.deepEqual(await ask(await mint({ ...grant, room: 'coffee' })), outside);
  const expired = await mintAccessToken(grant, { secret: SECRET, ttlSeconds: -60 });
  assert.deepEqual(await ask(expired), { status: 200, body: { mayEnter: false, code: 'tokenExpired' } });
});

test('an address that asks too often has to wait', async (t) => {
  const { ask } = await start(t, { limits: { connectionsPerSecond: 2 } });
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) statuses.push((await ask()).status);
  assert.ok(statuses.includes(429), statuses.join(' '));
  assert.equal(statuses[0], 200);
});
