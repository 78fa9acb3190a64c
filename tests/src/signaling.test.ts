import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { SignalClient } from '@madang/server/http/signal-harness.test-support';
import { ServerProcess, runMadang } from '@madang/testkit/server-process';
import { TurnClient } from '@madang/testkit/turn-client';
import { openUdpTransport } from '@madang/testkit/turn-transport';
import type { TurnTransport } from '@madang/testkit/turn-transport';

/** A server and a way to get clients of it, all ended with the test. */
async function start(t: TestContext, options: Parameters<typeof ServerProcess.start>[0] = {}) {
  const server = await ServerProcess.start(options);
  const clients: SignalClient[] = [];
  t.after(async () => {
    for (const client of clients) client.socket.terminate();
    await server.stop();
  });
  const connect = async (): Promise<SignalClient> => {
    const client = await SignalClient.connect(`${server.httpUrl.replace('http', 'ws')}/signal`);
    clients.push(client);
    return client;
  };
  const join = async (fields: Record<string, unknown>): Promise<SignalClient> => {
    const client = await connect();
    await client.join({ room: '차 한잔', ...fields });
    return client;
  };
  return { server, connect, join };
}

/** The first TURN server of a `joined`. */
function turnOf(client: SignalClient): { username: string; credential: string } {
  const server = client.last('joined')?.iceServers.find((one) => one.username !== undefined);
  assert.ok(server?.username && server.credential, 'no TURN server came with the join');
  return { username: server.username, credential: server.credential };
}

async function waitFor(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

for (const workers of [0, 1]) {
  test(`TURN credentials come with the join and the allocation goes with the participant (${workers} workers)`, async (t) => {
    const { server, join } = await start(t, { workers });
    const mina = await join({ name: 'Mina' });
    const joon = await join({ name: 'Joon' });
    const transports: TurnTransport[] = [];
    for (const client of [mina, joon]) {
      const { username, credential: password } = turnOf(client);
      assert.ok(username.endsWith(`:${client.participantId}`), username);
      const transport = await openUdpTransport({ host: server.host, port: server.turnPort });
      transports.push(transport);
      assert.equal((await new TurnClient({ transport, username, password }).allocate()).code, 0);
    }
    t.after(() => {
      for (const transport of transports) transport.close();
    });
    const allocations = async () => (await server.metrics()).get('madang_turn_allocations');
    await waitFor(async () => (await allocations()) === 2, 'two allocations');
    await joon.ask({ type: 'leave' });
    await waitFor(
      async () => (await allocations()) === 1,
      'the allocation of who left is gone, the other is not',
    );
    assert.equal(await mina.ask({ type: 'chat', text: 'bye' }), 'ok');
    const { username, credential: password } = turnOf(joon);
    const transport = await openUdpTransport({ host: server.host, port: server.turnPort });
    transports.push(transport);
    const late = new TurnClient({ transport, username, password });
    assert.equal((await late.allocate()).code, 486, 'who has left allocates no more');
    const metrics = await server.metrics();
    const figures = ['sessions', 'rooms', 'participants'].map((key) =>
      metrics.get(`madang_signaling_${key}`),
    );
    assert.deepEqual(figures, [1, 1, 1]);
  });
}

test('kill -9: whoever was in the room is back within 5 s of the restart, with ids, roles, tracks and lock', async (t) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'madang-restart-'));
  t.after(() => {
    rmSync(dataDir, { recursive: true });
  });
  const first = await start(t, { dataDir });
  const before: SignalClient[] = [];
  for (let i = 0; i < 5; i++) before.push(await first.join({ name: `P${i}` }));
  await before[0]!.ask({ type: 'lock', locked: true });
  await before[4]!.until(() => before[4]!.all('resumeToken').length > 0);
  first.server.kill('SIGKILL');
  await first.server.ended;
  await Promise.all(before.map((client) => client.closed));

  const second = await start(t, { dataDir });
  const since = performance.now();
  const track = { trackId: 'm', kind: 'audio', source: 'microphone', muted: false };
  const after = await Promise.all(
    before.map(async (old) => {
      const client = await second.connect();
      await client.resume(old, { tracks: [track] });
      return client;
    }),
  );
  const last = after.at(-1)!;
  await Promise.all(
    after.map(async (client) => {
      const seen = () =>
        (client.last('joined')?.room.participants.length ?? 0) + client.all('participantJoined').length;
      await client.until(() => seen() === 5);
    }),
  );
  const tookMs = performance.now() - since;
  t.diagnostic(`5 participants whole again in ${tookMs.toFixed(0)} ms`);
  assert.ok(tookMs < 5000);
  assert.deepEqual(
    after.map((client) => client.participantId),
    before.map((client) => client.participantId),
  );
  assert.equal((await second.join({ name: 'Stranger' })).last('error')?.code, 'roomLocked');
  assert.equal(await last.ask({ type: 'lock', locked: false }), 'forbidden');
  assert.equal(await after[0]!.ask({ type: 'lock', locked: false }), 'ok');
  assert.equal(await after[0]!.ask({ type: 'offer', to: last.participantId, sdp: 'v=0' }), 'ok');
  assert.equal((await last.next('offer')).from, before[0]!.participantId);
  const late = await second.join({ name: 'Late' });
  const { participants } = late.last('joined')!.room;
  assert.equal(participants.length, 6);
  assert.ok(participants.slice(0, 5).every((one) => one.tracks[0]?.trackId === 'm'));
});

