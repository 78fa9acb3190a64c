import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createSelfSignedCertificate } from '@madang/server/crypto/self-signed-certificate';
import { runMadang, ServerProcess } from '@madang/testkit/server-process';
import { connectClient, delay } from './clients.js';
import { relayingClient, relays, startEchoSocket } from './relayed-flow.js';
import { missingTool, runTool } from './tool.js';

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

test('a wrong option ends with status 2 and one line: the key, the value, the mend', async () => {
  const table: [args: string, line: RegExp][] = [
    ['--turn-port 99999', /turnPort .*'99999'.*; write /],
    ['--turn-port x', /turnPort .*'x'.*; write /],
    ['--turn-prt 3478', /--turn-prt.*; .*--turn-port/],
    ['--workers -1', /workers .*'-1'.*; write /],
    ['--allow-peers 10.0.0.1/8', /allowPeers .*'10\.0\.0\.1\/8'.*; write 10\.0\.0\.0\/8/],
    ['--allow-peers 10.0.0.0/33', /allowPeers .*'10\.0\.0\.0\/33'.*; write /],
    ['--deny-peers everything', /denyPeers .*'everything'.*; write /],
    ['--turn-user nobody', /turnUsers/],
    ['--host example.org', /host .*'example\.org'.*; write /],
    ['--relay-ports 60000-50000', /relayPorts .*'60000-50000'.*; write /],
    ['--relay-ports 3000-3999 --turn-port 3478', /relayPorts.*turnPort 3478.*; move /],
    ['--turn-port 8080 --http-port 8080', /the same port; write /],
    ['--tls-key key.pem', /tlsKey.*certificate.*; give /],
    ['--open --require-token', /open.*requireToken.*; /],
    ['--turn-alternate-address 127.0.0.2', /turnAlternateAddress.*'?.*; write /],
    ['--no-native --workers 2', /workers.*'2'.*noNative.*; write 0/],
    ['--log xml', /log .*'xml'.*; write /],
    ['--config /does/not/exist.json', /exist\.json.*; /],
    ['--drain-seconds soon', /drainSeconds .*'soon'.*; write /],
  ];
  const runs = [];
  for (const [args, line] of table) {
    runs.push({ args, line, run: runMadang(['serve', ...args.split(' ')]) });
    if (runs.length % 4 === 0) await Promise.all(runs.map(({ run }) => run.ended));
  }
  for (const { args, line, run } of runs) {
    const { status } = await run.ended;
    assert.equal(status, 2, `${args}: ${run.stderr()}`);
    assert.equal(run.stdout(), '');
    assert.equal(run.stderr().trimEnd().split('\n').length, 1, `${args}: ${run.stderr()}`);
    assert.match(run.stderr(), line, args);
  }
});

for (const workers of [0, 2]) {
  test(`a port in use, ${workers} workers: which, and who has it`, async () => {
    const first = await ServerProcess.start({ workers });
    try {
      const http = new URL(first.httpUrl).port;
      for (const [option, port] of [
        ['--turn-port', `${first.turnPort}`],
        ['--turn-tls-port', `${first.turnTlsPort}`],
        ['--http-port', http],
      ] as const) {
        const dataDir = mkdtempSync(join(tmpdir(), 'madang-second-'));
        const ports = new Map([
          ['--turn-port', '0'],
          ['--turn-tls-port', '0'],
          ['--http-port', '0'],
        ]).set(option, port);
        const second = runMadang([
          ...['serve', '--host', '127.0.0.1', '--data-dir', dataDir, '--workers', `${workers}`],
          ...[...ports].flat(),
        ]);
        const timer = setTimeout(() => second.child.kill('SIGKILL'), 10_000);
        const { status } = await second.ended;
        clearTimeout(timer);
        rmSync(dataDir, { recursive: true });
        assert.equal(status, 1, `${option}: ${second.stderr()}`);
        assert.match(second.stderr(), new RegExp(`port ${port}\\b`), option);
        assert.match(second.stderr(), new RegExp(`process ${first.pid}\\b`), option);
      }
      const client = await connectClient(first);
      assert.equal((await client.allocate()).code, 0, 'the first server is not disturbed');
      client.close();
    } finally {
      await first.stop();
    }
  });

  test(`a renewed certificate is used without a restart, ${workers} workers`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'madang-tls-'));
    const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    writeIdentity(files, 'before.example');
    const server = await ServerProcess.start({
      workers,
      options: ['--tls-cert', files.certificate, '--tls-key', files.key],
    });
    try {
      const withoutOpenssl = missingTool('openssl');
      if (withoutOpenssl) t.diagnostic(`DTLS not looked at: ${withoutOpenssl}`);
      const names = async (): Promise<string[]> => [
        ...(await Promise.all(Array.from({ length: 8 }, () => tlsName(server)))),
        ...(withoutOpenssl ? [] : await Promise.all(Array.from({ length: 4 }, () => dtlsName(server)))),
      ];
      assert.deepEqual(new Set(await names()), new Set(['before.example']));
      const client = await connectClient(server, { transport: 'tls' });
      assert.equal((await client.allocate()).code, 0);
      writeIdentity(files, 'after.example');
      await server.logLine(/new certificate is used/, 10_000);
      await delay(500);
      assert.deepEqual(new Set(await names()), new Set(['after.example']));
      assert.equal((await client.refresh(600)).code, 0, 'the old connection goes on');
      // Files that do not fit are not used.
      writeFileSync(files.certificate, 'not a certificate');
      await server.logLine(/do not fit together/, 10_000);
      assert.deepEqual(new Set(await names()), new Set(['after.example']));
      client.close();
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true });
    }
  });
}

