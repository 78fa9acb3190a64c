import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { CloseCode } from '@madang/wire/error-codes';
import { SECRET, SignalServer } from '../../http/signal-harness.test-support.js';
import { mintAccessToken } from '../auth/access-token.js';

async function start(t: TestContext, options: Parameters<typeof SignalServer.start>[0] = {}) {
  const server = await SignalServer.start(options);
  t.after(() => server.stop());
  return server;
}

test('two people join: presence, ICE servers of their own, relay of offer, answer and candidates', async (t) => {
  const server = await start(t);
  const mina = await server.join('Mina');
  const joon = await server.join('준');
  const joined = joon.last('joined')!;
  assert.deepEqual(
    joined.room.participants.map((one) => [one.name, one.role]),
    [
      ['Mina', 'host'],
      ['준', 'member'],
    ],
  );
  assert.equal(joined.iceServers[0]?.username, `1:tea:${joon.participantId}`);
  assert.equal((await mina.next('participantJoined')).participant.participantId, joon.participantId);
  const sdp = `v=0\r\n${'a=x\r\n'.repeat(15_000)}`;
  assert.equal(await mina.ask({ type: 'offer', to: joon.participantId, sdp, connection: 'main' }), 'ok');
  const offer = await joon.next('offer');
  assert.deepEqual([offer.from, offer.sdp, offer.connection], [mina.participantId, sdp, 'main']);
  await joon.ask({ type: 'answer', to: mina.participantId, sdp: 'v=0' });
  await joon.ask({ type: 'candidate', to: mina.participantId, candidate: 'candidate:1', sdpMid: '0' });
  assert.equal((await mina.next('answer')).from, joon.participantId);
  assert.equal((await mina.next('candidate')).candidate, 'candidate:1');
  await joon.ask({ type: 'leave' });
  assert.equal((await mina.next('participantLeft')).reason, 'left');
  assert.equal(joon.last('ended')?.reason, 'left');
  assert.equal(await joon.closed, CloseCode.ended);
  assert.deepEqual(server.gone, [joon.participantId]);
});

test('a lost socket resumes: every message once and in order, nobody sees a leave', async (t) => {
  const server = await start(t);
  const mina = await server.join('Mina');
  let joon = await server.join('Joon');
  for (let round = 0; round < 5; round++) {
    joon.socket.terminate();
    const texts = ['a', 'b', 'c'].map((text) => `${round}${text}`);
    for (const text of texts) assert.equal(await mina.ask({ type: 'chat', text }), 'ok');
    const next = await server.connect();
    await next.resume(joon);
    assert.equal(next.received[0]?.type, 'resumed');
    await next.until(() => next.all('chat').length >= 3);
    assert.deepEqual(
      next.all('chat').map((one) => one.chat.text),
      texts,
    );
    // The client checks that no number is missing; that it was heard makes its old token worthless.
    assert.equal(await next.ask({ type: 'raiseHand', raised: round % 2 === 0 }), 'ok');
    joon = next;
  }
  assert.equal(mina.last('participantLeft'), undefined);
  assert.equal(mina.all('participantJoined').length, 1);
});

test('after the time to resume the others see the leave and TURN is told', async (t) => {
  const server = await start(t, { roomLimits: { resumeMs: 500 } });
  const mina = await server.join('Mina');
  const joon = await server.join('Joon');
  joon.socket.terminate();
  assert.equal((await mina.next('participantLeft')).reason, 'lost');
  assert.deepEqual(server.gone, [joon.participantId]);
  const late = await server.connect();
  await late.resume(joon);
  assert.equal(late.last('error')?.code, 'resumeRefused');
  assert.equal(await late.closed, CloseCode.refused);
});

test('a second socket takes the session over and the first one is told', async (t) => {
  const server = await start(t);
  const first = await server.join('Mina');
  const second = await server.connect();
  await second.resume(first);
  assert.equal(await first.closed, CloseCode.replaced);
  assert.equal(first.last('ended')?.reason, 'replaced');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await second.ask({ type: 'chat', text: 'me' }), 'ok');
});