test('who was removed stays out after kill -9 and a restart: no resume, no allocation', async (t) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'madang-restart-'));
  t.after(() => {
    rmSync(dataDir, { recursive: true });
  });
  const first = await start(t, { dataDir });
  const [host, joon] = [await first.join({ name: 'Host' }), await first.join({ name: 'Joon' })];
  assert.equal(await host.ask({ type: 'remove', participantId: joon.participantId }), 'ok');
  await joon.closed;
  first.server.kill('SIGKILL');
  await first.server.ended;
  const second = await start(t, { dataDir });
  const again = await second.connect();
  await again.resume(joon);
  assert.equal(again.last('error')?.code, 'resumeRefused');
  for (const [client, code] of [
    [joon, 486],
    [host, 0],
  ] as const) {
    const { username, credential: password } = turnOf(client);
    const transport = await openUdpTransport({ host: second.server.host, port: second.server.turnPort });
    t.after(() => {
      transport.close();
    });
    assert.equal((await new TurnClient({ transport, username, password }).allocate()).code, code);
  }
});

test('madang token opens the room of a server that asks for tokens, and its ICE servers', async (t) => {
  const { server, join } = await start(t, { options: ['--require-token'] });
  const mint = async (...args: string[]) => {
    const run = runMadang(['token', '--data-dir', server.dataDir, ...args]);
    const { status } = await run.ended;
    return { status, text: run.stdout().trim(), errors: run.stderr() };
  };
  assert.equal((await join({ name: 'Mina' })).last('error')?.code, 'unauthorized');
  const { status, text: token, errors } = await mint('--room', '차 한잔', '--name=Mina', '--role', 'host');
  assert.equal(status, 0, errors);
  const mina = await join({ token });
  assert.equal(mina.last('joined')?.room.participants[0]?.role, 'host');
  const { text: invitation } = await mint('--room', '차 한잔');
  assert.equal((await join({ token: invitation })).last('error')?.code, 'nameRequired');
  const joon = await join({ token: invitation, name: 'Joon' });
  assert.equal(joon.last('joined')?.room.participants[1]?.name, 'Joon');
  const get = (headers: Record<string, string>) => fetch(`${server.httpUrl}/api/ice-servers`, { headers });
  assert.equal((await get({})).status, 401);
  assert.equal((await get({ authorization: `Bearer ${token}x` })).status, 401);
  assert.equal((await get({ authorization: `Bearer ${token}` })).status, 200);
  const wrong: [string[], RegExp][] = [
    [['--name', 'Mina'], /--room/],
    [['--room', 'tea', '--name', ' '], /--name/],
    [['--room', 'tea', '--name', 'M', '--role', 'root'], /--role 'root': write host, member or viewer/],
    [['--room', 'tea', '--name', 'M', '--ttl', '0'], /--ttl '0'/],
    [['--room', 'tea', '--name', 'M', '--rom', 'x'], /--rom/],
  ];
  for (const [args, message] of wrong) {
    const result = await mint(...args);
    assert.equal(result.status, 2, args.join(' '));
    assert.match(result.errors, message);
  }
  assert.ok(!server.log.includes(token), 'tokens are not logged');
});

test('SIGTERM closes signaling with 1001, so that clients resume', async (t) => {
  const { server, join } = await start(t);
  const mina = await join({ name: 'Mina' });
  server.kill('SIGTERM');
  assert.equal(await mina.closed, 1001);
  assert.equal((await server.ended).status, 0);
});
