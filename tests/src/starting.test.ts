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
import { missingTool, runTool } from './tool.js';

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

test('every address of --host serves HTTP, and the same port on each where the system chose it', async (t) => {
  const server = await ServerProcess.start({ hosts: ['127.0.0.1', '127.0.0.2', '::1'] });
  t.after(() => server.stop());
  const { port } = new URL(server.httpUrl);
  for (const host of ['127.0.0.1', '127.0.0.2', '[::1]']) {
    const response = await fetch(`http://${host}:${port}/healthz`);
    assert.equal(response.status, 200, host);
  }
});

interface IceServers {
  readonly iceServers: readonly { urls: string | string[]; username?: string; credential?: string }[];
}

function get(server: ServerProcess, path: string): Promise<Response> {
  return fetch(`${server.httpUrl}${path}`);
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