test('GET /healthz, /readyz, /metrics, /api/ice-servers; and credentials that work', async () => {
  const server = await ServerProcess.start({ workers: 2, options: ['--open'] });
  try {
    assert.deepEqual(await (await get(server, '/healthz')).json(), { status: 'ok' });
    assert.deepEqual(await (await get(server, '/readyz')).json(), { status: 'ready' });
    const metrics = await get(server, '/metrics');
    assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain/);
    const text = await metrics.text();
    for (const name of ['madang_turn_allocations', 'madang_drops_total', 'madang_relay_packets_total']) {
      assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'));
    }
    const fromHttp = (await (await get(server, '/api/ice-servers')).json()) as IceServers;
    const command = runMadang([
      ...['turn-credentials', '--json', '--data-dir', server.dataDir, '--host', '127.0.0.1'],
      ...['--turn-port', `${server.turnPort}`, '--turn-tls-port', `${server.turnTlsPort}`],
    ]);
    assert.equal((await command.ended).status, 0, command.stderr());
    const minted = JSON.parse(command.stdout()) as IceServers;
    for (const { iceServers } of [fromHttp, minted]) {
      const turn = iceServers.find(({ username }) => username !== undefined)!;
      assert.ok([turn.urls].flat().some((url) => url.startsWith(`turn:127.0.0.1:${server.turnPort}`)));
      const client = await connectClient(server, { username: turn.username!, password: turn.credential! });
      assert.equal((await client.allocate()).code, 0);
      await client.refresh(0);
      client.close();
    }
  } finally {
    await server.stop();
  }
});

/** Clients that come all at once, and all from one address. */
const MANY_FROM_ONE_ADDRESS = [
  ...['--allocations-per-user', '0', '--allocations-per-address', '0'],
  ...['--unauthenticated-reply-rate-per-address', '0', '--unauthenticated-reply-rate-per-prefix', '0'],
];

interface IceServers {
  readonly iceServers: readonly { urls: string | string[]; username?: string; credential?: string }[];
}

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

/** Writes a certificate and its key, each whole at once. */
function writeIdentity(files: { certificate: string; key: string }, commonName: string): void {
  const made = createSelfSignedCertificate({
    commonName,
    names: [commonName],
    issuedAt: new Date(),
    validDays: 2,
  });
  for (const [file, content] of [
    [files.key, made.privateKeyPem],
    [files.certificate, made.certificatePem],
  ] as const) {
    writeFileSync(`${file}.new`, content, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}

async function tlsName(server: ServerProcess): Promise<string> {
  const socket = connectTls({ host: server.host, port: server.turnTlsPort, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const name = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return `${name}`;
}

async function dtlsName(server: ServerProcess): Promise<string> {
  const { output } = await runTool('sh', [
    '-c',
    `openssl s_client -dtls1_2 -connect ${server.host}:${server.turnTlsPort} </dev/null`,
  ]);
  return /subject=.*CN ?= ?([\w.]+)/.exec(output)?.[1] ?? output;
}

test('every address of --host serves HTTP, and the same port on each where the system chose it', async (t) => {
  const server = await ServerProcess.start({ hosts: ['127.0.0.1', '127.0.0.2', '::1'] });
  t.after(() => server.stop());
  const { port } = new URL(server.httpUrl);
  for (const host of ['127.0.0.1', '127.0.0.2', '[::1]']) {
    const response = await fetch(`http://${host}:${port}/healthz`);
    assert.equal(response.status, 200, host);
  }
});
