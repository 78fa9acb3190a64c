import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { findFreePorts } from '@madang/testkit/free-ports';
import { runMadang, ServerProcess } from '@madang/testkit/server-process';
import { connectClient, delay } from './clients.js';
import { relayingClient, relays, startEchoSocket } from './relayed-flow.js';

/** A place where servers follow each other: fixed ports, one data folder. Afterwards nothing is left of them. */
async function usePlace(t: TestContext, more: readonly string[] = []) {
  const [turnPort = 0, turnTlsPort = 0, mediaPort = 0] = await findFreePorts(5, ['127.0.0.1']);
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-survival-'));
  const servers: ServerProcess[] = [];
  const pids = new Set<number>();
  t.after(async () => {
    for (const server of servers) await server.stop();
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });
  const start = async (options: readonly string[] = [], workers = 2): Promise<ServerProcess> => {
    const ports = ['--turn-port', `${turnPort}`, '--turn-tls-port', `${turnTlsPort}`];
    ports.push('--media-port', `${mediaPort}`);
    const server = await ServerProcess.start({
      workers,
      dataDir,
      options: [...ports, ...NO_QUOTA, ...more, ...options],
    });
    servers.push(server);
    for (const pid of server.survivorPids) pids.add(pid);
    return server;
  };
  const kill = async (server: ServerProcess): Promise<void> => {
    server.kill('SIGKILL');
    assert.equal((await server.ended).signal, 'SIGKILL');
  };
  return { start, kill };
}

const NO_QUOTA = ['--allocations-per-address', '0', '--allocations-per-user', '40'];

function isAlive(pid: number): boolean {
  // A process that has ended and that nobody has asked about yet has no command line.
  return existsSync(`/proc/${pid}/fd/0`);
}

async function until(condition: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    assert.ok(performance.now() < deadline, what);
    await delay(20);
  }
}

/** A TCP port of loopback somebody has. */
async function takenPort(t: TestContext): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.after(() => holder.close());
  return (holder.address() as AddressInfo).port;
}

test('kill -9 of the control process: relayed flows go on, the next one takes the workers over', async (t) => {
  const { start, kill } = await usePlace(t);
  const echo = await startEchoSocket();
  t.after(() => echo.close());
  const first = await start();
  const workers = first.workerPids.toSorted();
  const flows = await Promise.all([
    ...Array.from({ length: 12 }, () => relayingClient(first, echo)),
    relayingClient(first, echo, { transport: 'tcp' }),
    relayingClient(first, echo, { transport: 'tls' }),
  ]);
  t.after(() => {
    for (const client of flows) client.close();
  });
  const allRelay = async (): Promise<boolean> => !(await Promise.all(flows.map(relays))).includes(false);
  assert.ok(await allRelay());
  await kill(first);
  assert.ok(await allRelay(), 'without a control process');
  // Workers alone serve newcomers too.
  flows.push(await relayingClient(first, echo));
  assert.equal((await flows[0]!.refresh(600)).code, 0);

  // An attempt to start that fails does them no harm.
  await assert.rejects(start(['--http-port', `${await takenPort(t)}`]), /Cannot listen on tcp .*httpPort/);
  assert.ok(await allRelay(), 'after a start that failed');

  const second = await start();
  assert.match(await second.logLine(/taken over/), /"workers":2/);
  assert.deepEqual(second.survivorPids.toSorted(), workers);
  assert.ok(await allRelay(), 'with the next control process');
  flows.push(...(await Promise.all(Array.from({ length: 12 }, () => relayingClient(second, echo)))));
  assert.ok(await allRelay());
  const figures = await second.settledMetrics();
  assert.equal(figures.get('madang_turn_allocations'), flows.length);
  // What the workers held is counted again: 27 of 40 are taken.
  const more = await Promise.all(
    Array.from({ length: 14 }, async () => {
      const client = await connectClient(second);
      t.after(() => client.close());
      return (await client.allocate()).code;
    }),
  );
  assert.deepEqual(more.toSorted(), [...Array<number>(13).fill(0), 486]);

  // A worker that dies now is replaced, with its socket in its old place: the other one's flows stay.
  const victim = workers[0]!;
  process.kill(victim, 'SIGKILL');
  await second.logLine(/replacement worker serves/);
  const alive = (await Promise.all(flows.map(relays))).filter(Boolean).length;
  assert.ok(alive > 0 && alive < flows.length, `${alive} of ${flows.length} flows are left`);
  const newcomers = await Promise.all(Array.from({ length: 12 }, () => relayingClient(second, echo)));
  assert.ok(!(await Promise.all(newcomers.map(relays))).includes(false));
  for (const client of newcomers) client.close();

  const last = second.survivorPids.filter(isAlive);
  assert.equal(last.length, 2);
  await second.stop();
  await until(() => ![...workers, ...last].some(isAlive), 'a worker outlived a server that was stopped');
});