test('resume tokens that are forged, cut or of another secret are refused', async (t) => {
  const server = await start(t);
  const other = await start(t, { secret: 'another secret, also long enough for it' });
  const mina = await server.join('Mina');
  const [body = '', mac = ''] = mina.resumeToken.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const forged = Buffer.from(JSON.stringify({ ...claims, role: 'host', name: 'Root' })).toString('base64url');
  const foreign = (await other.join('Mina')).resumeToken;
  for (const resumeToken of [
    `${forged}.${mac}`,
    body,
    `${body}.`,
    `.${mac}`,
    `${body}.${mac}x.y`,
    foreign,
    '....',
  ]) {
    const client = await server.connect();
    client.send({ type: 'resume', version: 1, resumeToken, ack: 0 });
    assert.equal((await client.next('error')).code, 'resumeRefused', resumeToken);
    assert.equal(await client.closed, CloseCode.refused);
  }
  assert.equal(mina.closeCode, undefined);
});

test('G3: malformed messages get coded errors; the eleventh in a row closes with 1008', async (t) => {
  const server = await start(t);
  const witness = await server.join('Witness');
  const client = await server.join('Clumsy');
  const bad: [string, string][] = [
    ['{', 'malformed'],
    ['[]', 'malformed'],
    ['{"type":"nonsense","id":1}', 'unknownType'],
    ['{"__proto__":{"type":"lock","id":2,"locked":true}}', 'malformed'],
    [`{"type":"ping","x":${'['.repeat(1000)}${']'.repeat(1000)}}`, 'malformed'],
    ['{"type":"chat","id":9007199254740993,"text":"x"}', 'malformed'],
    [JSON.stringify({ type: 'chat', id: 3, text: 'x', pad: 'y'.repeat(70_000) }), 'tooLarge'],
    [JSON.stringify({ type: 'chat', id: 4, text: 'x'.repeat(4001) }), 'malformed'],
    ['{"type":"join","version":1,"room":"tea","name":"Twice"}', 'alreadyJoined'],
  ];
  for (const [text, code] of bad) {
    const count = client.all('error').length;
    client.socket.send(text);
    await client.until(() => client.all('error').length > count);
    assert.equal(client.last('error')?.code, code, text.slice(0, 80));
  }
  client.socket.send(Buffer.from([1, 2, 3]));
  client.socket.send('{');
  assert.equal(await client.closed, CloseCode.policy);
  assert.equal(await witness.ask({ type: 'chat', text: 'still here' }), 'ok');
  assert.equal(witness.last('participantChanged'), undefined);
});

test('G4: a flood is refused, then ended; the others are served meanwhile', async (t) => {
  const server = await start(t);
  const [witness, flooder] = [await server.join('Witness'), await server.join('Flood')];
  for (let id = 1; id <= 5000; id++) flooder.send({ type: 'chat', id, text: 'x' });
  const started = performance.now();
  assert.equal(await witness.ask({ type: 'raiseHand', raised: true }), 'ok');
  assert.ok(performance.now() - started < 1000);
  assert.equal(await flooder.closed, CloseCode.policy);
  const heard = witness.all('chat').length;
  assert.ok(heard >= 100 && heard < 200, `${heard} of 5000 got through`);
  assert.ok(flooder.all('error').some((one) => one.code === 'rateLimited'));
});

test('G4: candidates are counted apart from chat', async (t) => {
  const server = await start(t);
  const [mina, joon] = [await server.join('Mina'), await server.join('Joon')];
  for (let id = 1; id <= 250; id++) {
    mina.send({ type: 'candidate', id, to: joon.participantId, candidate: 'c' });
  }
  mina.send({ type: 'chat', id: 251, text: 'x' });
  assert.equal((await mina.next('ok')).re, 251);
  assert.equal(mina.last('error'), undefined);
  await joon.until(() => joon.all('candidate').length === 250);
});

