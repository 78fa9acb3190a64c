import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ServerProcess, runMadang } from '@madang/testkit/server-process';

describe('madang check', () => {
  let server: ServerProcess;
  const folder = mkdtempSync(path.join(tmpdir(), 'madang-check-'));

  before(async () => {
    server = await ServerProcess.start();
  });

  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Options that describe the running server. */
  function ports(): string[] {
    return [
      ...['--host', '127.0.0.1', '--turn-port', `${server.turnPort}`, '--relay-ports', '20000-29999'],
      ...['--turn-tls-port', `${server.turnTlsPort}`, '--http-port', new URL(server.httpUrl).port],
    ];
  }

  async function check(
    ...options: string[]
  ): Promise<{ status: number | null; output: string; errors: string }> {
    const run = runMadang(['check', '--workers', '0', ...options]);
    const { status } = await run.ended;
    return { status, output: run.stdout(), errors: run.stderr() };
  }

  test('tries a running server over every transport and relays a packet', async () => {
    const { status, output } = await check(...ports(), '--data-dir', server.dataDir);
    assert.equal(status, 0, output);
    for (const kind of ['UDP', 'TCP', 'TLS', 'DTLS']) {
      assert.match(output, new RegExp(`✓ STUN over ${kind} +answers within \\d+ ms`));
    }
    assert.match(
      output,
      /✓ TURN relaying +a packet went through two relays in \d+ ms \(127\.0\.0\.1:2\d{4}\)/,
    );
    assert.match(output, /✓ tcp \d+ +HTTP: .* serves it, a running Madang/);
    assert.match(output, /Nothing is broken/);
    const metrics = await server.metrics();
    assert.equal(metrics.get('madang_turn_allocations'), 0, 'its allocations stay behind');
  });

  test('a server with another secret is broken, and the line says why', async () => {
    const dataDir = mkdtempSync(path.join(folder, 'other-'));
    writeFileSync(path.join(dataDir, 'turn-secret'), 'a'.repeat(64), { mode: 0o600 });
    const { status, output } = await check(...ports(), '--data-dir', dataDir);
    assert.equal(status, 1, output);
    assert.match(output, /✗ TURN relaying +a fresh credential was refused.*same --data-dir/);
  });

  test('without the secret the relays are not tried', async () => {
    const { status, output } = await check(...ports(), '--data-dir', path.join(folder, 'nowhere'));
    assert.equal(status, 0, output);
    assert.match(output, /! TURN relaying +not tried/);
  });

  test('a port somebody else has is broken, and the line says whose it is', async (t) => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const dataDir = path.join(folder, 'fresh');
    const { status, output } = await check(
      ...['--host', '127.0.0.1', '--http-port', '0', '--turn-tls-port', '0', '--data-dir', dataDir],
      ...['--turn-port', `${taken.address().port}`, '--relay-ports', '20000-29999'],
    );
    assert.equal(status, 1, output);
    const holder = process.platform === 'linux' ? `\\(process ${process.pid}\\)` : 'another process';
    assert.match(
      output,
      new RegExp(`✗ udp ${taken.address().port} +STUN and TURN: .*${holder} has it; stop`),
    );
    assert.match(output, /1 thing is broken/);
    assert.ok(!existsSync(dataDir), 'the check made the data folder');
  });

  test('a web server that is no Madang is not taken for one', async (t) => {
    const other = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const { status, output } = await check(
      ...['--host', '127.0.0.1', '--http-port', `${port}`, '--turn-port', '0', '--turn-tls-port', 'off'],
      ...['--data-dir', path.join(folder, 'fresh')],
    );
    assert.equal(status, 1, output);
    assert.match(output, new RegExp(`✗ tcp ${port} +HTTP: .* has it`));
    assert.match(output, /No Madang answers at these ports/);
  });

  test('a configuration error is one line and status 2', async () => {
    const { status, output, errors } = await check('--turn-port', 'many');
    assert.equal(status, 2);
    assert.equal(output, '');
    assert.match(errors, /^Configuration error: .*turn-?port.*'many'.*\n$/i);
  });
});