test('killed twice, then stopped with SIGTERM: it drains, and nothing is left', async (t) => {
  const { start, kill } = await usePlace(t);
  const echo = await startEchoSocket();
  t.after(() => echo.close());
  const first = await start();
  const workers = first.workerPids;
  const client = await relayingClient(first, echo);
  t.after(() => client.close());
  await kill(first);
  await kill(await start());
  assert.ok(await relays(client));
  const third = await start();
  third.kill('SIGTERM');
  await third.logLine(/no new allocations/);
  const newcomer = await connectClient(third);
  t.after(() => newcomer.close());
  assert.equal((await newcomer.allocate()).code, 508);
  assert.ok(await relays(client), 'what there is goes on');
  assert.equal((await client.refresh(0)).code, 0);
  assert.deepEqual(await third.ended, { status: 0, signal: null });
  await until(() => !workers.some(isAlive), 'a worker is left');
  assert.deepEqual(third.survivorPids, []);
});

test('workers nobody takes over end after --orphan-seconds, or at SIGTERM; with 0 at once', async (t) => {
  for (const [options, signal, least, most] of [
    [['--orphan-seconds', '2'], undefined, 1500, 5000],
    [['--orphan-seconds', '60'], 'SIGTERM', 0, 2000],
    [['--orphan-seconds', '0'], undefined, 0, 2000],
  ] as const) {
    const { start, kill } = await usePlace(t, options);
    const server = await start();
    const workers = server.workerPids;
    const killedAt = performance.now();
    await kill(server);
    if (signal !== undefined) for (const pid of workers) process.kill(pid, signal);
    await until(() => !workers.some(isAlive), `${options[1]} s`, 8000);
    const took = performance.now() - killedAt;
    assert.ok(
      took >= least && took < most,
      `--orphan-seconds ${options[1]}: ended after ${Math.round(took)} ms`,
    );
    assert.deepEqual(server.survivorPids, []);
  }
});

test('another configuration ends the workers of before; one missing worker is made anew', async (t) => {
  const { start, kill } = await usePlace(t);
  const echo = await startEchoSocket();
  t.after(() => echo.close());
  const first = await start();
  const old = first.workerPids;
  await kill(first);
  const second = await start(['--realm', 'another']);
  await second.logLine(/another configuration/);
  assert.ok(!old.some(isAlive));
  const flows = await Promise.all(Array.from({ length: 12 }, () => relayingClient(second, echo)));
  t.after(() => {
    for (const client of flows) client.close();
  });
  const [victim, survivor] = second.workerPids;
  await kill(second);
  const alive = await Promise.all(flows.map(relays));
  assert.ok(!alive.includes(false));
  process.kill(victim!, 'SIGKILL');
  await until(() => !isAlive(victim!), 'the victim lives');
  const third = await start(['--realm', 'another']);
  assert.match(await third.logLine(/taken over/), /"workers":1/);
  assert.ok(third.survivorPids.includes(survivor!));
  const left = (await Promise.all(flows.map(relays))).filter(Boolean).length;
  assert.ok(left > 0 && left < flows.length, `${left} of ${flows.length} flows are left`);
  const fresh = await Promise.all(Array.from({ length: 12 }, () => relayingClient(third, echo)));
  assert.ok(!(await Promise.all(fresh.map(relays))).includes(false), 'newcomers are served by both');
  for (const client of fresh) client.close();
});

test('a second server beside a running one leaves its workers alone', async (t) => {
  const { start } = await usePlace(t);
  const echo = await startEchoSocket();
  t.after(() => echo.close());
  const first = await start();
  const client = await relayingClient(first, echo);
  t.after(() => client.close());
  const second = runMadang([
    ...['serve', '--host', '127.0.0.1', '--http-port', '0', '--turn-tls-port', 'off', '--workers', '2'],
    ...['--turn-port', `${first.turnPort}`, '--data-dir', first.dataDir],
  ]);
  assert.equal((await second.ended).status, 1);
  assert.match(second.stderr(), /Cannot listen on udp/);
  assert.ok(await relays(client));
  assert.ok(first.workerPids.every(isAlive));
});