test('G4: who makes rooms too fast waits; who says nothing is closed', async (t) => {
  const server = await start(t, { limits: { newRoomsPerMinute: 3, joinMs: 500 } });
  for (let i = 0; i < 3; i++) {
    assert.equal((await server.join('M', { room: `r${i}` })).last('joined')?.type, 'joined');
  }
  const fourth = await server.join('M', { room: 'r4' });
  assert.equal(fourth.last('error')?.code, 'rateLimited');
  assert.equal((await server.join('N', { room: 'r1' })).last('joined')?.room.participants.length, 2);
  const silent = await server.connect();
  assert.equal(await silent.closed, CloseCode.joinTimeout);
});

test('G5: a reader that stops is ended; memory is bounded and the others are served', async (t) => {
  const server = await start(t, { limits: { messagesPerSecond: 0, bufferedBytes: 256 * 1024 } });
  const mina = await server.join('Mina');
  const stuck = await server.join('Stuck');
  stuck.socket.pause();
  const sdp = 'x'.repeat(120_000);
  let sent = 0;
  // What the kernel's buffers take is not ours to limit; 40 MB is more than they hold.
  for (; sent < 350 && server.signaling.figures().sessions === 2; sent++) {
    assert.equal(await mina.ask({ type: 'offer', to: stuck.participantId, sdp }), 'ok');
  }
  await mina.until(() => server.signaling.figures().sessions === 1);
  assert.ok(sent < 350, 'the slow reader was ended');
  assert.equal(await mina.ask({ type: 'chat', text: 'on we go' }), 'ok');
  assert.equal(mina.last('participantLeft'), undefined, 'it may still resume');
});

test('G5: a reader that takes nothing for too long is ended, however little waits', async (t) => {
  const server = await start(t, {
    limits: { stalledMs: 1500, bufferedBytes: 1 << 30, messagesPerSecond: 0, negotiationPerSecond: 0 },
  });
  const mina = await server.join('Mina');
  const stuck = await server.join('Stuck');
  stuck.socket.pause();
  const sdp = 'x'.repeat(120_000);
  for (let i = 0; i < 150; i++) await mina.ask({ type: 'offer', to: stuck.participantId, sdp });
  await mina.until(() => server.signaling.figures().sessions === 1, 8000);
});

test('G7: a socket that answers no ping is dead and its session lost; one that does stays', async (t) => {
  const server = await start(t, { limits: { pingMs: 1000, deadMs: 2500 }, roomLimits: { resumeMs: 1000 } });
  const mina = await server.join('Mina');
  const zombie = await server.connect({ autoPong: false });
  await zombie.join({ room: 'tea', name: 'Zombie' });
  assert.ok((await mina.next('participantJoined')).participant);
  const since = performance.now();
  await mina.until(() => mina.last('participantLeft') !== undefined, 9000);
  assert.equal(mina.last('participantLeft')?.reason, 'lost');
  assert.ok(performance.now() - since >= 2400);
  assert.equal(mina.closeCode, undefined);
});

test('a server that stops closes with 1001', async (t) => {
  const server = await start(t);
  const mina = await server.join('Mina');
  await server.signaling.stop();
  assert.equal(await mina.closed, CloseCode.goingAway);
});

test('a client of another version is told so', async (t) => {
  const server = await start(t);
  const client = await server.connect();
  await client.join({ room: 'tea', name: 'Old', version: 99 });
  assert.equal(client.last('error')?.code, 'versionUnsupported');
});

test('a new run of the server takes back whom the old one knew', async (t) => {
  const before = await start(t);
  const host = await before.join('Host');
  const joon = await before.join('Joon');
  await host.ask({ type: 'lock', locked: true });
  await joon.next('roomChanged');
  // The lock changed both tokens; Joon's comes right behind the news.
  await joon.until(() => joon.all('resumeToken').length > 0);
  await before.stop();
  const after = await start(t);
  const track = { trackId: 't', kind: 'audio', source: 'microphone', muted: true };
  const again = await after.connect();
  await again.resume(joon, { tracks: [track], handRaised: true });
  const joined = again.last('joined')!;
  assert.equal(joined.restored, true);
  assert.equal(joined.participantId, joon.participantId);
  assert.deepEqual(joined.room.participants[0]?.tracks, [track]);
  assert.equal((await after.join('Stranger')).last('error')?.code, 'roomLocked');
  const hostAgain = await after.connect();
  await hostAgain.resume(host);
  assert.equal(hostAgain.last('joined')?.room.participants.length, 2);
  assert.equal((await again.next('participantJoined')).participant.role, 'host');
  assert.equal(await hostAgain.ask({ type: 'lock', locked: false }), 'ok');
});

