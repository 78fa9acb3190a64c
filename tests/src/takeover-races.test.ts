import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { findFreePorts } from '@madang/testkit/free-ports';
import { ServerProcess } from '@madang/testkit/server-process';
import { delay } from './clients.js';
import { relayingClient, relays, startEchoSocket } from './relayed-flow.js';

/** A server that was killed, its two workers, and how to start the next ones. */
async function leaveOrphans(t: TestContext) {
  const [turnPort = 0, mediaPort = 0] = await findFreePorts(3, ['127.0.0.1']);
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-takeover-'));
  const servers: ServerProcess[] = [];
  const pids: number[] = [];
  t.after(async () => {
    for (const server of servers) await server.stop();
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });
  const start = async (): Promise<ServerProcess> => {
    const ports = ['--turn-port', `${turnPort}`, '--turn-tls-port', 'off', '--media-port', `${mediaPort}`];
    const quotas = ['--allocations-per-address', '0', '--allocations-per-user', '40'];
    const server = await ServerProcess.start({ workers: 2, dataDir, options: [...ports, ...quotas] });
    servers.push(server);
    pids.push(...server.survivorPids);
    return server;
  };
  const echo = await startEchoSocket();
  t.after(() => echo.close());
  const first = await start();
  const flows = await Promise.all(Array.from({ length: 8 }, () => relayingClient(first, echo)));
  t.after(() => {
    for (const client of flows) client.close();
  });
  const workers = first.workerPids;
  first.kill('SIGKILL');
  await first.ended;
  const allFlow = async () => !(await Promise.all(flows.map(relays))).includes(false);
  assert.ok(await allFlow());
  return { start, workers, allFlow, doorOf: (pid: number) => join(dataDir, 'workers', `${pid}.sock`) };
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/fd/0`);
}

test('of servers that start at once one takes the workers over, the others say why they cannot start', async (t) => {
  const { start, workers, allFlow } = await leaveOrphans(t);
  // A worker that answers late keeps all of them looking until each has met the other worker.
  process.kill(workers[1]!, 'SIGSTOP');
  const starting = Promise.allSettled([start(), start()]);
  await delay(1900);
  process.kill(workers[1]!, 'SIGCONT');
  const started = await starting;
  const winners = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const reasons = started.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  assert.equal(winners.length, 1, `${winners.length} servers share the sockets`);
  for (const reason of reasons) assert.match(reason, /Cannot listen on udp/);
  assert.match(await winners[0]!.logLine(/taken over/), /"workers":2/);
  assert.deepEqual(workers.filter(isAlive), workers);
  assert.ok(await allFlow(), 'no flow moved');
});

test('a worker hears the one who took it over and nobody else, and nonsense does it no harm', async (t) => {
  const { start, workers, allFlow, doorOf } = await leaveOrphans(t);
  const visit = async (pid: number) => {
    const socket = connect(doorOf(pid));
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
    let heard = '';
    socket.on('data', (data: Buffer) => (heard += data.toString()));
    const until = async (words: string): Promise<void> => {
      for (let i = 0; i < 200 && !heard.includes(words); i++) await delay(10);
      assert.ok(heard.includes(words), heard);
    };
    await until('"hello"');
    return { say: (text: string) => socket.write(`${text}\n`), until, leave: () => socket.destroy() };
  };
  const pid = workers[0]!;
  for (const nonsense of ['{', 'null', '{"kind":"constructor"}', '7']) {
    const stranger = await visit(pid);
    stranger.say(nonsense);
    await delay(50);
    assert.ok(isAlive(pid), `after ${nonsense}`);
    stranger.leave();
  }
  const [first, second] = [await visit(pid), await visit(pid)];
  first.say('{"kind":"adopt"}');
  await first.until('"adopted"');
  second.say('{"kind":"stop"}');
  await delay(300);
  assert.ok(isAlive(pid), 'who came second ended a worker that is not its own');
  first.leave();
  await delay(50);
  assert.match(await (await start()).logLine(/taken over/), /"workers":2/);
  assert.ok(await allFlow());
});
