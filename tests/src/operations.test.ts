import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerProcess } from '@madang/testkit/server-process';
import { connectClient, delay } from './clients.js';
import { relayingClient, relays, startEchoSocket } from './relayed-flow.js';

test('a killed worker is replaced within a second, and the others relay on', async () => {
  const server = await ServerProcess.start({ workers: 2, options: MANY_FROM_ONE_ADDRESS });
  const echo = await startEchoSocket();
  try {
    const times: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const clients = await Promise.all(Array.from({ length: 16 }, () => relayingClient(server, echo)));
      const [victim] = server.workerPids;
      process.kill(victim!, 'SIGKILL');
      const killedAt = performance.now();
      // Sixteen new clients: the replacement gets its share.
      const newcomers = Promise.all(Array.from({ length: 16 }, () => relayingClient(server, echo))).then(
        (fresh) => {
          times.push(performance.now() - killedAt);
          return fresh;
        },
      );
      const alive = await Promise.all(clients.map((client) => relays(client)));
      const survivors = clients.filter((_client, index) => alive[index]);
      const fresh = await newcomers;
      assert.ok(survivors.length > 0, 'allocations of the other worker are gone');
      assert.ok(survivors.length < clients.length, 'nothing was lost: the victim served nobody');
      for (const client of [...survivors, ...fresh]) assert.ok(await relays(client));
      await until(() => server.workerPids.length === 2);
      assert.ok(!server.workerPids.includes(victim!));
      await Promise.all([...survivors, ...fresh].map((client) => client.refresh(0)));
      for (const client of [...clients, ...fresh]) client.close();
      if (times.at(-1)! < 1000) break;
      // A worker that dies young is replaced more slowly: that is meant for workers that cannot live.
      await delay(2500);
    }
    // What a busy machine adds, a quiet attempt does not have.
    assert.ok(Math.min(...times) < 1000, `served again after ${times.map(Math.round).join(', ')} ms`);
    const figures = await server.settledMetrics();
    assert.equal(figures.get('madang_worker_restarts_total'), times.length);
    assert.equal(figures.get('madang_turn_allocations'), 0);
    assert.match(server.log, /A worker ended and is replaced/);
  } finally {
    echo.close();
    await server.stop();
  }
});

for (const workers of [0, 2]) {
  test(`SIGTERM, ${workers} workers: allocations go on until they end, nobody new gets one`, async () => {
    const server = await ServerProcess.start({ workers });
    const echo = await startEchoSocket();
    try {
      assert.equal((await get(server, '/readyz')).status, 200);
      const client = await relayingClient(server, echo);
      const newcomer = await connectClient(server);
      server.kill('SIGTERM');
      await server.logLine(/no new allocations/);
      await delay(200);
      assert.equal((await get(server, '/readyz')).status, 503);
      assert.equal((await get(server, '/healthz')).status, 200);
      assert.equal((await newcomer.allocate()).code, 508);
      for (let i = 0; i < 10; i++) {
        assert.ok(await relays(client), 'the allocation relays on');
        await delay(200);
      }
      assert.equal((await client.refresh(600)).code, 0);
      assert.ok(await relays(client));
      assert.equal((await client.refresh(0)).code, 0);
      const endedAt = performance.now();
      assert.deepEqual(await server.ended, { status: 0, signal: null });
      assert.ok(performance.now() - endedAt < 6000);
      client.close();
      newcomer.close();
    } finally {
      echo.close();
      await server.stop();
    }
  });

  test(`SIGTERM, ${workers} workers: after --drain-seconds it ends; at once after a second signal`, async () => {
    const echo = await startEchoSocket();
    const patient = await ServerProcess.start({ workers, options: ['--drain-seconds', '2'] });
    const hasty = await ServerProcess.start({ workers });
    try {
      for (const [server, signals, least, most] of [
        [patient, 1, 1800, 5000],
        [hasty, 2, 0, 1800],
      ] as const) {
        const client = await relayingClient(server, echo);
        const start = performance.now();
        server.kill('SIGTERM');
        if (signals === 2) {
          // Signals within half a second are one: a terminal's Ctrl-C may arrive twice.
          server.kill('SIGTERM');
          await delay(700);
          server.kill('SIGTERM');
        }
        assert.deepEqual(await server.ended, { status: 0, signal: null });
        const took = performance.now() - start;
        assert.ok(took >= least && took < most, `ended after ${Math.round(took)} ms`);
        client.close();
      }
    } finally {
      echo.close();
      await patient.stop();
      await hasty.stop();
    }
  });
}

/** Clients that come all at once, and all from one address. */
const MANY_FROM_ONE_ADDRESS = [
  ...['--allocations-per-user', '0', '--allocations-per-address', '0'],
  ...['--unauthenticated-reply-rate-per-address', '0', '--unauthenticated-reply-rate-per-prefix', '0'],
];

function get(server: ServerProcess, path: string): Promise<Response> {
  return fetch(`${server.httpUrl}${path}`);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'it never came true');
    await delay(20);
  }
}