test('G2: a session ends within 5 s of its access token, 4401; with a newer one it goes on, resumes and restarts too', async (t) => {
  const server = await start(t, { access: 'token' });
  const grant = (name: string) => ({ room: 'tea', name, role: 'member' as const });
  const mint = (name: string, ttlSeconds: number, more: object = {}) =>
    mintAccessToken({ ...grant(name), ...more }, { secret: SECRET, ttlSeconds });
  const [short, long] = [await mint('Mina', 2), await mint('Mina', 600)];
  const mina = await server.join('Mina', { token: short });
  const joon = await server.join('Joon', { token: await mint('Joon', 2) });
  const endsAt = performance.now() + 2000;
  for (const [token, code] of [
    [await mint('Mina', -60), 'tokenExpired'],
    [await mint('Mina', 600, { role: 'host' }), 'unauthorized'],
    [await mint('Mina', 600, { room: 'coffee' }), 'unauthorized'],
    [await mint('Mina', 600, { permissions: ['chat'] }), 'unauthorized'],
    [await mint('Joon', 600), 'unauthorized'],
    [await mintAccessToken(grant('Mina'), { secret: `${SECRET}!`, ttlSeconds: 600 }), 'unauthorized'],
    ['nonsense', 'unauthorized'],
  ] as const) {
    assert.equal(await mina.ask({ type: 'renewToken', token }), code);
  }
  assert.equal(await mina.ask({ type: 'renewToken', token: long }), 'ok');
  await mina.until(() => mina.all('resumeToken').length > 0);
  assert.equal(await joon.closed, CloseCode.refused);
  const lateMs = performance.now() - endsAt;
  assert.ok(lateMs > -1500 && lateMs < 5000, `${lateMs} ms after the end of the token`);
  assert.equal(joon.last('error')?.code, 'tokenExpired');
  assert.equal((await mina.next('participantLeft')).participantId, joon.participantId);
  const back = await server.connect();
  await back.resume(joon);
  assert.equal(back.last('error')?.code, 'resumeRefused');
  const again = await server.connect();
  await again.resume(mina);
  assert.equal(again.last('resumed')?.participantId, mina.participantId);
  const next = await start(t, { access: 'token' });
  const restored = await next.connect();
  await restored.resume(again);
  assert.equal(restored.last('joined')?.restored, true);
  assert.equal(await restored.ask({ type: 'renewToken', token: await mint('Mina', 900) }), 'ok');
});

test('G2: without an access token there is nothing to renew', async (t) => {
  const server = await start(t);
  const mina = await server.join('Mina');
  const token = await mintAccessToken(
    { room: 'tea', name: 'Mina', role: 'member' },
    { secret: SECRET, ttlSeconds: 60 },
  );
  assert.equal(await mina.ask({ type: 'renewToken', token }), 'forbidden');
});

test('G4: an overloaded server takes nobody new, and serves and resumes who is there', async (t) => {
  const load = { lagMs: 0 };
  const server = await start(t, { loopLagMs: () => load.lagMs });
  const mina = await server.join('Mina');
  load.lagMs = 300;
  const refused = await server.join('Joon');
  assert.equal(refused.last('error')?.code, 'serverFull');
  assert.equal(await refused.closed, CloseCode.refused);
  assert.equal(await mina.ask({ type: 'chat', text: 'still here' }), 'ok');
  const again = await server.connect();
  await again.resume(mina);
  assert.equal(again.last('resumed')?.participantId, mina.participantId);
  load.lagMs = 200;
  assert.equal((await server.join('Joon')).last('joined')?.room.participants.length, 2);
});

test('who was removed does not come back after a restart with an old token', async (t) => {
  const before = await start(t);
  const [host, joon] = [await before.join('Host'), await before.join('Joon')];
  assert.equal(await host.ask({ type: 'remove', participantId: joon.participantId }), 'ok');
  await joon.closed;
  const after = await start(t, { gone: before.gone });
  const again = await after.connect();
  await again.resume(joon);
  assert.equal(again.last('error')?.code, 'resumeRefused');
  const hostAgain = await after.connect();
  await hostAgain.resume(host);
  assert.equal(hostAgain.last('joined')?.restored, true);
});

test('G10: behind a trusted proxy each client has limits of its own; from elsewhere the header counts for nothing', async (t) => {
  const limits = { connectionsPerAddress: 1 };
  const forwarded = (address: string) => ({ headers: { 'x-forwarded-for': `6.6.6.6, ${address}` } });
  const behind = await start(t, { limits, trustedProxies: ['127.0.0.0/8'] });
  await behind.connect(forwarded('203.0.113.1'));
  await behind.connect(forwarded('203.0.113.2'));
  await assert.rejects(behind.connect(forwarded('203.0.113.1')), /429/);
  const bare = await start(t, { limits });
  await bare.connect(forwarded('203.0.113.1'));
  await assert.rejects(bare.connect(forwarded('203.0.113.2')), /429/);
});

/** A generator of numbers in [0, 1) that repeats itself with its seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

test('G3: 20,000 mutated messages on live sockets break nothing, and others are answered in time', async (t) => {
  const seed = Number(process.env['MADANG_SEED'] ?? Date.now() % 1e9);
  t.diagnostic(`seed ${seed}`);
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const free = { strikes: 1e6, messagesPerSecond: 0, negotiationPerSecond: 0 };
  const server = await start(t, { limits: free });
  const witness = await server.join('Witness', { room: 'quiet' });
  const clients = [];
  for (let i = 0; i < 10; i++) clients.push(await server.join(`C${i}`));
  const ids = clients.map((client) => client.participantId);
  const track = () => ({ trackId: pick(['a', 'b']), kind: 'audio', source: 'other', muted: random() < 0.5 });
  const makers: ((id: number) => object)[] = [
    (id) => ({ type: pick(['offer', 'answer']), id, to: pick(ids), sdp: 'v=0' }),
    (id) => ({ type: 'candidate', id, to: pick(ids), candidate: 'c', sdpMLineIndex: 0 }),
    (id) => ({ type: 'publish', id, track: track() }),
    (id) => ({ type: 'chat', id, text: 'x', ack: Math.floor(random() * 1e6) }),
    (id) => ({ type: pick(['admit', 'deny', 'remove']), id, participantId: 'nobody' }),
    (id) => ({ type: pick(['lock', 'raiseHand']), id, locked: true, raised: random() < 0.5 }),
    (id) => ({ type: 'setRole', id, participantId: pick(ids), role: pick(['host', 'member', 'viewer']) }),
  ];
  const mutate = (json: string): string => {
    if (random() < 0.3) return json;
    const at = Math.floor(random() * json.length);
    const piece = pick([
      '',
      '"',
      '{',
      '[',
      ']',
      '}',
      ':',
      '\\',
      '\u0000',
      '1e999',
      '"__proto__":',
      'null',
      '가',
    ]);
    return json.slice(0, at) + piece + json.slice(at + Math.floor(random() * 4));
  };
  const waits: number[] = [];
  for (let round = 1; round <= 100; round++) {
    for (const client of clients) {
      for (let i = 0; i < 20; i++) client.socket.send(mutate(JSON.stringify(pick(makers)(round * 100 + i))));
    }
    const asked = performance.now();
    assert.equal(await witness.ask({ type: 'raiseHand', raised: round % 2 === 0 }), 'ok');
    waits.push(performance.now() - asked);
  }
  waits.sort((a, b) => a - b);
  t.diagnostic(`witness waited ${waits[50]!.toFixed(1)} ms (median), ${waits[98]!.toFixed(1)} ms (p99)`);
  assert.ok(waits[98]! < 500);
  assert.deepEqual(server.logged, [], 'nothing failed inside');
  assert.equal(server.signaling.figures().participants, 11);
});
